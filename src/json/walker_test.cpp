#include "json/walker.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/limits.h"
#include "base/test_setting.h"
#include "json/document.h"

namespace outflow::json {
namespace {

using Names = std::vector<std::string>;

std::string shown(const Value& value) {
    std::string text(to_string(value.kind));
    if (value.kind != Kind::missing) text += " " + std::string(value.raw);
    return text;
}

struct ValueRow {
    std::string_view text;
    std::string_view path;
    std::string_view expected;
};

constexpr ValueRow value_rows[] = {
    {R"({"a":1})", "$.a", "number 1"},
    {R"({"a":1})", "$.b", "missing"},
    {R"({"a":1})", "$", R"(object {"a":1})"},
    {" [1, 2 ] ", "$", "array [1, 2 ]"},
    {"  12  ", "$", "number 12"},
    {"-0.5e+3", "$", "number -0.5e+3"},
    {R"({"a":12345678901234567890,"b":1.0})", "$.a", "number 12345678901234567890"},
    {R"({"a": true ,"b":false,"c":null})", "$.a", "boolean true"},
    {R"({"a": true ,"b":false,"c":null})", "$.b", "boolean false"},
    {R"({"a": true ,"b":false,"c":null})", "$.c", "null null"},
    {R"({"a":"x y" })", "$.a", "string x y"},
    {R"({"a":"" })", "$.a", "string "},
    {R"({"a":"x\"y"})", "$.a", R"(string x\"y)"},
    {R"({"a\u0062":1})", "$.ab", "number 1"},
    {R"({"a":{"b":{"c":[1,{"d":2}]}}})", "$.a.b.c[1].d", "number 2"},
    {R"({"a":{"b":{"c":[1,{"d":2}]}}})", "$.a.b", R"(object {"c":[1,{"d":2}]})"},
    {R"({"a":[1,2,3]})", "$.a[0]", "number 1"},
    {R"({"a":[1,2,3]})", "$.a[-1]", "number 3"},
    {R"({"a":[1,2,3]})", "$.a[-3]", "number 1"},
    {R"({"a":[1,2,3]})", "$.a[-4]", "missing"},
    {R"({"a":[1,2,3]})", "$.a[3]", "missing"},
    {R"({"a":[]})", "$.a[-1]", "missing"},
    {R"({"a":{"0":1}})", "$.a[0]", "missing"},
    {R"({"a":[{"b":1}]})", "$.a.b", "missing"},
    {R"({"a.b":1})", "$.a.b", "missing"},
    {R"({"a.b":1})", "$['a.b']", "number 1"},
    {R"({"a":1,"a":2})", "$.a", "number 1"},
    {R"({"a":{"x":1},"a":{"b":2}})", "$.a.b", "missing"},
    {R"({"a":1} trailing)", "$.a", "number 1"},  // stops before it
    {R"({"a":{"b":1,"c":tru},"d":2})", "$.a.b", "number 1"},
};

TEST(walker, resolves_definite_paths) {
    Walker walker;
    for (const ValueRow& row : value_rows) {
        PathSet paths;
        paths.add_value(*parse_path(row.path));
        Value value;
        ASSERT_TRUE(walker.open(row.text).has_value()) << row.text;
        Status walked = walker.walk(paths, {&value, 1}, {});
        ASSERT_TRUE(walked.has_value()) << row.text << " " << walked.error().context;
        EXPECT_EQ(shown(value), row.expected) << row.text << " " << row.path;
    }
}

TEST(walker, resolves_many_paths_in_one_walk) {
    PathSet paths;
    std::vector<std::string_view> expected;
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"$.a[0]", "number 1"}, {"$.a[-2]", "number 1"},
        {"$.a", "array [1,2]"}, {"$.a[1]", "number 2"},
        {"$.b.c", "string x"},  {"$.b", R"(object {"c":"x"})"},
        {"$.b.z", "missing"},   {"$", R"(object {"a":[1,2],"b":{"c":"x"}})"}};
    for (const auto& [path, value] : rows) {
        EXPECT_EQ(paths.add_value(*parse_path(path)), expected.size());
        expected.push_back(value);
    }
    EXPECT_EQ(paths.add_value(*parse_path("$['a'][0]")), 0U);  // the same path again
    std::vector<Value> values(paths.values());
    Walker walker;
    ASSERT_TRUE(walker.open(R"({"a":[1,2],"b":{"c":"x"}})").has_value());
    ASSERT_TRUE(walker.walk(paths, values, {}).has_value());
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(shown(values[i]), expected[i]);
}

