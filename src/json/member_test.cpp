// Members are read all at once where they stand as usual, and token by token otherwise; both must read the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/test_setting.h"
#include "json/scan.h"
#include "json/walker.h"

namespace outflow::json {
namespace {

// What the walker finds at that name in a text of just its size, or "refused".
std::string found(const std::string& text, std::string_view name) {
    const std::vector<char> exact(text.begin(), text.end());  // so that reading behind it is noticed
    PathSet paths;
    paths.add_value({Step::of_name(std::string(name))});
    paths.add_value({});  // all is read
    Value values[2];
    Walker walker;
    if (!walker.open({exact.data(), exact.size()}) || !walker.walk(paths, values, {})) return "refused";
    return std::string(to_string(values[0].kind)) + " " + std::string(values[0].raw);
}

constexpr std::string_view scalars[] = {
    "0", "-0", "7", "-7", "1234567", "12345678", "-123456789012345678901", "1.5", "-122.40885900953332",
    "0.123456789012345678", "1234567890.12345678901", "1234567890.123456789012345", "1e5", "1.5E-3", "true", "false",
    "null", "\"\"", "\"x\"", "\"a, b: {}\"",
    // none of these is one
    "", "-", "01", "-01", "1.", ".5", "1.x", "1..2", "--1", "+1", "1-2", "1a", "12345678a", "tru", "truf", "truee",
    "nul", "nulll", "fals", "falsy", "falsee", "True", "x", "\"", "\"x", "{", "]", ":", ","};

TEST(member, is_read_alike_with_and_without_spaces) {
    for (std::string_view scalar : scalars) {
        const std::string value(scalar);
        for (const std::string name :
             {"", "a", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmnop", "abcdefghijklmnopq"}) {
            for (const char* behind : {"}", ",\"b\":1}", ",\"b\":\"some more text behind it, 40 bytes long\"}"}) {
                const std::string usual = found("{\"" + name + "\":" + value + behind, name);
                EXPECT_EQ(usual, found("{\"" + name + "\" :" + value + behind, name)) << value << behind;
            }
        }
    }
}

TEST(member, is_read_at_any_distance_from_the_end) {
    for (std::size_t size = 0; size < 48; ++size) {
        const std::string behind = size < 6 ? std::string(size, ' ') : ",\"b\":\"" + std::string(size - 6, 'x') + "\"";
        EXPECT_EQ(found("{\"a\":1.25" + behind + "}", "a"), "number 1.25") << size;
        EXPECT_EQ(found("{\"a\":\"x\"" + behind + "}", "a"), "string x") << size;
        EXPECT_EQ(found("{\"a\":null" + behind + "}", "a"), "null null") << size;
    }
}

TEST(member, of_another_name_is_not_taken_for_it) {
    const std::string text =
        R"({"ab":1,"abcdefgi":2,"abcdefgh1":3,"abcdefgh12345678z1":4,"bbcdefgh12345678z":5,"b":6,"abcdefgh12345679":7})";
    for (const char* name :
         {"a", "aa", "abcdefgh", "abcdefgh2", "abcdefgh12345678z", "abcdefgh12345678z2", "abcdefgh12345678"}) {
        EXPECT_EQ(found(text, name), "missing ") << name;
    }
    EXPECT_EQ(found(text, "abcdefgh1"), "number 3");
    EXPECT_EQ(found(text, "abcdefgh12345678z1"), "number 4");
}

TEST(member, with_a_dot_is_nested_names_wherever_the_dot_is) {
    for (std::size_t size = 1; size < 20; ++size) {
        for (std::size_t dot = 0; dot <= size; ++dot) {
            const std::string first(dot, 'x');
            const std::string second(size - dot, 'y');
            PathSet paths;
            paths.add_leaf(std::vector<std::string>{first, second});
            int taken = 0;
            const LeafSink sink{&taken,
                                [](void* context, std::size_t, const Value&) {
                                    ++*static_cast<int*>(context);
                                    return LeafAnswer::more;
                                },
                                nullptr};
            const std::string text =
                "{\"no\":1,\"" + std::string(size, 'x') + "z\":\"a.b\",\"" + first + "." + second + "\":2,\"z\":3}";
            Walker walker;
            ASSERT_TRUE(walker.open(text).has_value());
            ASSERT_TRUE(walker.walk(paths, {}, sink).has_value());
            EXPECT_EQ(taken, 1) << text;
        }
    }
}

// Against the reader of any scalar.
TEST(scan, usual_scalars_are_scalars) {
    const TestSeed seed;
    std::mt19937 random(seed.value);
    int good = 0;
    for (int round = 0; round < 200'000; ++round) {
        std::string text;
        const std::size_t size = random() % 28;
        while (text.size() < size)
            text += random() % 8 != 0 ? static_cast<char>('0' + random() % 10) : "-+.eE 0a{\""[random() % 10];
        const std::string padded = text + ",}: \""[random() % 5] + std::string(usual_scalar_padding, '9');
        const Kind kind =
            text.empty() ? Kind::missing : kind_of_usual_scalar(padded.data(), padded.data() + text.size());
        const bool is_number =
            scan_number(text.data(), text.data() + text.size()) == text.data() + text.size() && !text.empty();
        const bool is_usual = text.size() <= usual_number_max && text.find_first_of("eE") == std::string::npos;
        ASSERT_EQ(kind, is_number && is_usual ? Kind::number : Kind::missing) << text;
        good += kind == Kind::number;
    }
    EXPECT_GT(good, 1'000);
}

}  // namespace
}  // namespace outflow::json
