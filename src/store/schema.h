// The tables, as the steps that lead to them.
#pragma once

#include <cstdint>
#include <span>

namespace outflow::store {

// In SQLite's header: whose database it is.
inline constexpr std::int64_t application_id = 0x4f666c77;  // "Oflw"

// Step n makes a database of version n one of version n + 1. A step that was released is never changed.
std::span<const char* const> migrations();

}  // namespace outflow::store
