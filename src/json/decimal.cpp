#include "json/decimal.h"

#include <algorithm>

namespace outflow::json {

namespace {

constexpr std::int64_t exponent_max = 1'000'000'000'000'000;

// The exponent behind the `e`, cut to +-exponent_max.
std::int64_t parse_exponent(std::string_view text) {
    bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    std::int64_t value = 0;
    for (char c : text) value = std::min(value * 10 + (c - '0'), exponent_max);
    return negative ? -value : value;
}

// The digits of a Decimal one after the other, then zeros for ever.
class Digits {
public:
    explicit Digits(std::string_view digits) : digits_(digits) {}
    bool done() const { return digits_.empty(); }
    char next() {
        if (digits_.starts_with('.')) digits_.remove_prefix(1);
        if (digits_.empty()) return '0';
        char digit = digits_.front();
        digits_.remove_prefix(1);
        return digit;
    }

private:
    std::string_view digits_;
};

std::strong_ordering compare_digits(std::string_view left, std::string_view right) {
    std::size_t same = 0;
    const std::size_t shorter = std::min(left.size(), right.size());
    while (same < shorter && left[same] == right[same]) ++same;
    Digits left_digits(left.substr(same));
    Digits right_digits(right.substr(same));
    while (!left_digits.done() || !right_digits.done()) {
        char l = left_digits.next();
        char r = right_digits.next();
        if (l != r) return l <=> r;
    }
    return std::strong_ordering::equal;
}

}  // namespace

Decimal parse_decimal(std::string_view spelling) {
    Decimal decimal;
    bool negative = spelling.starts_with('-');
    if (negative) spelling.remove_prefix(1);
    const std::size_t size = spelling.size();
    auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    std::size_t point = 0;  // where it is, or would be
    while (point < size && is_digit(spelling[point])) ++point;
    std::size_t exponent = point;  // where the digits end
    if (point < size && spelling[point] == '.') {
        do ++exponent;
        while (exponent < size && is_digit(spelling[exponent]));
    }
    std::size_t first = 0;  // digit that is not 0
    while (first < exponent && (spelling[first] == '0' || spelling[first] == '.')) ++first;
    if (first == exponent) return decimal;
    decimal.negative = negative;
    decimal.digits = spelling.substr(first, exponent - first);
    // Digits before the point count up, zeros behind it count down.
    auto places = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
    decimal.magnitude = places > 0 ? places : places + 1;
    if (exponent < size) decimal.magnitude += parse_exponent(spelling.substr(exponent + 1));
    return decimal;
}

std::strong_ordering compare(const Decimal& left, const Decimal& right) {
    auto sign = [](const Decimal& decimal) { return decimal.digits.empty() ? 0 : decimal.negative ? -1 : 1; };
    if (sign(left) != sign(right)) return sign(left) <=> sign(right);
    if (sign(left) == 0) return std::strong_ordering::equal;
    std::strong_ordering size = left.magnitude <=> right.magnitude;
    if (size == 0) size = compare_digits(left.digits, right.digits);
    return left.negative ? 0 <=> size : size;
}

bool is_in_double_range(const Decimal& decimal) {
    if (decimal.digits.empty()) return true;
    Decimal size = decimal;
    size.negative = false;
    constexpr std::string_view double_max = "1.7976931348623157e308";
    constexpr std::string_view double_min = "2.5e-324";
    return compare(size, parse_decimal(double_max)) <= 0 && compare(size, parse_decimal(double_min)) >= 0;
}

bool is_exact(const Decimal& decimal) {
    return decimal.magnitude > -exponent_max / 10 && decimal.magnitude < exponent_max / 10;
}

}  // namespace outflow::json
