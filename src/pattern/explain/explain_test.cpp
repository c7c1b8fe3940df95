#include "pattern/explain/explain.h"

#include <gtest/gtest.h>

#include "pattern/pattern.h"

namespace outflow::pattern {
namespace {

using json::Node;
using json::parse_document;

// "match" or "no match", then a line a decision: + or -, pointer, path, condition, value, reason.
std::string reported(const Explanation& explanation) {
    std::string text = explanation.matches ? "match\n" : "no match\n";
    for (const Decision& decision : explanation.decisions) {
        text += decision.holds ? "+ " : "- ";
        text += decision.pointer + " | " + decision.path + " | " + decision.condition + " | " + decision.value + " | " +
                decision.reason + "\n";
    }
    return text;
}

std::string reported(std::string_view pattern_text, std::string_view event_text) {
    auto pattern = parse_document(pattern_text);
    auto event = parse_document(event_text);
    if (!pattern || !event) return "no JSON";
    std::vector<Diagnostic> diagnostics;
    if (!Pattern::compile_for_text(pattern->root, diagnostics)) return "invalid";
    Explainer explainer(pattern->root);
    Explanation explanation = explainer.explain(event->root);
    if (explainer.matches(event->root) != explanation.matches) return "two verdicts";
    return reported(explanation);
}

struct Row {
    std::string_view pattern;
    std::string_view event;
    std::string_view expected;
};

constexpr Row plain_rows[] = {
    {"{}", R"({"data":{}})", "match\n"},
    {R"({"source":["acs:mqtt"],"data":{"body":{"temperature":[{"numeric":[">",80]}],"plant":["sh-1",{"prefix":"hz-"}]}}})",
     R"({"source":"acs:mqtt","data":{"body":{"temperature":81.50,"plant":"hz-1"}}})",
     R"(match
+ /source | source | "acs:mqtt" | "acs:mqtt" | Expected "acs:mqtt", found "acs:mqtt".
+ /data/body/temperature | data.body.temperature | {"numeric":[">",80]} | 81.50 | Expected a number > 80, found 81.50.
+ /data/body/plant | data.body.plant | {"prefix":"hz-"} | "hz-1" | Expected a text that starts with "hz-", found "hz-1".
)"},
    {R"({"data":{"body":{"temperature":[{"numeric":[">",80,"<=",90]}],"plant":["hz-1"],"state":["on"],"line":["a",null]}}})",
     R"({"data":{"body":{"temperature":"81.5","plant":"bj-2","state":true}}})",
     R"(no match
- /data/body/temperature | data.body.temperature | [{"numeric":[">",80,"<=",90]}] | "81.5" | Expected a number > 80 and <= 90, found "81.5", a string.
- /data/body/plant | data.body.plant | ["hz-1"] | "bj-2" | Expected "hz-1", found "bj-2".
- /data/body/state | data.body.state | ["on"] | true | Expected "on", found true, a boolean.
- /data/body/line | data.body.line | ["a",null] |  | Expected "a" or null, but the field is missing.
)"},
    {R"({"data":{"body":{"a":[{"exists":false}],"b":[{"exists":false}],"c":["x",{"exists":false}],"d":[{"exists":true}],)"
     R"("e":[{"exists":false}],"f":["y"],"g":[{"anything-but":"x"}]}}})",
     R"({"data":{"body":{"b":null,"d":0,"e":{"x":1},"f":[]}}})",
     R"(no match
+ /data/body/a | data.body.a | {"exists":false} |  | Expected no value, and the field is missing.
- /data/body/b | data.body.b | [{"exists":false}] | null | Expected no value, found null.
+ /data/body/c | data.body.c | {"exists":false} |  | Expected no value, and the field is missing.
+ /data/body/d | data.body.d | {"exists":true} | 0 | Expected any value, found 0.
+ /data/body/e | data.body.e | {"exists":false} |  | Expected no value, found an object, which is no value; a field in it is `data.body.e.x`.
- /data/body/f | data.body.f | ["y"] |  | Expected "y", found an empty array, which has no value.
- /data/body/g | data.body.g | [{"anything-but":"x"}] |  | Expected a value that is not "x", but the field is missing.
)"},
    // Dots are nesting on both sides, but for the names of user properties.
    {R"({"data":{"body":{"a.b":[1],"c":{"d.e":[2]}},"userProperties":{"plant.line":["x"]}}})",
     R"({"data":{"body":{"a":{"b":1},"c.d":{"e":2}},"userProperties":{"plant":{"line":"x"},"plant.line":"y"}}})",
     R"(no match
+ /data/body/a.b | data.body.a.b | 1 | 1 | Expected 1, found 1.
+ /data/body/c/d.e | data.body.c.d.e | 2 | 2 | Expected 2, found 2.
- /data/userProperties/plant.line | data.userProperties.plant.line | ["x"] | "y" | Expected "x", found "y".
)"},
    {R"({"data":{"body":{"a/b~":[80]}}})", R"({"data":{"body":{"a/b~":8.0e1}}})",
     R"(match
+ /data/body/a~1b~0 | data.body.a/b~ | 80 | 8.0e1 | Expected 80, found 8.0e1.
)"},
};

TEST(explain, fields_are_reported_in_the_order_of_the_pattern_with_what_was_seen) {
    for (const Row& row : plain_rows) EXPECT_EQ(reported(row.pattern, row.event), row.expected) << row.pattern;
}

constexpr Row array_rows[] = {
    {R"({"data":{"body":{"tags":["hot"]}}})", R"({"data":{"body":{"tags":["cold",["wet"],"hot"]}}})",
     R"(match
+ /data/body/tags | data.body.tags | "hot" | "hot" | Expected "hot", found "hot" (data.body.tags[2]).
)"},
    {R"({"data":{"body":{"tags":["hot"]}}})", R"({"data":{"body":{"tags":["cold","wet",3]}}})",
     R"(no match
- /data/body/tags | data.body.tags | ["hot"] | "cold" | Expected "hot", found 3 values, the first is "cold" (data.body.tags[0]).
)"},
    {R"({"data":{"body":{"items":{"sku":["b"],"count":[{"numeric":[">",5]}]}}}})",
     R"({"data":{"body":{"items":[{"sku":"a","count":3},{"sku":"b","count":9}]}}})",
     R"(match
+ /data/body/items/sku | data.body.items.sku | "b" | "b" | Expected "b", found "b" (data.body.items[1].sku).
+ /data/body/items/count | data.body.items.count | {"numeric":[">",5]} | 9 | Expected a number > 5, found 9 (data.body.items[1].count).
)"},
    {R"({"data":{"body":{"items":{"sku":["a"],"count":[{"numeric":[">",5]}]}}}})",
     R"({"data":{"body":{"items":[{"sku":"a","count":3},{"sku":"b","count":9}]}}})",
     R"(no match
+ /data/body/items/sku | data.body.items.sku | "a" | "a" | Expected "a", found "a" (data.body.items[0].sku).
- /data/body/items/count | data.body.items.count | [{"numeric":[">",5]}] | 3 | Expected a number > 5; it holds only in another element of `data.body.items`: 9 (data.body.items[1].count).
)"},
    // The outer array's element is the same, the inner one's is not.
    {R"({"data":{"body":{"lines":{"items":{"sku":["a"],"count":[9]}}}}})",
     R"({"data":{"body":{"lines":[{},{"items":[{"sku":"a"},{"count":9}]}]}}})",
     R"(no match
+ /data/body/lines/items/sku | data.body.lines.items.sku | "a" | "a" | Expected "a", found "a" (data.body.lines[1].items[0].sku).
- /data/body/lines/items/count | data.body.lines.items.count | [9] |  | Expected 9; it holds only in another element of `data.body.lines[1].items`: 9 (data.body.lines[1].items[1].count).
)"},
    // `exists: false` is judged in the chosen elements.
    {R"({"data":{"body":{"staff":{"ids":[{"exists":false}],"name":["Anna"]}}}})",
     R"({"data":{"body":{"staff":[{"name":"Peter","ids":[1,2]},{"name":"Anna"}]}}})",
     R"(match
+ /data/body/staff/ids | data.body.staff.ids | {"exists":false} |  | Expected no value, and the field is missing in the chosen elements.
+ /data/body/staff/name | data.body.staff.name | "Anna" | "Anna" | Expected "Anna", found "Anna" (data.body.staff[1].name).
)"},
    {R"({"data":{"body":{"staff":{"ids":[{"exists":false}]},"name":["Anna"]}}})",
     R"({"data":{"body":{"staff":[{},{"ids":[1,2]}],"name":"Anna"}}})",
     R"(no match
- /data/body/staff/ids | data.body.staff.ids | [{"exists":false}] | 1 | Expected no value, found 2 values, the first is 1 (data.body.staff[1].ids[0]).
+ /data/body/name | data.body.name | "Anna" | "Anna" | Expected "Anna", found "Anna".
)"},
    // The element that lets the most hold is chosen.
    {R"({"data":{"body":{"p":{"a":[1],"b":[1],"c":[1]}}}})",
     R"({"data":{"body":{"p":[{"a":1,"b":2},{"a":2,"b":1,"c":1},{"c":1}]}}})",
     R"(no match
- /data/body/p/a | data.body.p.a | [1] | 2 | Expected 1; it holds only in another element of `data.body.p`: 1 (data.body.p[0].a).
+ /data/body/p/b | data.body.p.b | 1 | 1 | Expected 1, found 1 (data.body.p[1].b).
+ /data/body/p/c | data.body.p.c | 1 | 1 | Expected 1, found 1 (data.body.p[1].c).
)"},
};

TEST(explain, one_choice_of_array_elements_is_reported) {
    for (const Row& row : array_rows) EXPECT_EQ(reported(row.pattern, row.event), row.expected) << row.pattern;
}

constexpr std::string_view hot_or_quiet =
    R"({"source":["acs:mqtt"],"$or":[{"data":{"topic":[{"prefix":"a/"}]}},{"data":{"body":{"t":[{"numeric":[">",80]}],"p":["x"]}}}]})";

constexpr Row or_rows[] = {
    {hot_or_quiet, R"({"source":"acs:mqtt","data":{"topic":"b/1","body":{"t":81,"p":"x"}}})",
     R"(match
+ /source | source | "acs:mqtt" | "acs:mqtt" | Expected "acs:mqtt", found "acs:mqtt".
- /$or/0 | $or[0] | {"data":{"topic":[{"prefix":"a/"}]}} |  | Not all of this branch holds.
- /$or/0/data/topic | data.topic | [{"prefix":"a/"}] | "b/1" | Expected a text that starts with "a/", found "b/1".
+ /$or/1 | $or[1] | {"data":{"body":{"t":[{"numeric":[">",80]}],"p":["x"]}}} |  | All of this branch holds.
+ /$or/1/data/body/t | data.body.t | {"numeric":[">",80]} | 81 | Expected a number > 80, found 81.
+ /$or/1/data/body/p | data.body.p | "x" | "x" | Expected "x", found "x".
)"},
    {hot_or_quiet, R"({"source":"acs:mqtt","data":{"topic":"b/1","body":{"t":79,"p":"x"}}})",
     R"(no match
+ /source | source | "acs:mqtt" | "acs:mqtt" | Expected "acs:mqtt", found "acs:mqtt".
- /$or/0 | $or[0] | {"data":{"topic":[{"prefix":"a/"}]}} |  | Not all of this branch holds.
- /$or/0/data/topic | data.topic | [{"prefix":"a/"}] | "b/1" | Expected a text that starts with "a/", found "b/1".
- /$or/1 | $or[1] | {"data":{"body":{"t":[{"numeric":[">",80]}],"p":["x"]}}} |  | Not all of this branch holds.
- /$or/1/data/body/t | data.body.t | [{"numeric":[">",80]}] | 79 | Expected a number > 80, found 79.
+ /$or/1/data/body/p | data.body.p | "x" | "x" | Expected "x", found "x".
)"},
    // A branch that holds only in another element than the field outside of it.
    {R"({"data":{"body":{"p":{"a":[1],"$or":[{"b":[1]},{"c":[1]}]}}}})",
     R"({"data":{"body":{"p":[{"a":1},{"b":1,"c":2}]}}})",
     R"(no match
+ /data/body/p/a | data.body.p.a | 1 | 1 | Expected 1, found 1 (data.body.p[0].a).
- /data/body/p/$or/0 | data.body.p.$or[0] | {"b":[1]} |  | Not all of this branch holds.
- /data/body/p/$or/0/b | data.body.p.b | [1] |  | Expected 1; it holds only in another element of `data.body.p`: 1 (data.body.p[1].b).
- /data/body/p/$or/1 | data.body.p.$or[1] | {"c":[1]} |  | Not all of this branch holds.
- /data/body/p/$or/1/c | data.body.p.c | [1] | 2 | Expected 1, found 2 (data.body.p[1].c).
)"},
    {R"({"data":{"body":{"p":{"a":[1],"z":[1],"$or":[{"c":[1]},{"b":[1],"z":[1]}]}}}})",
     R"({"data":{"body":{"p":[{"a":1,"z":1},{"b":1,"z":1}]}}})",
     R"(no match
+ /data/body/p/a | data.body.p.a | 1 | 1 | Expected 1, found 1 (data.body.p[0].a).
+ /data/body/p/z | data.body.p.z | 1 | 1 | Expected 1, found 1 (data.body.p[0].z).
- /data/body/p/$or/0 | data.body.p.$or[0] | {"c":[1]} |  | Not all of this branch holds.
- /data/body/p/$or/0/c | data.body.p.c | [1] |  | Expected 1, but the field is missing.
- /data/body/p/$or/1 | data.body.p.$or[1] | {"b":[1],"z":[1]} |  | This branch holds by itself, not together with what is outside of it.
+ /data/body/p/$or/1/b | data.body.p.b | 1 | 1 | Expected 1, found 1 (data.body.p[1].b).
+ /data/body/p/$or/1/z | data.body.p.z | 1 | 1 | Expected 1, found 1 (data.body.p[1].z).
)"},
    // `$or` in `$or`; the same field inside and outside.
    {R"({"data":{"a":[{"prefix":"x"}],"$or":[{"b":[1]},{"a":[{"suffix":"z"}],"$or":[{"b":[2]},{"b":[3]}]}]}})",
     R"({"data":{"a":"xyz","b":3}})",
     R"(match
+ /data/a | data.a | {"prefix":"x"} | "xyz" | Expected a text that starts with "x", found "xyz".
- /data/$or/0 | data.$or[0] | {"b":[1]} |  | Not all of this branch holds.
- /data/$or/0/b | data.b | [1] | 3 | Expected 1, found 3.
+ /data/$or/1 | data.$or[1] | {"a":[{"suffix":"z"}],"$or":[{"b":[2]},{"b":[3]}]} |  | All of this branch holds.
+ /data/$or/1/a | data.a | {"suffix":"z"} | "xyz" | Expected a text that ends with "z", found "xyz".
- /data/$or/1/$or/0 | data.$or[0] | {"b":[2]} |  | Not all of this branch holds.
- /data/$or/1/$or/0/b | data.b | [2] | 3 | Expected 2, found 3.
+ /data/$or/1/$or/1 | data.$or[1] | {"b":[3]} |  | All of this branch holds.
+ /data/$or/1/$or/1/b | data.b | 3 | 3 | Expected 3, found 3.
)"},
};

TEST(explain, branches_are_reported_with_their_fields) {
    for (const Row& row : or_rows) EXPECT_EQ(reported(row.pattern, row.event), row.expected) << row.pattern;
}

struct WordsRow {
    std::string_view alternatives;
    std::string_view wanted;
};

constexpr WordsRow words_rows[] = {
    {R"(["a",1,true,null])", R"("a" or 1 or true or null)"},
    {R"(["a","b","c","d","e"])", R"("a" or "b" or "c" or one of 2 more alternatives)"},
    {R"([{"exactly":"a"}])", R"("a")"},
    {R"([{"prefix":"a"}])", R"(a text that starts with "a")"},
    {R"([{"suffix":"a"}])", R"(a text that ends with "a")"},
    {R"([{"prefix":{"equals-ignore-case":"a"}}])", R"(a text that starts with "a" in any case of letters)"},
    {R"([{"suffix":{"equals-ignore-case":"a"}}])", R"(a text that ends with "a" in any case of letters)"},
    {R"([{"contains":"a"}])", R"(a text that contains "a")"},
    {R"([{"contains":["a","b"]}])", R"(a text that contains one of ["a","b"])"},
    {R"([{"equals-ignore-case":"a"}])", R"("a" in any case of letters)"},
    {R"([{"wildcard":"a*b"}])", R"(a text like "a*b")"},
    {R"([{"numeric":[">",1,"!=",2]}])", "a number > 1 and != 2"},
    {R"([{"cidr":"10.0.0.0/8"}])", R"(an address in "10.0.0.0/8")"},
    {R"([{"exists":true}])", "any value"},
    {R"([{"anything-but":5}])", "a value that is not 5"},
    {R"([{"anything-but":["a",5]}])", R"(a value that is none of ["a",5])"},
    {R"([{"anything-but":[]}])", "any value"},
    {R"([{"anything-but":{"prefix":"a"}}])", R"(a value that does not start with "a")"},
    {R"([{"anything-but":{"suffix":["a"]}}])", R"(a value that does not end with ["a"])"},
    {R"([{"anything-but":{"wildcard":["a*","b*"]}}])", R"(a value that is not like one of ["a*","b*"])"},
    {R"([{"anything-but":{"equals-ignore-case":"a"}}])", R"(a value that is not "a" in any case of letters)"},
    {R"([{"prefix":"a","suffix":"b"},{"prefix":"c"}])",
     R"(a text that starts with "a" and a text that ends with "b" or a text that starts with "c")"},
};

TEST(explain, every_operator_is_reported_in_words) {
    for (const WordsRow& row : words_rows) {
        std::string text = reported(R"({"data":{"f":)" + std::string(row.alternatives) + "}}", R"({"data":{}})");
        std::string expected = "| Expected " + std::string(row.wanted) + ", but the field is missing.\n";
        EXPECT_TRUE(text.ends_with(expected)) << text << expected;
    }
}

TEST(explain, long_values_are_cut_in_the_reason_only) {
    std::string text(100, 'x');
    for (int i = 0; i < 100; ++i) text += "é";
    auto pattern = parse_document(R"({"data":{"f":[{"exists":true}]}})");
    Node event = Node::object();
    event.members.emplace_back("data", Node::object());
    event.members[0].value.members.emplace_back("f", Node::string(text));
    Explanation explanation = explain(pattern->root, event);
    ASSERT_EQ(explanation.decisions.size(), 1U);
    EXPECT_EQ(explanation.decisions[0].value, "\"" + text + "\"");
    EXPECT_EQ(explanation.decisions[0].reason, "Expected any value, found \"" + text.substr(0, 79) + "....");
}

// A tree made by hand can repeat names, as a payload can.
TEST(explain, of_a_repeated_name_in_an_event_the_first_counts) {
    auto pattern = parse_document(R"({"data":{"a":{"b":[1]}}})");
    for (bool dotted : {false, true}) {
        Node data = Node::object();
        for (const char* number : {"1", "2"}) {
            Node inner = Node::object();
            inner.members.emplace_back("b", Node::number(number));
            data.members.emplace_back(dotted ? "a.b" : "a", dotted ? Node::number(number) : std::move(inner));
        }
        Node event = Node::object();
        event.members.emplace_back("data", std::move(data));
        EXPECT_TRUE(explain(pattern->root, event).matches);
    }
}

TEST(explain, an_event_that_is_no_object_has_nothing) {
    EXPECT_EQ(
        reported(R"({"source":["a"]})", "5"),
        "no match\n- /source | source | [\"a\"] |  | Expected \"a\", but the field is missing: the event is the number 5.\n");
    EXPECT_TRUE(reported(R"({"source":[{"exists":false}]})", "[]").starts_with("match\n"));
}

}  // namespace
}  // namespace outflow::pattern