TEST(walker, an_object_with_many_wanted_names_is_searched) {
    PathSet paths;
    std::string text = "{";
    for (int i = 0; i < 500; ++i) {
        paths.add_value({Step::of_name("name" + std::to_string(i))});
        text += (i > 0 ? "," : "") + std::string("\"name") + std::to_string(499 - i) + "\":" + std::to_string(499 - i);
    }
    text += "}";
    std::vector<Value> values(paths.values());
    Walker walker;
    ASSERT_TRUE(walker.open(text).has_value());
    ASSERT_TRUE(walker.walk(paths, values, {}).has_value());
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values[i].raw, std::to_string(i));
}

struct LeafRow {
    std::string_view text;
    std::vector<std::string> names;
    std::string_view expected;  // raw values with a space behind each
};

TEST(walker, gives_all_leaves_through_arrays) {
    const LeafRow rows[] = {
        {R"({"a":1})", {"a"}, "1 "},
        {R"({"a":[1,"x",null,[2,[3]],{},{"b":4},[]]})", {"a"}, "1 x null 2 3 "},
        {R"({"a":[{"b":1},{"c":2},{"b":[3,4]},5]})", {"a", "b"}, "1 3 4 "},
        {R"([{"a":1},[{"a":2}]])", {"a"}, "1 2 "},
        {R"({"a":{"b":1}})", {"a"}, ""},
        {R"({"a":1,"a":2})", {"a"}, "1 "},
        {R"([{"a":1,"a":2},{"a":3}])", {"a"}, "1 3 "},
        {R"({"a.b":1,"a":{"c":0},"a.b":2})", {"a", "b"}, "1 "},
        {R"({"a":{"b.c":1}})", {"a", "b", "c"}, "1 "},
        {R"({"a.b":[{"c":1}],"a.":2,".":3,"a":{"b":{"c":4}}})", {"a", "b", "c"}, "1 4 "},
        {"7", {}, "7 "},
        {"[7,8]", {}, "7 8 "},
    };
    Walker walker;
    for (const LeafRow& row : rows) {
        PathSet paths;
        paths.add_leaf(row.names);
        std::string found;
        LeafSink sink{&found,
                      [](void* context, std::size_t, const Value& value) {
                          *static_cast<std::string*>(context) += std::string(value.raw) + " ";
                          return LeafAnswer::more;
                      },
                      nullptr};
        ASSERT_TRUE(walker.open(row.text).has_value());
        ASSERT_TRUE(walker.walk(paths, {}, sink).has_value()) << row.text;
        EXPECT_EQ(found, row.expected) << row.text;
    }
}

