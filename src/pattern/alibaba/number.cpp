#include "pattern/alibaba/number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "json/decimal.h"

namespace outflow::pattern {

namespace {

// A number's spelling as Java's BigDecimal has it: value = whole and fraction as one integer * 10^-scale.
class Spelled {
public:
    explicit Spelled(std::string_view text) : negative_(text.starts_with('-')) {
        if (negative_) text.remove_prefix(1);
        const std::size_t exponent = std::min(text.find_first_of("eE"), text.size());
        const std::size_t point = std::min(text.find('.'), exponent);
        whole_ = text.substr(0, point);
        fraction_ = text.substr(std::min(point + 1, exponent), exponent - std::min(point + 1, exponent));
        scale_ = static_cast<std::int64_t>(fraction_.size());
        if (exponent < text.size()) scale_ -= read_exponent(text.substr(exponent + 1));
        strip_zeros();
    }

    bool is_negative() const { return negative_; }
    bool is_zero() const { return size() == 0; }
    std::int64_t scale() const { return scale_; }
    std::size_t size() const { return whole_.size() + fraction_.size(); }  // digits, from the first that is not 0

    template <class Take>
    void for_each_digit(Take take) const {
        for (char digit : whole_) take(digit);
        for (char digit : fraction_) take(digit);
    }

private:
    // Cut at +-10^12, beyond what Java takes.
    static std::int64_t read_exponent(std::string_view text) {
        constexpr std::int64_t exponent_max = 1'000'000'000'000;
        const bool negative = text.starts_with('-');
        if (negative || text.starts_with('+')) text.remove_prefix(1);
        std::int64_t value = 0;
        for (char c : text) value = std::min(value * 10 + (c - '0'), exponent_max);
        return negative ? -value : value;
    }

    void strip_zeros() {
        whole_.remove_prefix(std::min(whole_.find_first_not_of('0'), whole_.size()));
        if (whole_.empty()) fraction_.remove_prefix(std::min(fraction_.find_first_not_of('0'), fraction_.size()));
    }

    bool negative_;
    std::string_view whole_;
    std::string_view fraction_;
    std::int64_t scale_;
};

void append_integer(std::string& out, std::int64_t value) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

// What BigDecimal.toString gives.
void append_big_decimal(std::string& out, const Spelled& number) {
    if (number.is_negative()) out += '-';
    const std::size_t start = out.size();
    number.for_each_digit([&](char digit) { out += digit; });
    const auto size = static_cast<std::int64_t>(number.size());
    const std::int64_t exponent = size - 1 - number.scale();
    if (number.scale() == 0) return;
    if (number.scale() > 0 && exponent >= -6) {
        if (exponent < 0) out.insert(start, static_cast<std::size_t>(-exponent), '0');
        out.insert(start + static_cast<std::size_t>(std::max<std::int64_t>(exponent, 0)) + 1, 1, '.');
        return;
    }
    if (size > 1) out.insert(start + 1, 1, '.');
    if (exponent == 0) return;
    out += exponent < 0 ? "E" : "E+";
    append_integer(out, exponent);
}

// The low 32 bits, as Java's BigDecimal.intValue takes them.
std::int32_t wrapped_integer(const Spelled& number) {
    std::uint32_t bits = 0;
    number.for_each_digit([&](char digit) { bits = bits * 10 + static_cast<std::uint32_t>(digit - '0'); });
    const std::int64_t zeros = std::min<std::int64_t>(-number.scale(), 32);  // 10^32 has no low 32 bits
    for (std::int64_t i = 0; i < zeros; ++i) bits *= 10;
    return static_cast<std::int32_t>(number.is_negative() ? 0U - bits : bits);
}

// The value of a number that is an integer and not negative, if a Java long holds it.
bool read_long(const Spelled& number, std::int64_t& value) {
    constexpr std::int64_t digits_max = 19;
    if (static_cast<std::int64_t>(number.size()) - number.scale() > digits_max) return false;
    std::uint64_t sum = 0;
    number.for_each_digit([&](char digit) { sum = sum * 10 + static_cast<std::uint64_t>(digit - '0'); });
    for (std::int64_t i = number.scale(); i < 0; ++i) sum *= 10;
    value = static_cast<std::int64_t>(sum);
    return sum <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
}

AlibabaNumber read_integer(std::string_view spelling, const Spelled& number, std::string& scratch) {
    std::int64_t value = 0;
    if (number.is_negative()) {
        value = wrapped_integer(number);
    } else if (!number.is_zero() && !read_long(number, value)) {
        append_big_decimal(scratch, number);
        return {scratch, nearest_double(spelling)};
    }
    append_integer(scratch, value);
    return {scratch, static_cast<double>(value)};
}

}  // namespace

double nearest_double(std::string_view spelling) {
    double value = 0;
    const auto [end, error] = std::from_chars(spelling.data(), spelling.data() + spelling.size(), value);
    if (error != std::errc::result_out_of_range) return value;
    const json::Decimal decimal = json::parse_decimal(spelling);
    value = decimal.magnitude > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    return decimal.negative ? -value : value;
}

void append_java_double(std::string& out, double value) {
    char text[40];
    char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    std::string_view shortest(text, static_cast<std::size_t>(end - text));
    const bool has_one_digit = shortest.find('.') == std::string_view::npos;
    if (has_one_digit) {  // Java wants two: the nearest such, 4.9E-324 and not 5.0E-324
        end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 1).ptr;
        shortest = {text, static_cast<std::size_t>(end - text)};
    }
    if (shortest.front() == '-') {
        out += '-';
        shortest.remove_prefix(1);
    }
    const std::string_view digits = shortest.substr(0, shortest.find('e'));  // d.d...
    shortest.remove_prefix(digits.size() + (shortest[digits.size() + 1] == '+' ? 2 : 1));
    int exponent = 0;
    std::from_chars(shortest.data(), end, exponent);
    if (value != 0 && (exponent < -3 || exponent >= 7)) {
        out += digits;
        out += 'E';
        append_integer(out, exponent);
        return;
    }
    std::string_view rest = digits.substr(2);
    if (exponent < 0) {
        out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0') += digits[0];
        if (rest != "0") out += rest;
        return;
    }
    out += digits[0];
    const auto places = static_cast<std::size_t>(exponent);
    out += rest.substr(0, places);
    out.append(places - std::min(places, rest.size()), '0') += '.';
    rest.remove_prefix(std::min(places, rest.size()));
    out += rest.empty() ? "0" : rest;
}

AlibabaNumber read_alibaba_number(std::string_view spelling, std::string& scratch) {
    scratch.clear();
    const Spelled number(spelling);
    constexpr std::int64_t scale_max = std::numeric_limits<std::int32_t>::max();
    if (number.scale() > scale_max || number.scale() < -scale_max) return {spelling, nearest_double(spelling)};
    if (number.scale() <= 0) return read_integer(spelling, number, scratch);
    if (number.is_zero()) return {"0.0", 0.0};
    const double value = nearest_double(spelling);
    if (!std::isfinite(value)) return {spelling, value};
    append_java_double(scratch, value);
    if (json::compare(json::parse_decimal(scratch), json::parse_decimal(spelling)) != 0) {
        scratch.clear();
        append_big_decimal(scratch, number);
    }
    return {scratch, value};
}

}  // namespace outflow::pattern
