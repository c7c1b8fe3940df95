#include "json/decimal.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

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
    {"0.5", "0.50", "5e-1", "50E-2"},
    {"1", "1.0", "10e-1", "0.1e1", "1e0", "1E+0"},
    {"1.00000000000000000001"},
    {"9.5"},
    {"10", "1e1"},
    {"80", "80.0", "8e1"},
    {"300", "300.0", "3.0e2"},
    {"9007199254740992"},
    {"9007199254740993"},
    {"12345678901234567890", "12345678901234567890.000", "1234567890123456789e1"},
    {"12345678901234567891"},
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

TEST(decimal, agrees_with_integers_at_every_scale) {
    const std::uint32_t seed = 7;
    std::mt19937 random(seed);
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
        ASSERT_EQ(compare(parse_decimal(l), parse_decimal(r)), left <=> right) << "seed " << seed << ": " << l << " " << r;
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