// Leaves a.b and a.c below the arrays at `a`; z beside them. B, N, E: begin, next, end of an array.
TEST(walker, reports_in_which_elements_leaves_stand) {
    struct {
        std::string_view text;
        std::string_view reported;
    } const rows[] = {
        {R"({"a":{"b":1,"c":2},"z":3})", "0=1 1=2 2=3 "},
        {R"({"a":[{"b":1},{"c":2}],"z":3})", "B0-2 0=1 N0-2 1=2 N0-2 E0-2 2=3 "},
        {R"({"a":[],"z":3})", "B0-2 E0-2 2=3 "},
        {R"({"a":{"b":[1,[2]]}})", "B0-1 0=1 N0-1 B0-1 0=2 N0-1 E0-1 N0-1 E0-1 "},
        {R"([{"z":1},{"y":[2]}])", "B0-3 2=1 N0-3 N0-3 E0-3 "},
    };
    PathSet paths;
    for (const Names& names : {Names{"a", "b"}, {"a", "c"}, {"z"}}) paths.add_leaf(names);
    Walker walker;
    for (const auto& row : rows) {
        std::string reported;
        LeafSink sink{&reported,
                      [](void* context, std::size_t leaf, const Value& value) {
                          *static_cast<std::string*>(context) += fmt::format("{}={} ", leaf, value.raw);
                          return LeafAnswer::more;
                      },
                      [](void* context, ArrayPart part, LeafRange below) {
                          const char kind = "BNE"[static_cast<std::size_t>(part)];
                          *static_cast<std::string*>(context) += fmt::format("{}{}-{} ", kind, below.first, below.last);
                          return LeafAnswer::more;
                      }};
        ASSERT_TRUE(walker.open(row.text).has_value());
        ASSERT_TRUE(walker.walk(paths, {}, sink).has_value()) << row.text;
        EXPECT_EQ(reported, row.reported) << row.text;
    }
}

TEST(walker, ends_where_the_sink_wants_no_more) {
    PathSet paths;
    for (const char* name : {"a", "b"}) paths.add_leaf(std::vector<std::string>{name});
    Walker walker;
    for (std::string_view text : {R"({"a":1,"b":2,"c":tru})", R"({"a":[1],"b":2,"c":tru})", R"([[{"a":1},tru])"}) {
        int taken = 0;
        LeafSink sink{&taken,
                      [](void* context, std::size_t, const Value&) {
                          ++*static_cast<int*>(context);
                          return LeafAnswer::nothing;
                      },
                      nullptr};
        ASSERT_TRUE(walker.open(text).has_value());
        EXPECT_TRUE(walker.walk(paths, {}, sink).has_value()) << text;
        EXPECT_EQ(taken, 1) << text;
    }
}

// Wants one element of each array; tells of leaves, begins and ends.
LeafSink one_element(std::string& reported) {
    return {&reported,
            [](void* context, std::size_t leaf, const Value& value) {
                *static_cast<std::string*>(context) += std::to_string(leaf) + "=" + std::string(value.raw) + " ";
                return LeafAnswer::more;
            },
            [](void* context, ArrayPart part, LeafRange) {
                *static_cast<std::string*>(context) += "BNE"[static_cast<std::size_t>(part)];
                return part == ArrayPart::next ? LeafAnswer::next_array : LeafAnswer::more;
            }};
}

TEST(walker, passes_over_elements_that_the_sink_does_not_want) {
    struct {
        std::string_view text;
        std::string_view reported;  // empty: an error
        std::string_view value;     // at $.a[2].b
    } const rows[] = {
        {R"({"a":[{"b":1},{"b":2}],"c":3})", "B0=1 NE1=3 ", "missing"},
        {R"({"a":[{"b":1},{"b":2},{"b":3},{"b":4}],"c":5})", "B0=1 NE1=5 ", "number 3"},
        {R"({"a":[{"b":1},{"b":tru}],"c":3})", "", ""},
        {R"({"a":[],"c":3})", "BE1=3 ", "missing"},
        {R"({"c":3,"a":[{"b":1},{"b":2},{"b":3},tru]})", "1=3 B0=1 NE", "number 3"},
    };
    for (const auto& row : rows) {
        PathSet paths;
        paths.add_leaf(std::vector<std::string>{"a", "b"});
        paths.add_leaf(std::vector<std::string>{"c"});
        paths.add_value(*parse_path("$.a[2].b"));
        std::string reported;
        Value value;
        Walker walker;
        ASSERT_TRUE(walker.open(row.text).has_value());
        ASSERT_EQ(walker.walk(paths, {&value, 1}, one_element(reported)).has_value(), !row.reported.empty())
            << row.text;
        if (row.reported.empty()) continue;
        EXPECT_EQ(reported, row.reported) << row.text;
        EXPECT_EQ(shown(value), row.value) << row.text;
    }
    PathSet paths;
    paths.add_leaf(std::vector<std::string>{"a", "b"});
    std::string reported;
    Walker walker;
    ASSERT_TRUE(walker.open(R"({"a":[{"b":1},tru)").has_value());
    EXPECT_TRUE(walker.walk(paths, {}, one_element(reported)).has_value());  // nothing else can be found
    EXPECT_EQ(reported, "B0=1 NE");
}

