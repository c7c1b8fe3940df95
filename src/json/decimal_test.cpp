#include "json/decimal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/test_setting.h"
#include "json/scan.h"

namespace outflow::json {
namespace {

// Each row holds spellings of one value; rows ascend.
const std::vector<std::vector<std::string>> ladder = {
    {"-1e400"},
    {"-9007199254740993"},
    {"-9007199254740992", "-9007199254740992.0", "-9.007199254740992e15"},
    {"-80", "-80.0", "-8.0e1", "-0.8e2", "-800e-1"},
    {"-0.5", "-5e-1"},
    {"-1e-400"},
    {"0", "-0", "0.0", "0e9", "-0.000e-7", "0e99999999999999999999"},
    {"1e-999999999999999999999"},
    {"0.0001", "1e-4", "0.1e-3", "0.00010"},
    {"0.000123", "1.23e-4", "0.00012300000000000000000000", "0.0000000000000000000000000000000000000000123e37"},
    {"0.5", "0.50", "5e-1", "50E-2"},
    {"1", "1.0", "10e-1", "0.1e1", "1e0", "1E+0", "1.00000000000000000000000000000000000000000000000000"},
    {"1.00000000000000000000000000000000000000000000000000000000001"},
    {"1.00000000000000000000000000000000000000000000000000000000002"},
    {"1.00000000000000000001", "100000000000000000001e-20", "0.000100000000000000000001e4"},
    {"1.0000000000000000001"},
    {"9.5"},
    {"10", "1e1"},
    {"80", "80.0", "8e1"},
    {"300", "300.0", "3.0e2"},
    {"9007199254740992"},
    {"9007199254740993"},
    {"12345678901234567890", "12345678901234567890.000", "1234567890123456789e1"},
    {"12345678901234567890.1"},
    {"12345678901234567891"},
    {"99999999999999999999"},
    {"100000000000000000000", "1e20", "0.1e21", "100000000000000000000.0", "10000000000000000000.0e1"},
    {"100000000000000000001", "1.00000000000000000001e20"},
    {"1234567890123456789012345678901234567890", "123456789012345678901.2345678901234567890e19"},
    {"1234567890123456789012345678901234567891", "1234567890123456789.012345678901234567891e21"},
    {"1.7976931348623157e308"},
    {"1e309"},
    {"1e400"},
};

TEST(decimal, compares_by_value_without_rounding) {
    for (std::size_t left = 0; left < ladder.size(); ++left) {
        for (std::size_t right = 0; right < ladder.size(); ++right) {
            for (const std::string& l : ladder[left]) {
                for (const std::string& r : ladder[right]) {
                    EXPECT_EQ(compare(parse_decimal(l), parse_decimal(r)), left <=> right) << l << " " << r;
                }
            }
        }
    }
}

// Spelling, its digits without zeros at the ends, magnitude: 0 stands for itself.
struct Row {
    std::string spelling, digits;
    std::int64_t magnitude;
};

TEST(decimal, knows_digits_and_magnitude) {
    const std::vector<Row> rows = {
        {"7", "7", 1},
        {"-42", "42", 2},
        {"0.000123", "123", -3},
        {"1234567", "1234567", 7},
        {"-1234567", "1234567", 7},
        {"12345678", "12345678", 8},
        {"12345678.5", "123456785", 8},
        {"1234567.8", "12345678", 7},
        {"-123456.7", "1234567", 6},
        {"1.23456789", "123456789", 1},
        {"0.00000001", "1", -7},
        {"1700000000000", "17", 13},
        {"-122.40885900953332", "12240885900953332", 3},
        {"12345678901234567", "12345678901234567", 17},
        {"123456789012345678", "123456789012345678", 18},
        {"1234567890123456789", "1234567890123456789", 19},
        {"9999999999999999999", "9999999999999999999", 19},
        {"0.1234567890123456789", "1234567890123456789", 0},
        {"12345678901234567891", "1234567890123456789|1", 20},
        {"123456789012345678.912", "1234567890123456789|12", 18},
        {"1234567890123456789.12", "1234567890123456789|.12", 19},
        {"1234567890123456789012.5", "1234567890123456789|012.5", 22},
        {"0.00000000000000000000000001", "1", -25},
        {"1e400", "1", 401},
        {"-1.5e-400", "15", -399},
        {"1e99999999999999999999", "1", 1'000'000'000'000'001},
        {"1e-99999999999999999999", "1", -999'999'999'999'999},
    };
    for (const Row& row : rows) {
        const Decimal decimal = parse_decimal(row.spelling);
        std::string digits = std::to_string(decimal.lead);
        EXPECT_EQ(digits.size(), 19U) << row.spelling;
        digits.erase(digits.find_last_not_of('0') + 1);
        if (!decimal.rest.empty()) digits += "|" + std::string(decimal.rest);
        EXPECT_EQ(digits, row.digits) << row.spelling;
        EXPECT_EQ(decimal.magnitude, row.magnitude) << row.spelling;
        EXPECT_EQ(decimal.negative, row.spelling.starts_with('-')) << row.spelling;
    }
    for (const char* zero : {"0", "-0", "0.0", "-0.00000000", "0.0000000000000000000000", "0e5", "-0.0e-99"}) {
        EXPECT_EQ(parse_decimal(zero).lead, 0U) << zero;
        EXPECT_FALSE(parse_decimal(zero).negative) << zero;
        EXPECT_TRUE(is_exact(parse_decimal(zero))) << zero;
    }
}

// A number's digits written out around a fixed point: what is compared slowly.
struct Slow {
    bool negative = false;
    std::string digits;  // 400 before the point, 400 behind it

    explicit Slow(const std::string& spelling) : digits(800, '0') {
        const std::size_t digits_end = std::min(spelling.find_first_of("eE"), spelling.size());
        const int exponent = digits_end == spelling.size() ? 0 : std::stoi(spelling.substr(digits_end + 1));
        const std::size_t point = std::min(spelling.find('.'), digits_end);
        for (std::size_t at = 0; at < digits_end; ++at) {
            if (spelling[at] == '-' || spelling[at] == '.') continue;
            const int place = static_cast<int>(at) - static_cast<int>(point) - (at > point ? 1 : 0) - exponent;
            digits[static_cast<std::size_t>(400 + place)] = spelling[at];
        }
        negative = spelling.starts_with('-') && digits.find_first_not_of('0') != std::string::npos;
    }
    std::strong_ordering operator<=>(const Slow& other) const {
        if (negative != other.negative) return other.negative <=> negative;
        return negative ? other.digits.compare(digits) <=> 0 : digits.compare(other.digits) <=> 0;
    }
};

class RandomNumbers {
public:
    explicit RandomNumbers(std::uint32_t seed) : random_(seed) {}
    std::size_t below(std::size_t limit) { return random_() % limit; }

    std::string next() {
        std::string spelling = below(2) == 0 ? "-" : "";
        spelling += below(3) == 0 ? "0" : std::to_string(1 + below(9)) + digits(below(4) == 0 ? 24 : 4);
        if (below(4) != 0) spelling += "." + std::string(below(3) == 0 ? below(12) : 0, '0') + digits(24);
        if (spelling.back() == '.') spelling += "0";
        if (below(4) == 0) spelling += "e" + std::to_string(static_cast<int>(below(60)) - 30);
        return spelling;
    }

    // The same, another spelling of the same value, or a digit changed.
    std::string near(std::string spelling) {
        const std::size_t exponent = std::min(spelling.find('e'), spelling.size());
        const bool has_point = spelling.find('.') != std::string::npos;
        if (below(3) == 0 && exponent == spelling.size()) return spelling + "e0";
        if (below(3) == 0) return spelling.insert(exponent, has_point ? "000" : ".0");
        const std::size_t at = exponent - 1 - below(3);
        if (exponent > 5 && spelling[at] != '.') spelling[at] = static_cast<char>('0' + below(10));
        return spelling;
    }

private:
    std::string digits(std::size_t most) {
        std::string digits(below(most + 1), '0');
        for (char& digit : digits) digit = static_cast<char>('0' + below(10));
        return digits;
    }

    std::mt19937 random_;
};

TEST(decimal, agrees_with_digits_written_out) {
    const TestSeed seed(11);
    RandomNumbers numbers(seed.value);
    for (int round = 0; round < 20'000; ++round) {
        const std::string left = numbers.next();
        const std::string right = numbers.below(2) == 0 ? numbers.near(left) : numbers.next();
        const auto order = compare(parse_decimal(left), parse_decimal(right));
        ASSERT_EQ(order, Slow(left) <=> Slow(right)) << left << " " << right;
    }
}

TEST(decimal, scans_to_the_end_of_a_number) {
    const std::vector<std::string> numbers = {
        "0",
        "-0",
        "7",
        "42",
        "21.5",
        "1234567",
        "12345678",
        "123456789",
        "-122.40885900953332",
        "0.12345678",
        "1234567890123456.12345678",
        "1e5",
        "1.5E+12345678",
        "1234567.5e-123456789",
    };
    for (const std::string& number : numbers) {
        for (const char* behind : {"", ",", "}        ", " 12345678", ":123456789", "/12345678", "\x80         "}) {
            std::vector<char> text(number.begin(), number.end());  // without a zero behind it
            text.insert(text.end(), behind, behind + std::string_view(behind).size());
            text.shrink_to_fit();
            const char* end = scan_number(text.data(), text.data() + text.size());
            ASSERT_NE(end, nullptr) << number << behind;
            EXPECT_EQ(end - text.data(), static_cast<std::ptrdiff_t>(number.size())) << number << behind;
        }
    }
    const std::vector<std::string> others = {"",    "-",  "-x",  "x",          ".5",        "1.",
                                             "1.x", "1e", "1e+", "1ex       ", "12345678.", "+1"};
    for (const std::string& none : others) {
        EXPECT_EQ(scan_number(none.data(), none.data() + none.size()), nullptr) << none;
    }
}

TEST(decimal, agrees_with_integers_at_every_scale) {
    const TestSeed seed(7);
    std::mt19937 random(seed.value);
    for (int round = 0; round < 100'000; ++round) {
        auto number = [&] { return static_cast<std::int64_t>(random() % 20'001) - 10'000; };
        std::int64_t left = number();
        std::int64_t right = random() % 4 == 0 ? left : number();
        auto spelled = [&](std::int64_t value) {
            switch (random() % 3) {
            case 0: return std::to_string(value) + ".0";
            case 1: return std::to_string(value) + "e0";
            default: return std::to_string(value * 1000) + "e-3";
            }
        };
        std::string l = spelled(left);
        std::string r = spelled(right);
        ASSERT_EQ(compare(parse_decimal(l), parse_decimal(r)), left <=> right) << l << " " << r;
    }
}

TEST(decimal, double_range_is_known) {
    EXPECT_TRUE(is_in_double_range(parse_decimal("-1.7976931348623157e308")));
    EXPECT_TRUE(is_in_double_range(parse_decimal("0e-999")));
    EXPECT_TRUE(is_in_double_range(parse_decimal("4.9e-324")));
    EXPECT_FALSE(is_in_double_range(parse_decimal("1e-325")));
    EXPECT_FALSE(is_in_double_range(parse_decimal("1e309")));
    EXPECT_FALSE(is_in_double_range(parse_decimal("-1e99999999999")));
}

}  // namespace
}  // namespace outflow::json
