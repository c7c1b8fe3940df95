// Exact comparison of JSON numbers by value: no rounding, no allocation.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string_view>

namespace outflow::json {

// A JSON number: value = 0.d1d2d3... * 10^magnitude with d1 not zero, or zero.
struct Decimal {
    // Zero is smaller than all else.
    static constexpr std::int64_t magnitude_of_zero = std::numeric_limits<std::int64_t>::min();

    bool negative = false;  // false for zero, -0 too
    std::int64_t magnitude = magnitude_of_zero;
    std::uint64_t lead = 0;  // the first 19 digits as an integer, with zeros for those that are not there; 0: zero
    std::string_view rest;   // the further digits in the spelling; at most one '.' in it, zeros at the end possible
};

// Parts of parse_decimal.
struct Lead {
    std::uint64_t digits;
    std::int64_t magnitude;  // unusual: see parse_unusual_decimal
    static constexpr std::int64_t unusual = std::numeric_limits<std::int64_t>::max();
};
Lead parse_lead(std::string_view spelling);
Decimal parse_unusual_decimal(std::string_view spelling);  // has an exponent or more than 19 digits, or is -0

// `spelling` is a JSON number (RFC 8259, section 6). Exponents are cut at +-10^15, where only other numbers out of
// double range live. Valid as long as the spelling.
inline Decimal parse_decimal(std::string_view spelling) {
    // Inline, and the usual case in two registers: a Decimal that is returned through memory and then copied costs as
    // much again.
    const Lead lead = parse_lead(spelling);
    if (lead.magnitude != Lead::unusual) return {spelling.front() == '-', lead.magnitude, lead.digits, {}};
    const Decimal unusual = parse_unusual_decimal(spelling);
    return {unusual.negative, unusual.magnitude, unusual.lead, unusual.rest};  // so that only this case is in memory
}

// Of digits in a spelling, at most one '.' in each, as if zeros followed.
std::strong_ordering compare_digits(std::string_view left, std::string_view right);

inline std::strong_ordering compare(const Decimal& left, const Decimal& right) {
    if (left.negative != right.negative) return right.negative <=> left.negative;
    const Decimal& small = left.negative ? right : left;
    const Decimal& large = left.negative ? left : right;
    if (small.magnitude != large.magnitude) return small.magnitude <=> large.magnitude;
    if (small.lead != large.lead) return small.lead <=> large.lead;
    if (small.rest.empty() && large.rest.empty()) return std::strong_ordering::equal;
    return compare_digits(small.rest, large.rest);
}

// Zero, or between 2.5e-324 (what rounds to the smallest double) and 1.8e308 in size. Bounds in event patterns must be.
bool is_in_double_range(const Decimal& decimal);

// Its exponent was not cut, so that it equals only its own value.
bool is_exact(const Decimal& decimal);

}  // namespace outflow::json
