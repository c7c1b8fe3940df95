// The parts of the Alibaba dialect by themselves: numbers, addresses, paths.
#include <gtest/gtest.h>

#include <cmath>

#include "pattern/alibaba/address.h"
#include "pattern/alibaba/number.h"
#include "pattern/alibaba/path.h"

namespace outflow::pattern {
namespace {

struct NumberRow {
    const char* spelling;
    const char* text;
    double value;
};

TEST(alibaba_number, is_spelled_as_java_spells_it) {
    const NumberRow rows[] = {
        {"0", "0", 0},
        {"-0", "0", 0},
        {"0e5", "0", 0},
        {"-0.0", "0.0", 0},
        {"0.000", "0.0", 0},
        {"80", "80", 80},
        {"8e1", "80", 80},
        {"8.0e1", "80", 80},
        {"8.00e1", "80.0", 80},
        {"80.0", "80.0", 80},
        {"1.50", "1.5", 1.5},
        {"-2147483648", "-2147483648", -2147483648.0},
        {"-2147483649", "2147483647", 2147483647},
        {"-1e32", "0", 0},
        {"2147483648", "2147483648", 2147483648.0},
        {"9223372036854775807", "9223372036854775807", 9223372036854775807.0},
        {"9223372036854775808", "9223372036854775808", 9223372036854775808.0},
        {"12345678901234567890", "12345678901234567890", 12345678901234567890.0},
        {"1e30", "1E+30", 1e30},
        {"150e29", "1.50E+31", 1.5e31},
        {"0.001", "0.001", 0.001},
        {"0.00123", "0.00123", 0.00123},
        {"0.0001", "1.0E-4", 0.0001},
        {"0.00099", "9.9E-4", 0.00099},
        {"9999999.5", "9999999.5", 9999999.5},
        {"10000000.0", "1.0E7", 1e7},
        {"12345678.9", "1.23456789E7", 12345678.9},
        {"4.9e-324", "4.9E-324", 4.9e-324},
        {"0.1234567890123456789", "0.1234567890123456789", 0.1234567890123456789},
        {"0.00000012345678901234567", "1.2345678901234567E-7", 1.2345678901234567e-7},
        {"0.000000123456789012345678901", "1.23456789012345678901E-7", 1.2345678901234568e-7},
        {"1e-400", "1E-400", 0},
        {"1e99999999999", "1e99999999999", HUGE_VAL},
    };
    std::string scratch;
    for (const NumberRow& row : rows) {
        const AlibabaNumber number = read_alibaba_number(row.spelling, scratch);
        EXPECT_EQ(number.text, row.text) << row.spelling;
        EXPECT_EQ(number.value, row.value) << row.spelling;
    }
}

TEST(alibaba_number, of_any_length_costs_what_it_is_long) {
    std::string scratch;
    const std::string digits(1'000'000, '7');
    EXPECT_EQ(read_alibaba_number(digits, scratch).text, digits);
    EXPECT_EQ(read_alibaba_number("0." + digits, scratch).text.size(), digits.size() + 2);
    EXPECT_EQ(read_alibaba_number("-" + digits + "e1000000000", scratch).text, "0");
}

TEST(alibaba_address, is_read_as_java_reads_it) {
    const std::pair<const char*, const char*> same[] = {
        {"10.0.0.1", "010.00.0.001"},    {"10.0.0.1", "10.1"},       {"1.2.3.4", "16909060"},    {"1.2.3.4", "1.2.772"},
        {"10.0.0.1", "::ffff:10.0.0.1"}, {"::1", "[::1]"},           {"::1", "0:0:0:0:0:0:0:1"}, {"::1", "::0.0.0.1"},
        {"fe80::1", "FE80::1%2"},        {"1::", "1:0:0:0:0:0:0::"}, {"::1:0", "::00001:0"},     {"127.0.0.1", ""},
    };
    for (const auto& [left, right] : same) {
        const auto address = parse_alibaba_address(left);
        ASSERT_TRUE(address.has_value()) << left;
        EXPECT_EQ(parse_alibaba_address(right), address) << left << " " << right;
    }
    for (const char* text : {"host",
                             "fefefef",
                             "1.2.3.256",
                             "1.2.3.4.",
                             "1..2",
                             "0000001.002.003.004",
                             "1.2.3.4%1",
                             ":::1",
                             "::1:",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8:9",
                             "1::2::3",
                             "::10000",
                             "::1%",
                             "::1%eth0",
                             "[1.2.3.4]",
                             "[::1",
                             "::1.2.3",
                             "1::0:0:0:0:0:0:0",
                             "4294967296",
                             " 1.2.3.4"}) {
        EXPECT_FALSE(parse_alibaba_address(text).has_value()) << text;
    }
}

TEST(alibaba_address, a_network_has_a_mask_of_0_to_32) {
    for (const char* text : {"10.0.0.0/24", "010.000.0.3/08", "0.0.0.0/0", "1.2.3.4/32"}) {
        EXPECT_TRUE(parse_alibaba_network(text).has_value()) << text;
    }
    for (const char* text : {"10.0.0.0/33", "10.0.0/24", "10.0.0.300/24", "10.0.0.0001/24", "10.0.0.0/", "10.0.0.0/024",
                             "/24", "::/0", "a/24", "10.0.0.0/24/8"}) {
        EXPECT_FALSE(parse_alibaba_network(text).has_value()) << text;
    }
    EXPECT_TRUE(parse_alibaba_network("0.0.0.0/0")->contains("255.255.255.254"));
    EXPECT_FALSE(parse_alibaba_network("0.0.0.0/0")->contains("255.255.255.255"));
    EXPECT_FALSE(parse_alibaba_network("0.0.0.0/31")->contains("0.0.0.0"));
    EXPECT_FALSE(parse_alibaba_network("0.0.0.0/0")->contains("10.1"));
}

// The path in a form for eyes: names, then steps.
std::string render(const AlibabaPath& path) {
    std::string out;
    for (const std::string& name : path.names) out += "/" + name;
    for (const AlibabaStep& step : path.steps) {
        out += " ";
        switch (step.kind) {
        case AlibabaStep::Kind::names:
            for (const std::string& name : step.names) out += "'" + name + "'";
            break;
        case AlibabaStep::Kind::wildcard: out += "*"; break;
        case AlibabaStep::Kind::indices:
            for (std::int32_t index : step.indices) out += "#" + std::to_string(index);
            break;
        case AlibabaStep::Kind::slice:
            out += (step.start ? std::to_string(*step.start) : "") + ":" + (step.end ? std::to_string(*step.end) : "");
            break;
        case AlibabaStep::Kind::scan: out += ".."; break;
        }
    }
    return out + (path.is_definite() ? "" : " (list)");
}

TEST(alibaba_path, is_read_as_the_library_reads_it) {
    const std::pair<const char*, const char*> rows[] = {
        {"$.a.b-c.中.$x.0.@.a,b.a]b.?x", "/a/b-c/中/$x/0/@/a,b/a]b/?x"},
        {"$.a\t\n", "/a"},
        {"$.a[0]", "/a #0"},
        {"$.[0].b", " #0 'b'"},
        {"$.a[ -1 , 2 ]", "/a #-1#2 (list)"},
        {"$.a[1:2:3]", "/a 1:2 (list)"},
        {"$.a[1::]", "/a 1: (list)"},
        {"$.a[:-1]", "/a :-1 (list)"},
        {"$.a[ * ].*", "/a * * (list)"},
        {"$.a['b']['c\\'d\\u0041']", "/a/b/c'dA"},
        {"$.a[\"b\", 'c']", "error"},
        {"$.a['b', 'a']", "/a 'a''b'"},
        {"$.a['b', 'a'].c", "/a 'a''b' 'c' (list)"},
        {"$..a", " .. 'a' (list)"},
        {"$.a..[0]", "/a .. #0 (list)"},
        {"$.*x", " * (list)"},
        {"$.*xy", " * 'xy' (list)"},
        {"$.a[", "/a"},
        {"$.a[0]中", "/a #0"},
        {"$.a[0]😀", "/a #0 '😀'"},
        {"$.a.", "error"},
        {"$. ", "error"},
        {"$...a", "error"},
        {"$.a b", "error"},
        {"$.a()", "error"},
        {"$.a[]", "error"},
        {"$.a[0", "error"},
        {"$.a[1 2]", "error"},
        {"$.a[99999999999]", "error"},
        {"$.a[:]", "error"},
        {"$.a[1 :2]", "error"},
        {"$.a['b'", "error"},
        {"$.a['b,c']", "error"},
        {"$.a['b',]", "error"},
        {"$.a['b' 'c']", "error"},
        {"$.a['\\u00']", "error"},
        {"$.a[?(@.b)]", "error"},
    };
    for (const auto& [text, expected] : rows) {
        const auto path = parse_alibaba_path(text);
        EXPECT_EQ(path ? render(*path) : "error", expected) << text;
    }
}

TEST(alibaba_path, of_any_length_is_read_without_recursion) {
    std::string text = "$";
    for (int i = 0; i < 300'000; ++i) text += ".a";
    const auto path = parse_alibaba_path(text);
    ASSERT_TRUE(path.has_value());
    EXPECT_EQ(path->names.size(), 300'000U);
}

}  // namespace
}  // namespace outflow::pattern