TEST(walker, passes_over_the_rest_of_an_element_that_the_sink_does_not_want) {
    struct {
        std::string_view text;
        std::string_view reported;
        std::string_view value;  // at $.a[1].c
    } const rows[] = {
        {R"({"a":[{"b":1,"c":2},{"c":3,"b":4}],"c":5})", "0=1 N1=3 NE2=5 ", "number 3"},
        {R"({"a":[{"b":1,"c":[2,{"c":3}]},{"b":[4,5],"c":6}],"c":7})", "0=1 N0=4 N0=5 NE1=6 NE2=7 ", "number 6"},
        {R"({"a":[[{"b":1,"c":2},{"b":3}],{"c":4}],"c":5})", "0=1 N0=3 NEN1=4 NE2=5 ", "number 4"},
        {R"({"a":{"b":1,"c":2}})", "0=1 ", "missing"},  // outside of arrays it wants no more leaves
    };
    PathSet paths;
    for (const Names& names : {Names{"a", "b"}, {"a", "c"}, {"c"}}) paths.add_leaf(names);
    paths.add_value(*parse_path("$.a[1].c"));
    for (const auto& row : rows) {
        std::string reported;
        LeafSink sink{&reported,
                      [](void* context, std::size_t leaf, const Value& value) {
                          *static_cast<std::string*>(context) += fmt::format("{}={} ", leaf, value.raw);
                          return LeafAnswer::next_element;
                      },
                      [](void* context, ArrayPart part, LeafRange) {
                          if (part != ArrayPart::begin)
                              *static_cast<std::string*>(context) += "BNE"[static_cast<std::size_t>(part)];
                          return LeafAnswer::more;
                      }};
        Value value;
        Walker walker;
        ASSERT_TRUE(walker.open(row.text).has_value());
        ASSERT_TRUE(walker.walk(paths, {&value, 1}, sink).has_value()) << row.text;
        EXPECT_EQ(reported, row.reported) << row.text;
        EXPECT_EQ(shown(value), row.value) << row.text;
    }
}

// What was to be found then is of no use, but nothing behind the brackets is read for it.
TEST(walker, may_end_at_the_start_of_a_value_that_is_wanted) {
    PathSet paths;
    paths.add_leaf(std::vector<std::string>{"a"});
    for (const char* path : {"$", "$.a"}) paths.add_value(*parse_path(path));
    for (ArrayPart ending : {ArrayPart::begin, ArrayPart::next, ArrayPart::end}) {
        LeafSink sink{&ending, [](void*, std::size_t, const Value&) { return LeafAnswer::more; },
                      [](void* context, ArrayPart part, LeafRange) {
                          return part == *static_cast<ArrayPart*>(context) ? LeafAnswer::nothing : LeafAnswer::more;
                      }};
        for (std::string_view text : {"[]]]", "[1]]]", "[[],[]]", R"({"a":[]}})", R"({"a":[{"a":1},2]}})"}) {
            Value values[2];
            Walker walker;
            ASSERT_TRUE(walker.open(text).has_value());
            (void)walker.walk(paths, values, sink);
            for (const Value& value : values) EXPECT_LE(value.raw.size(), text.size());
        }
    }
}

