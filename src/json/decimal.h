// Exact comparison of JSON numbers by value, on their spelling: no rounding, no conversion, no allocation.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace outflow::json {

// A view of a JSON number's spelling: value = 0.d1d2d3... * 10^magnitude with d1 not zero, or zero.
struct Decimal {
    bool negative = false;      // false for zero, -0 too
    std::int64_t magnitude = 0;
    std::string_view digits;    // from d1 on, at most one '.' in it, zeros at the end possible; empty: zero
};

// `spelling` is a JSON number (RFC 8259, section 6). Exponents are cut at +-10^15, where only other numbers out of
// double range live. Valid as long as the spelling.
Decimal parse_decimal(std::string_view spelling);

std::strong_ordering compare(const Decimal& left, const Decimal& right);

// Zero, or between 2.5e-324 (what rounds to the smallest double) and 1.8e308 in size. Bounds in event patterns must be.
bool is_in_double_range(const Decimal& decimal);

// Its exponent was not cut, so that it equals only its own value.
bool is_exact(const Decimal& decimal);

}  // namespace outflow::json
