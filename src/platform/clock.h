// Both clocks, and the text form of the wall clock. Nobody else asks the machine for the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace outflow::platform {

// Never goes back: for deadlines. Its times are those of std::chrono::steady_clock.
struct Clock : std::chrono::steady_clock {
    static time_point now() noexcept;
};

// The wall clock, which may jump: Unix time in milliseconds.
std::int64_t unix_ms();

// Appends `unix_ms` as RFC 3339 in UTC with milliseconds: 2026-11-24T22:39:04.123Z. Years 0000 to 9999; times outside
// are held at the nearest of these.
void append_rfc3339(std::string& out, std::int64_t unix_ms);
std::string format_rfc3339(std::int64_t unix_ms);

}  // namespace outflow::platform