TEST(walker, goes_on_for_values_when_no_leaf_is_wanted) {
    PathSet paths;
    for (const char* name : {"a", "b", "d"}) paths.add_leaf(std::vector<std::string>{name});
    paths.add_value(*parse_path("$.v"));
    paths.add_value(*parse_path("$.d[1]"));
    LeafSink sink{
        nullptr,
        [](void*, std::size_t leaf, const Value&) { return leaf == 0 ? LeafAnswer::values : LeafAnswer::nothing; },
        nullptr};
    Value values[2];
    Walker walker;
    ASSERT_TRUE(walker.open(R"({"a":1,"b":2,"d":[3,4],"v":5,"c":tru})").has_value());
    ASSERT_TRUE(walker.walk(paths, values, sink).has_value());
    EXPECT_EQ(shown(values[0]), "number 5");
    EXPECT_EQ(shown(values[1]), "number 4");
}

constexpr std::string_view broken_texts[] = {
    "",
    " ",
    "{",
    "}",
    "[",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{a:1}",
    "{1:1}",
    "{\"a\" 1}",
    "{\"a\":1 \"b\":2}",
    "[1 2]",
    "tru",
    "truee",
    "nul",
    "True",
    "01",
    "-",
    "+1",
    "1.",
    ".5",
    "1e",
    "1e+",
    "0x1",
    "NaN",
    "1 2",
    "{} {}",
    "\"a",
    "\"\\q\"",
    "\"\\u12\"",
    "\"\\u123g\"",
    "\"a\"b",
    "12\"a\"",
    "\"a\"12\"b\"",
    "[1}",
    "{\"a\":1]",
    "\"\x01\"",
    "\"\xff\"",
    "\xef\xbb\xbf",
    "\xef\xbb\xbf\xef\xbb\xbf{}",
    " \xef\xbb\xbf{}",
    "\xef\xbb{}",
    "[\"a\nb\"]",
    "{\"a\":\"b\"\"c\"}",
    "'a'",
    "[1,2",
    "\"\xed\xa0\x80\"",
    "{\"a\":tru,\"b\":1}",
    "{\"a\":{\"b\":01},\"c\":1}",
    ":",
    ",",
    "[:]",
    "{:1}",
};

// A walk that cannot stop early, because it wants the whole text, and goes everywhere, because of its other paths.
Status walk_all(Walker& walker) {
    PathSet paths;
    for (std::string_view path : {"$", "$.not_there", "$.a.c", "$[9]", "$.d[-9]"}) paths.add_value(*parse_path(path));
    const std::string names[] = {"a", "b"};
    paths.add_leaf(names);
    std::vector<Value> values(paths.values());
    LeafSink sink{nullptr, [](void*, std::size_t, const Value&) { return LeafAnswer::more; }, nullptr};
    return walker.walk(paths, values, sink);
}

TEST(walker, passes_over_a_byte_order_mark) {
    Walker walker;
    for (const std::string_view text : {"\xef\xbb\xbf{\"a\":[1]}", "\xef\xbb\xbf \n[]", "\xef\xbb\xbf\"x\""}) {
        EXPECT_TRUE(parse_document(text).has_value()) << text;
        ASSERT_TRUE(walker.open(text).has_value());
        EXPECT_TRUE(walker.check(RepeatedNames::refused).has_value()) << text;
        EXPECT_TRUE(walk_all(walker).has_value()) << text;
    }
}

TEST(walker, refuses_what_is_no_json) {
    Walker walker;
    for (std::string_view text : broken_texts) {
        Status opened = walker.open(text);
        EXPECT_FALSE(parse_document(text).has_value()) << text;
        if (!opened) {
            EXPECT_EQ(opened.error().code, ErrorCode::payload_unfit);
            continue;
        }
        EXPECT_FALSE(walk_all(walker).has_value()) << text;
        Status checked = walker.check(RepeatedNames::allowed);
        ASSERT_FALSE(checked.has_value()) << text;
        EXPECT_EQ(checked.error().code, ErrorCode::payload_unfit);
    }
}

