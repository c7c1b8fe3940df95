#include "net/backoff.h"

#include <algorithm>

namespace outflow::net {
namespace {

// SplitMix64 (Steele, Lea, Flood, 2014): one addition and three mixing steps per number.
std::uint64_t next_random(std::uint64_t& state) {
    state += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

}  // namespace

std::chrono::milliseconds Backoff::next() {
    const std::uint32_t doublings = std::min<std::uint32_t>(attempts_, 20);
    if (attempts_ < UINT32_MAX) ++attempts_;
    const auto first = std::min(limits_.first, limits_.ceiling).count();
    const auto bound = std::min(first << doublings, limits_.ceiling.count());
    const auto floor = std::min(limits_.floor.count(), bound);
    const auto range = static_cast<std::uint64_t>(bound - floor) + 1;
    return std::chrono::milliseconds(floor + static_cast<std::int64_t>(next_random(random_) % range));
}

}  // namespace outflow::net
