// Patterns and events made to hurt: each is matched, or refused with a reason, in time and memory that follow its size.
#include <gtest/gtest.h>

#include "base/limits.h"
#include "pattern/explain/explain.h"
#include "pattern/pattern.h"

namespace outflow::pattern {
namespace {

using json::Node;
using json::parse_document;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t reduced = 10;  // sizes are divided by it: all is slower by a factor of ten or more
#else
constexpr std::size_t reduced = 1;
#endif

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    all.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

std::string field(std::string_view alternatives) { return R"({"data":{"f":)" + std::string(alternatives) + "}}"; }

// "match", "no match", or why not. If the event can be read as a tree, and the tree is not too large for a test, the
// explanation must say the same.
std::string verdict(std::string_view pattern_text, std::string_view event_text) {
    auto pattern = parse_document(pattern_text);
    if (!pattern) return pattern.error().context;
    std::vector<Diagnostic> diagnostics;
    auto compiled = Pattern::compile_for_text(pattern->root, diagnostics);
    if (!compiled) return diagnostics[0].pointer + ": " + diagnostics[0].message;
    std::string padded(event_text);
    padded.append(limits::chunk_padding, ' ');
    json::Walker walker;
    auto matched = match_text(*compiled, std::string_view(padded).substr(0, event_text.size()), walker);
    if (!matched) return matched.error().context;
    constexpr std::size_t tree_text_max = 4 * 1024 * 1024;
    if (event_text.size() > tree_text_max) return *matched ? "match" : "no match";
    auto event = parse_document(event_text);
    bool is_comparable = event && event->repeated.empty();
    if (is_comparable && Explainer(pattern->root).matches(event->root) != *matched) return "explained otherwise";
    return *matched ? "match" : "no match";
}

void expect_part(const std::string& text, std::string_view part) {
    EXPECT_NE(text.find(part), std::string::npos) << text.substr(0, 300);
}

constexpr std::size_t very_deep = 1'000'000;

TEST(hostile, a_pattern_a_million_levels_deep_is_refused) {
    for (std::string_view opening : {R"({"data":)", R"({"$or":[)", "["}) {
        expect_part(verdict(repeated(opening, very_deep), "{}"), "nested deeper than 128 levels");
    }
    std::string closed = repeated(R"({"data":)", very_deep) + "[1]" + repeated("}", very_deep);
    expect_part(verdict(closed, "{}"), "nested deeper than 128 levels");
}

TEST(hostile, an_event_a_million_levels_deep_is_refused_where_the_walk_meets_it) {
    std::string deep_arrays = repeated("[", very_deep) + repeated("]", very_deep);
    std::string deep_objects = repeated(R"({"f":)", very_deep) + "1" + repeated("}", very_deep);
    for (const std::string& deep : {deep_arrays, deep_objects}) {
        std::string event = R"({"data":{"f":)" + deep + R"(,"g":"a"}})";
        expect_part(verdict(R"({"data":{"g":["a"]}})", event), "128");  // it is passed over
        EXPECT_EQ(verdict(R"({"source":["a"]})", R"({"source":"a","data":)" + deep + "}"), "match");  // not reached
    }
    expect_part(verdict(field(R"(["a"])"), R"({"data":{"f":)" + deep_arrays + "}}"), "128");
    std::string path = R"({"data":)" + repeated(R"({"f":)", 120) + R"(["a"])" + repeated("}", 121);
    EXPECT_EQ(verdict(path, R"({"data":)" + deep_objects + "}"), "no match");
}

TEST(hostile, strings_of_ten_mebibytes_are_compared) {
    const std::string text(10 * 1024 * 1024, 'a');
    const std::string escaped = repeated("\\u0061", text.size() / 6);
    const std::string quoted = "\"" + text + "\"";
    const std::string event = R"({"data":{"f":)" + quoted + "}}";
    struct Row {
        std::string alternative;
        std::string_view expected;
    };
    const Row rows[] = {
        {quoted, "match"},
        {"\"" + text + "b\"", "no match"},
        {"{\"prefix\":" + quoted + "}", "match"},
        {"{\"suffix\":\"b\"}", "no match"},
        {"{\"contains\":\"" + text.substr(text.size() / 2) + "b\"}", "no match"},
        {"{\"contains\":\"" + text.substr(text.size() / 2) + "\"}", "match"},
        {"{\"equals-ignore-case\":\"" + std::string(text.size(), 'A') + "\"}", "match"},
        {"{\"wildcard\":\"*" + text.substr(2) + "*a\"}", "match"},
        {"{\"anything-but\":" + quoted + "}", "no match"},
        {"{\"cidr\":\"10.0.0.0/8\"}", "no match"},
        {"{\"numeric\":[\">\",1]}", "no match"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(verdict(field("[" + row.alternative + "]"), event), row.expected) << row.alternative.substr(0, 40);
    }
    std::string escaped_event = R"({"data":{"f":")" + escaped + R"("}})";
    EXPECT_EQ(verdict(field("[\"" + text.substr(0, text.size() / 6) + "\"]"), escaped_event), "match");
    EXPECT_EQ(verdict(R"({"data":{")" + text + R"(":["x"]}})", R"({"data":{")" + text + R"(":"x"}})"), "match");
}

TEST(hostile, numbers_of_a_megabyte_are_compared_by_value) {
    const std::string zeros(1'000'000, '0');
    std::string event = R"({"data":{"f":1)" + zeros + "}}";
    EXPECT_EQ(verdict(field("[1e1000000]"), event), "match");
    EXPECT_EQ(verdict(field(R"([{"numeric":[">",1e300]}])"), event), "match");
    EXPECT_EQ(verdict(field("[1" + zeros + "]"), R"({"data":{"f":1e1000000}})"), "match");
    EXPECT_EQ(verdict(field(R"([{"numeric":["=",0.)" + zeros + "]}]"), R"({"data":{"f":-0e99999}})"), "match");
}

TEST(hostile, numbers_out_of_range_are_values_but_no_bounds) {
    EXPECT_EQ(verdict(field(R"([{"numeric":[">",1e400]}])"), "{}"),
              "/data/f/0/numeric/1: The number is outside of the range of a double.");
    EXPECT_EQ(verdict(field(R"([{"numeric":[">",1e-400]}])"), "{}"),
              "/data/f/0/numeric/1: The number is outside of the range of a double.");
    EXPECT_EQ(verdict(field("[1e9999999999999999999]"), "{}"), "/data/f/0: The number's exponent is too large.");
    EXPECT_EQ(verdict(field("[1e400]"), R"({"data":{"f":10e399}})"), "match");
    EXPECT_EQ(verdict(field("[1e400]"), R"({"data":{"f":1e401}})"), "no match");
    EXPECT_EQ(verdict(field(R"([{"numeric":[">",1.7e308]}])"), R"({"data":{"f":1e400}})"), "match");
    EXPECT_EQ(verdict(field(R"([{"numeric":["<",-1.7e308]}])"), R"({"data":{"f":-1e9999999999999999999}})"), "match");
    std::string tiny = field(R"([{"numeric":[">",0,"<",1e-300]}])");
    EXPECT_EQ(verdict(tiny, R"({"data":{"f":1e-9999999999999999999}})"), "match");
}

TEST(hostile, of_repeated_names_the_last_counts_in_a_pattern_and_the_first_in_an_event) {
    EXPECT_EQ(verdict(R"({"data":{"f":["a"],"f":["b"]}})", R"({"data":{"f":"b"}})"), "match");
    EXPECT_EQ(verdict(R"({"data":{"f":["b"]}})", R"({"data":{"f":"b","f":"a"}})"), "match");
    EXPECT_EQ(verdict(R"({"data":{"f":["a"]}})", R"({"data":{"f":"b","f":"a"}})"), "no match");
    EXPECT_EQ(verdict(R"({"data":{"f":["a"]}})", R"({"data":{"f":"a","\u0066":"b"},"data":{}})"), "match");
    std::string many = repeated(R"("f":"a",)", 100'000);
    EXPECT_EQ(verdict(R"({"data":{"f":["a"]}})", R"({"data":{"g":1,)" + many + R"("h":1}})"), "match");
    std::string last = R"({"data":{)" + repeated(R"("f":["a"],)", 10'000) + R"("f":["b"]}})";
    EXPECT_EQ(verdict(last, R"({"data":{"f":"b"}})"), "match");
}

TEST(hostile, lone_surrogates_are_the_replacement_character_on_both_sides) {
    for (std::string_view lone : {R"(\ud800)", R"(\udc00)", R"(\ud800\ud800)", R"(\udfffx)"}) {
        std::string quoted = "\"" + std::string(lone) + "\"";
        const std::string event = R"({"data":{"f":)" + quoted + "}}";
        EXPECT_EQ(verdict(field("[" + quoted + "]"), event), "match") << lone;
        EXPECT_EQ(verdict(R"({"data":{)" + quoted + R"(:[1]}})", R"({"data":{)" + quoted + ":1}}"), "match") << lone;
        EXPECT_EQ(verdict(field(R"([{"equals-ignore-case":)" + quoted + "}]"), event), "match");
        EXPECT_EQ(verdict(field(R"([{"wildcard":"*)" + std::string(lone) + R"(*"}])"), event), "match");
    }
    EXPECT_EQ(verdict(field("[\"\xef\xbf\xbd\"]"), R"({"data":{"f":"\ud800"}})"), "match");
    expect_part(verdict(field("[\"\xed\xa0\x80\"]"), "{}"), "UTF-8");
    expect_part(verdict(field("[\"a\"]"), "{\"data\":{\"f\":\"\xed\xa0\x80\"}}"), "UTF-8");
}

TEST(hostile, wildcards_cost_what_the_text_is_long) {
    const std::string text(2'000'000, 'a');
    auto ask = [&](const std::string& wildcard, const std::string& end) {
        return verdict(field(R"([{"wildcard":")" + wildcard + R"("}])"), R"({"data":{"f":")" + text + end + R"("}})");
    };
    EXPECT_EQ(ask("*a*a*a*b", ""), "no match");
    EXPECT_EQ(ask("*a*a*a*b", "b"), "match");
    EXPECT_EQ(ask(repeated("*a", 100'000) + "*b", ""), "no match");
    EXPECT_EQ(ask(repeated("*a", 100'000) + "*b", "b"), "match");
    EXPECT_EQ(ask(repeated("*aaaaaaaaab", 1'000), ""), "no match");
    EXPECT_EQ(ask("*" + std::string(1'000'000, 'a') + "b*", ""), "no match");
    EXPECT_EQ(ask("*é*a*É", "É"), "no match");
    std::string folded =
        R"([{"equals-ignore-case":")" + repeated("é", 1'000) + R"("},)" + R"({"prefix":{"equals-ignore-case":"É"}}])";
    EXPECT_EQ(verdict(field(folded), R"({"data":{"f":")" + text + R"("}})"), "no match");
}

TEST(hostile, a_hundred_thousand_alternatives_are_a_set) {
    std::string texts, numbers, prefixes, excluded;
    const std::size_t count = 100'000 / reduced;
    for (std::size_t i = 0; i < count; ++i) {
        std::string comma = i == 0 ? "" : ",";
        texts += comma + "\"value-" + std::to_string(i) + "\"";
        numbers += comma + std::to_string(2 * i);
        prefixes += comma + "{\"prefix\":\"value-" + std::to_string(i) + "-\"}";
    }
    std::string many_values = "[";
    for (std::size_t i = 0; i < count / 5; ++i) {
        many_values += "\"value-x" + std::to_string(i) + "\"," + std::to_string(2 * i + 1) + ",";
    }
    auto event = [](const std::string& value) { return R"({"data":{"f":)" + value + "}}"; };
    EXPECT_EQ(verdict(field("[" + texts + "]"), event("\"value-" + std::to_string(count - 1) + "\"")), "match");
    EXPECT_EQ(verdict(field("[" + texts + "]"), event(many_values + "null]")), "no match");
    EXPECT_EQ(verdict(field("[" + numbers + "]"), event(std::to_string(2 * count - 2) + ".0")), "match");
    EXPECT_EQ(verdict(field("[" + numbers + "]"), event(many_values + "null]")), "no match");
    EXPECT_EQ(verdict(field("[" + prefixes + "]"), event(R"("value-7777-x")")), "match");
    EXPECT_EQ(verdict(field("[" + prefixes + "]"), event(many_values + "null]")), "no match");
    const std::string others = field(R"([{"anything-but":[)" + texts + "," + numbers + "]}]");
    EXPECT_EQ(verdict(others, event(R"("value-5")")), "no match");
    EXPECT_EQ(verdict(others, event(many_values + "null]")), "match");
}

TEST(hostile, alternatives_that_are_looked_for_one_by_one_are_counted) {
    auto ask = [](std::string_view alternative, std::size_t count) {
        std::string all = repeated(std::string(alternative) + ",", count);
        all.pop_back();
        return verdict(field("[" + all + "]"), R"({"data":{"f":"x"}})");
    };
    for (std::string_view alternative :
         {R"({"wildcard":"a*b"})", R"({"cidr":"10.0.0.0/8"})", R"({"equals-ignore-case":"é"})", R"({"contains":"y"})",
          R"({"anything-but":{"wildcard":"x*"}})", R"({"prefix":{"equals-ignore-case":"é"}})",
          R"({"prefix":"a","suffix":"b"})"}) {
        EXPECT_EQ(ask(alternative, limits::pattern_searches_max), "no match") << alternative;
        expect_part(ask(alternative, limits::pattern_searches_max + 1), "A field takes at most 1000 alternatives");
    }
}

TEST(hostile, ten_thousand_fields_are_found_and_more_refused) {
    std::string fields, values, nested;
    for (int i = 0; i < 10'000; ++i) {
        std::string comma = i == 0 ? "" : ",";
        fields += comma + "\"f" + std::to_string(i) + "\":[\"x\"]";
        values += comma + "\"f" + std::to_string(9'999 - i) + "\":\"x\"";
        nested += comma + "\"f" + std::to_string(i) + "\":{\"g\":[{\"exists\":false}]}";
    }
    EXPECT_EQ(verdict(R"({"data":{)" + fields + "}}", R"({"data":{)" + values + "}}"), "match");
    EXPECT_EQ(verdict(R"({"data":{)" + fields + "}}", R"({"data":{"g":1,)" + values.substr(12) + "}}"), "no match");
    EXPECT_EQ(verdict(R"({"data":{)" + fields + R"(,"g":["x"]}})", "{}"),
              "/data/g: A pattern has at most 10000 fields.");
    EXPECT_EQ(verdict(R"({"data":{)" + nested + "}}", R"({"data":{)" + values + "}}"), "match");
    std::string elements = repeated("{\"f1\":\"x\"},", 1'000) + "{" + values + "}";
    EXPECT_EQ(verdict(R"({"data":{)" + fields + "}}", R"({"data":[)" + elements + "]}"), "match");
    EXPECT_EQ(verdict(R"({"data":{)" + nested + "}}", R"({"data":[)" + elements + "]}"), "match");
}

std::string choices(std::size_t count, std::size_t branches) {
    std::string pattern = R"({"data":{)";
    for (std::size_t i = 0; i < count; ++i) {
        std::string name = "\"f" + std::to_string(i);
        pattern += (i == 0 ? "" : ",") + name + "\":{\"$or\":[";
        for (std::size_t j = 0; j < branches; ++j) {
            pattern += std::string(j == 0 ? "" : ",") + "{\"b" + std::to_string(j) + "\":[1]}";
        }
        pattern += "]}";
    }
    return pattern + "}}";
}

TEST(hostile, choices_that_would_multiply_beyond_the_limit_are_refused) {
    EXPECT_EQ(verdict(choices(10, 2), R"({"data":{"f0":{"b1":1}}})"), "no match");
    std::string all;
    for (int i = 0; i < 10; ++i) all += (i == 0 ? "\"f" : ",\"f") + std::to_string(i) + "\":{\"b1\":1}";
    EXPECT_EQ(verdict(choices(10, 2), R"({"data":{)" + all + "}}"), "match");
    EXPECT_EQ(verdict(choices(1, 1024), R"({"data":{"f0":{"b1023":1}}})"), "match");
    using Counts = std::pair<std::size_t, std::size_t>;
    for (auto [count, branches] : {Counts{11, 2}, {2, 33}, {1, 1025}, {1'000, 2}, {3'000, 3}}) {
        std::string refused = verdict(choices(count, branches), "{}");
        expect_part(refused, "/data/f");
        expect_part(refused, "With this the `$or`s of the pattern make more than 1024 combinations");
    }
    std::string pattern = R"({"b":[1]})";
    constexpr std::string_view both = R"({"a":{"$or":[{"x":[1]},{"y":[1]}]},"b":{"$or":[{"x":[1]},{"y":[1]}]}})";
    for (int i = 0; i < 11; ++i) pattern = R"({"$or":[)" + pattern + "," + std::string(both) + "]}";
    EXPECT_EQ(verdict(R"({"data":)" + pattern + "}", R"({"data":{"a":{"y":1},"b":{"x":1}}})"), "match");
}

TEST(hostile, choices_with_many_fields_beside_them_are_refused) {
    std::string beside;
    for (int i = 0; i < 2'000; ++i) beside += "\"g" + std::to_string(i) + "\":[1],";
    std::string branches = choices(6, 2);
    expect_part(verdict(R"({"data":{)" + beside + branches.substr(9), "{}"), "or more than 100000 conditions in them");
}

TEST(hostile, arrays_of_a_million_elements_are_walked_once) {
    std::string elements = repeated(R"({"a":1},{"b":1},)", 500'000 / reduced);
    auto event = [&](std::string_view last) {
        return R"({"data":{"f":[)" + elements + std::string(last) + R"(],"g":1}})";
    };
    constexpr std::string_view both = R"({"data":{"f":{"a":[1],"b":[1]},"g":[1]}})";
    EXPECT_EQ(verdict(both, event("{}")), "no match");
    EXPECT_EQ(verdict(both, event(R"({"b":1,"a":1})")), "match");
    EXPECT_EQ(verdict(R"({"data":{"f":{"c":[{"exists":false}]},"g":[1]}})", event("{}")), "match");
    EXPECT_EQ(verdict(R"({"data":{"f":{"c":[{"exists":false}]},"g":[1]}})", event(R"([[{"c":null}]])")), "no match");
    std::string flat = R"({"data":{"f":[)" + repeated("1,", 1'000'000 / reduced) + "2]}}";
    EXPECT_EQ(verdict(field("[2]"), flat), "match");
    EXPECT_EQ(verdict(field("[3]"), flat), "no match");
    auto pattern = parse_document(both);
    Explanation explanation = explain(pattern->root, parse_document(event("{}"))->root);
    EXPECT_FALSE(explanation.matches);
    EXPECT_EQ(explanation.decisions[1].reason,
              "Expected 1; it holds only in another element of `data.f`: 1 (data.f[1].b).");
}

TEST(hostile, names_of_many_dots_lead_nowhere_or_somewhere) {
    std::string name = repeated("a.", 100'000) + "a";
    EXPECT_EQ(verdict(R"({"data":{")" + name + R"(":[1]}})", R"({"data":{")" + name + R"(":1}})"), "match");
    EXPECT_EQ(verdict(R"({"data":{")" + name + R"(":[1]}})", R"({"data":{")" + name + R"(.a":1}})"), "no match");
    EXPECT_EQ(verdict(R"({"data":{"a.a":[1]}})", R"({"data":{")" + name + R"(":1}})"), "no match");
    EXPECT_EQ(verdict(R"({"data":{"...":[1]}})", R"({"data":{"":{".":{"":1}}}})"), "match");
}

TEST(hostile, a_pattern_of_diagnostics_reports_the_first_hundred) {
    std::string pattern = R"({"data":{"f":[)" + repeated(R"({"prefx":1},)", 50'000) + "1]}}";
    std::vector<Diagnostic> diagnostics;
    EXPECT_FALSE(Pattern::compile_for_text(parse_document(pattern)->root, diagnostics).has_value());
    ASSERT_EQ(diagnostics.size(), limits::pattern_diagnostics_max);
    EXPECT_EQ(diagnostics[99].pointer, "/data/f/99/prefx");
    EXPECT_TRUE(diagnostics[99].hint.starts_with("Did you mean `prefix`? The operators are exactly, "))
        << diagnostics[99].hint;
}

}  // namespace
}  // namespace outflow::pattern