TEST(walker, every_cut_of_a_text_is_refused) {
    std::string_view text = R"({"a":[1,{"b":"x\u00e9y"},true],"c":-1.5e3,"d":{"e":null}})";
    Walker walker;
    for (std::size_t size = 0; size < text.size(); ++size) {
        Status status = walker.open(text.substr(0, size));
        if (status) status = walker.check(RepeatedNames::refused);
        EXPECT_FALSE(status.has_value()) << size;
    }
    ASSERT_TRUE(walker.open(text).has_value());
    EXPECT_TRUE(walker.check(RepeatedNames::refused).has_value());
}

TEST(walker, depth_is_bounded) {
    Walker walker;
    for (auto [levels, good] : {std::pair{limits::json_depth_max, true},
                                {limits::json_depth_max + 1, false},
                                {std::size_t{1'000'000}, false}}) {
        for (std::string_view opening : {"[", "{\"a\":"}) {
            std::string text;
            for (std::size_t i = 0; i < levels; ++i) text += opening;
            text += opening == "[" ? "" : "1";
            for (std::size_t i = 0; i < levels; ++i) text += opening == "[" ? ']' : '}';
            ASSERT_TRUE(walker.open(text).has_value());
            EXPECT_EQ(walker.check(RepeatedNames::allowed).has_value(), good) << levels;
            PathSet paths;
            std::vector<std::string> names(std::min<std::size_t>(levels, 200), "a");
            paths.add_leaf(names);
            LeafSink sink{nullptr, [](void*, std::size_t, const Value&) { return LeafAnswer::more; }, nullptr};
            EXPECT_EQ(walker.walk(paths, {}, sink).has_value(), good) << levels << opening;
            EXPECT_EQ(parse_document(text).has_value(), good);
        }
    }
}

TEST(walker, repeated_names_are_refused_when_asked) {
    Walker walker;
    for (auto [text, good] : {std::pair{R"({"a":1,"b":{"a":2},"c":[{"a":1},{"a":2}]})", true},
                              {R"({"a":1,"a":2})", false},
                              {R"({"x":[{"b":{"a":1,"c":[],"\u0061":2}}]})", false}}) {
        ASSERT_TRUE(walker.open(text).has_value());
        EXPECT_TRUE(walker.check(RepeatedNames::allowed).has_value());
        EXPECT_EQ(walker.check(RepeatedNames::refused).has_value(), good) << text;
    }
}

// The two readers of this folder share little code: on damaged texts they must agree.
TEST(walker, agrees_with_the_document_reader_on_damaged_texts) {
    const TestSeed seed(20'261'124);
    std::mt19937 random(seed.value);
    const std::string base = R"( {"a":[1,-2.5e3,{"b":"x\n\u00e9"},true,null],"c":"é\\","d":{"e":{}},"f":[[],""]} )";
    const std::string pool = R"({}[]:,"\ 01eE.+-truefalsnub)";
    Walker walker;
    int accepted = 0;
    for (int round = 0; round < 200'000; ++round) {
        std::string text = base;
        std::size_t changes = 1 + random() % 2;
        for (std::size_t i = 0; i < changes; ++i) {
            std::size_t at = random() % text.size();
            char c = pool[random() % pool.size()];
            switch (random() % 3) {
            case 0: text[at] = c; break;
            case 1: text.insert(at, 1, c); break;
            default: text.erase(at, 1); break;
            }
        }
        Status status = walker.open(text);
        if (status) {
            status = walker.check(RepeatedNames::allowed);
            ASSERT_EQ(walk_all(walker).has_value(), status.has_value()) << text;
        }
        bool good = parse_document(text).has_value();
        accepted += good ? 1 : 0;
        ASSERT_EQ(status.has_value(), good) << text;
    }
    EXPECT_GT(accepted, 10'000);
}

}  // namespace
}  // namespace outflow::json
