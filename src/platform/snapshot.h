// A value that one thread publishes and any thread reads whole, without locks (a sequence lock).
//
//   writer:  sequence odd -> words -> sequence even        reader:  sequence -> words -> sequence unchanged, else again
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <thread>
#include <type_traits>

namespace outflow::platform {

// The words are atomics with release and acquire order instead of fences (which ThreadSanitizer does not know): who
// sees a word of a later publication sees that publication's odd sequence, too. Free on x86.
template <class T>
class Snapshot {
    static_assert(std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T>);

public:
    Snapshot() { publish(T{}); }
    explicit Snapshot(const T& value) { publish(value); }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    // One thread only. Never waits.
    void publish(const T& value) {
        std::array<std::uint64_t, words> copy{};
        std::memcpy(copy.data(), &value, sizeof(T));
        const std::uint64_t before = sequence_.load(std::memory_order_relaxed);
        sequence_.store(before + 1, std::memory_order_relaxed);
        for (std::size_t i = 0; i < words; ++i) words_[i].store(copy[i], std::memory_order_release);
        sequence_.store(before + 2, std::memory_order_release);
    }

    // Any thread. The value of one publication, never a mixture; tries again while it is being published.
    T read() const {
        std::array<std::uint64_t, words> copy;
        for (unsigned attempt = 1;; ++attempt) {
            const std::uint64_t before = sequence_.load(std::memory_order_acquire);
            for (std::size_t i = 0; i < words; ++i) copy[i] = words_[i].load(std::memory_order_acquire);
            const std::uint64_t after = sequence_.load(std::memory_order_relaxed);
            if (before == after && before % 2 == 0) break;
            if (attempt % 64 == 0) std::this_thread::yield();
        }
        T value;
        std::memcpy(static_cast<void*>(&value), copy.data(), sizeof(T));
        return value;
    }

private:
    static constexpr std::size_t words = (sizeof(T) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);

    std::atomic<std::uint64_t> sequence_{0};
    std::array<std::atomic<std::uint64_t>, words> words_{};
};

}  // namespace outflow::platform
