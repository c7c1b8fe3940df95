#include "json/decimal.h"

#include <algorithm>
#include <array>
#include <bit>

#include "json/scan.h"

namespace outflow::json {

namespace {

constexpr std::int64_t exponent_max = 1'000'000'000'000'000;
constexpr std::size_t lead_digits = 19;  // as many as 64 bits always hold

constexpr auto powers_of_ten = [] {
    std::array<std::uint64_t, lead_digits + 1> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
}();

// The value of eight digits, the first one in the lowest byte. A byte of 0 is as good as a '0'.
std::uint64_t value_of_eight(std::uint64_t digits) {
    digits &= 0x0f0f0f0f0f0f0f0f;
    // Ten times each byte and the next one; then the same with pairs and with fours.
    digits = digits * (10 << 8 | 1) >> 8 & 0x00ff00ff00ff00ff;
    digits = digits * (100 << 16 | 1) >> 16 & 0x0000ffff0000ffff;
    return digits * (std::uint64_t{10'000} << 32 | 1) >> 32;
}

// Of the characters of a number, only digits have this bit.
constexpr std::uint64_t digit_bits = 0x1010101010101010;

// Reads digits one after the other.
struct Reader {
    const char* at;
    const char* const end;
    std::uint64_t value = 0;  // of the digits up to `at`, modulo 2^64

    void read_digits() {
        for (; at != end && is_digit(*at); ++at) value = value * 10 + static_cast<std::uint64_t>(*at - '0');
    }

    // The same for a number's first digits; there are eight bytes or more.
    void read_first_digits() {
        const std::uint64_t bytes = load_word(at);
        const std::uint64_t others = ~bytes & digit_bits;
        if (others == 0) {
            value = value_of_eight(bytes);
            at += 8;
            return read_digits();
        }
        const int digits = std::countr_zero(others) / 8;  // not 0
        value = value_of_eight(bytes << 8 * (8 - digits));
        at += digits;
    }

    // Reads on up to the end; there are eight bytes or more before it. If not all of them are digits, then `at` is not
    // the end.
    void read_last_digits() {
        while (end - at > 8) {
            const std::uint64_t bytes = load_word(at);
            if ((~bytes & digit_bits) != 0) return;
            value = value * 100'000'000 + value_of_eight(bytes);
            at += 8;
        }
        const auto digits = static_cast<std::size_t>(end - at);  // not 0
        const std::uint64_t wanted = ~std::uint64_t{0} << 8 * (8 - digits);
        const std::uint64_t bytes = load_word(end - 8) & wanted;
        if ((~bytes & digit_bits & wanted) != 0) return;
        value = value * powers_of_ten[digits] + value_of_eight(bytes);
        at = end;
    }
};

// Of a value that is not 0 and has no more than 19.
std::size_t count_digits_of(std::uint64_t value) {
    // 1233 / 4096 is log10(2), near enough for 64 bits.
    const std::size_t least = static_cast<std::size_t>(std::bit_width(value)) * 1233 >> 12;
    return least + (value >= powers_of_ten[least] ? 1 : 0);
}

// The exponent behind the `e`, cut to +-exponent_max.
std::int64_t parse_exponent(std::string_view text) {
    bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    std::int64_t value = 0;
    for (char c : text) value = std::min(value * 10 + (c - '0'), exponent_max);
    return negative ? -value : value;
}

// The digits of a rest one after the other, then zeros forever.
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

}  // namespace

Lead parse_lead(std::string_view spelling) {
    const bool negative = spelling.front() == '-';
    const char* const first = spelling.data() + (negative ? 1 : 0);
    Reader reader{first, spelling.data() + spelling.size()};
    const bool is_short = reader.end - first < 8;
    is_short ? reader.read_digits() : reader.read_first_digits();
    auto digits = static_cast<std::size_t>(reader.end - first);
    std::size_t fraction = 0;  // digits behind the point
    if (reader.at != reader.end && *reader.at == '.') {
        ++reader.at;
        --digits;
        fraction = static_cast<std::size_t>(reader.end - reader.at);
        is_short ? reader.read_digits() : reader.read_last_digits();
    }
    if (reader.at != reader.end || digits > lead_digits) return {0, Lead::unusual};
    if (reader.value == 0) return {0, negative ? Lead::unusual : Decimal::magnitude_of_zero};
    if (*first == '0') digits = count_digits_of(reader.value);
    return {reader.value * powers_of_ten[lead_digits - digits],
            static_cast<std::int64_t>(digits) - static_cast<std::int64_t>(fraction)};
}

Decimal parse_unusual_decimal(std::string_view spelling) {
    const bool negative = spelling.front() == '-';
    const char* at = spelling.data() + (negative ? 1 : 0);
    const char* const end = spelling.data() + spelling.size();
    const char* const point = skip_digits(at, end);  // where it is, or would be
    const char* const digits_end = point != end && *point == '.' ? skip_digits(point + 1, end) : point;
    while (at != digits_end && (*at == '0' || *at == '.')) ++at;
    if (at == digits_end) return {};
    Decimal decimal;
    decimal.negative = negative;
    // Digits before the point count up, zeros behind it count down.
    decimal.magnitude = point > at ? point - at : point - at + 1;
    std::size_t taken = 0;
    for (; at != digits_end && taken < lead_digits; ++at) {
        if (at == point) continue;
        decimal.lead = decimal.lead * 10 + static_cast<std::uint64_t>(*at - '0');
        ++taken;
    }
    decimal.lead *= powers_of_ten[lead_digits - taken];
    decimal.rest = {at, digits_end};
    if (digits_end != end) decimal.magnitude += parse_exponent({digits_end + 1, end});
    return decimal;
}

std::strong_ordering compare_digits(std::string_view left, std::string_view right) {
    Digits left_digits(left);
    Digits right_digits(right);
    while (!left_digits.done() || !right_digits.done()) {
        const char l = left_digits.next();
        const char r = right_digits.next();
        if (l != r) return l <=> r;
    }
    return std::strong_ordering::equal;
}

bool is_in_double_range(const Decimal& decimal) {
    if (decimal.lead == 0) return true;
    Decimal size = decimal;
    size.negative = false;
    constexpr std::string_view double_max = "1.7976931348623157e308";
    constexpr std::string_view double_min = "2.5e-324";
    return compare(size, parse_decimal(double_max)) <= 0 && compare(size, parse_decimal(double_min)) >= 0;
}

bool is_exact(const Decimal& decimal) {
    return decimal.lead == 0 || (decimal.magnitude > -exponent_max / 10 && decimal.magnitude < exponent_max / 10);
}

}  // namespace outflow::json
