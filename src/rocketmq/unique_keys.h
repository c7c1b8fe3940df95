// The client's message ids (UNIQ_KEY), in the shape that RocketMQ's tools know: 32 upper-case hexadecimal digits of
//
//   IPv4 (4 bytes) | process id, low half (2) | random (4) | ms since the month began, UTC (4) | counter (2)
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace outflow::rocketmq {

// Never gives the same key twice, whatever the clock does: a counter that is used up goes on into the next millisecond,
// a clock that steps back is not followed, and the random part changes with the month, in which the time repeats.
// Objects side by side need different random numbers. Deterministic given what it is told.
class UniqueKeys {
public:
    static constexpr std::size_t key_bytes = 32;

    // `ipv4` in host order (127.0.0.1 = 0x7F000001).
    UniqueKeys(std::uint32_t ipv4, std::uint32_t process_id, std::uint32_t random);

    // `now` since the epoch. Valid until the next call.
    std::string_view next(std::chrono::milliseconds now);

private:
    void enter(std::int64_t millisecond);

    std::uint32_t random_;
    std::int64_t millisecond_ = -1;  // of the last key, since the epoch; never goes back
    std::int64_t month_begin_ = 0;   // of that month, and of the next
    std::int64_t month_end_ = 0;
    std::uint32_t month_ = 0;
    std::uint32_t counter_ = 0;
    std::array<char, key_bytes> key_{};
};

}  // namespace outflow::rocketmq
