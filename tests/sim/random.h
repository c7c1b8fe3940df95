// The chance of a simulation. Everything that is left to chance comes from one seed, in streams that do not disturb one
// another: a stream of its own for each connection, process and purpose.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/hash.h"

namespace outflow::sim {

class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    // A stream of its own.
    Random(std::uint64_t seed, std::string_view purpose, std::uint64_t number = 0)
        : state_(hash_bytes(purpose, seed) + number * 0x9e3779b97f4a7c15U) {}

    // SplitMix64 (Steele, Lea, Flood, 2014).
    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }
    // 0 to bound - 1.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    // Both ends included.
    std::int64_t between(std::int64_t least, std::int64_t most) {
        return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least) + 1));
    }
    bool one_in(std::uint64_t n) { return below(n) == 0; }
    bool percent(std::uint64_t chance) { return below(100) < chance; }
    std::chrono::microseconds between(std::chrono::microseconds least, std::chrono::microseconds most) {
        return std::chrono::microseconds(between(least.count(), most.count()));
    }
    template <class Container>
    auto& choose(Container& container) {
        return container[below(container.size())];
    }

private:
    std::uint64_t state_;
};

}  // namespace outflow::sim
