// The wall clock and its text form. (Deadlines use std::chrono::steady_clock, see net/event_loop.h.)
#pragma once

#include <cstdint>
#include <string>

namespace outflow::platform {

// Unix time in milliseconds.
std::int64_t unix_ms();

// Appends `unix_ms` as RFC 3339 in UTC with milliseconds: 2026-11-24T22:39:04.123Z. Years 0000 to 9999; times outside
// are held at the nearest of these.
void append_rfc3339(std::string& out, std::int64_t unix_ms);
std::string format_rfc3339(std::int64_t unix_ms);

}  // namespace outflow::platform
