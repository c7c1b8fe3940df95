#include "json/query.h"
#include "json/regexp_budget.h"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"

namespace outflow::json {
namespace {

struct Row {
    std::string_view text;
    std::string_view error;  // its end
};

constexpr Row bad_rows[] = {
    {"", "character 1: a path starts with `$`."},
    {"data", "character 1: a path starts with `$`: `$.data`."},
    {"data.body.id", "character 1: a path starts with `$`: `$.data.body.id`."},
    {" $", "character 1: a path starts with `$`."},
    {"$.", "character 3: a name behind `.` starts with a letter or `_`; write other names as ['name']."},
    {"$.1a", "character 3: a name behind `.` starts with a letter or `_`; write other names as ['name']."},
    {"$...a", "character 4: a name behind `.` starts with a letter or `_`; write other names as ['name']."},
    {"$.a ", "character 4: spaces at the end."},
    {"$a", "character 2: expected `.` or `[`: `$.a`."},
    {"$data.body", "character 2: expected `.` or `[`: `$.data.body`."},
    {"$.a > 1", "character 4: expected `.` or `[`; a comparison stands in a filter, [?@.name > 1]."},
    {"$.a b", "character 4: expected `.` or `[`."},
    {"$.é€a!", "character 6: a name with `!` is written as ['é€a!']."},
    {"$.a:b.c", "character 4: a name with `:` is written as ['a:b']."},
    {"$.a/b", "character 4: a name with `/` is written as ['a/b']."},
    {"$[?@.ns:a == 1]", "character 8: a name with `:` is written as ['ns:a']."},
    {"$.a.length()", "character 11: a path does not end with a function; in a filter there is length(@.a)."},
    {"$.a.match()", "character 10: a path does not end with a function; in a filter there is match(@.a, 'regexp')."},
    {"$[?@.a.size() > 1]", "character 12: a path does not end with a function."},
    {"$['a'", "character 6: expected `,` or `]`."},
    {"$['a", "character 5: the quote is not closed."},
    {"$['a\\", "character 5: the quote is not closed."},
    {"$['a\n']", "character 5: a control character in quotes; write it as \\n or \\u000a."},
    {"$[01]", "character 5: an index has no leading zeros."},
    {"$[-0]", "character 5: an index has no leading zeros."},
    {"$[9007199254740992]", "character 19: the number is too large."},
    {"$[1:99999999999999999999]", "character 21: the number is too large."},
    {R"($['\x'])", "character 4: an unknown escape."},
    {R"($['\ud800'])", "character 4: a surrogate without its pair."},
    {"$[a]", "expected a name in quotes, an index, a slice, `*` or a filter with `?`; names in brackets need quotes."},
    {"$[(@.a)]", "expected a name in quotes, an index, a slice, `*` or a filter with `?`; a filter starts with `?`."},
    {"$[?@.a=1]", "character 7: there is no `=`; write `==`."},
    {"$[?@.a =~ /x/]", "character 8: there is no `=~`; write match(@.a, 'regexp') or search(..)."},
    {"$[?@.a-b==1]", "character 7: a name with `-` in a filter is written as ['name']."},
    {"$[?@.a=='x]", "the quote is not closed."},
    {"$[?@.a==x]", "character 9: expected `@`, `$`, a text in quotes, a number, true, false, null or a function."},
    {"$[?@.a==1.]", "character 9: expected a number as in JSON."},
    {"$[?@.a and @.b]", "character 8: there is no `and`; write `&&`."},
    {"$[?@.a == 1 or @.b]", "character 13: there is no `or`; write `||`."},
    {"$[?(@.a) & @.b]", "character 10: there is no `&`; write `&&`."},
    {"$[?not @.a]", "character 4: there is no `not`; write `!`."},
    {"$[?@.a in [1,2]]", "character 8: there is no `in`; write @.a == 1 || @.a == 2."},
    {"$[?@.a inside]", "character 8: expected `,` or `]`."},
    {"$[?(@.a]", "character 8: expected `)`, `&&`, `||` or a comparison."},
    {"$[?(@.a)==1]", "character 9: what stands in brackets is true or false and cannot be compared."},
    {"$[?!@.a==1]", "character 5: `!` does not apply to a comparison; write !(...)."},
    {"$[?'a']", "character 4: a literal by itself is no condition; compare it with something."},
    {"$[?@.*==1]", "character 4: a path that is compared has names and indices only; others may lead to several places "
                   "(count(..) tells how many, value(..) takes the only one)."},
    {"$[?length(@.a)]", "character 4: `length` gives a value, which needs to be compared."},
    {"$[?match(@.a,'b')==true]", "character 4: `match` is true or false and cannot be compared."},
    {"$[?size(@.a)==1]", "character 4: there is no function `size`; there are length, count, match, search and value."},
    {"$[?length (@.a)==1]",
     "character 4: expected `@`, `$`, a text in quotes, a number, true, false, null or a function."},
    {"$[?count('a')==1]", "character 10: `count` takes a path, as in @.a[*]."},
    {"$[?length()==1]", "character 4: `length` takes 1 argument."},
    {"$[?match(@.a)]", "character 4: `match` takes 2 arguments."},
    {"$[?match(@.a,'a{1,1001}')]", "character 14: the pattern: it repeats more than 1000 times."},
};

TEST(Query, faults_have_their_place_and_a_hint) {
    for (const Row& row : bad_rows) {
        auto query = parse_query(row.text);
        ASSERT_FALSE(query.has_value()) << row.text;
        EXPECT_EQ(query.error().code, ErrorCode::jsonpath_invalid);
        EXPECT_TRUE(query.error().context.ends_with(row.error)) << query.error().context;
    }
}

TEST(Query, text_that_is_not_utf8_is_refused) {
    auto query = parse_query("$.a\xff");
    ASSERT_FALSE(query.has_value());
    EXPECT_EQ(query.error().context, "A JSONPath that is not UTF-8.");
}

TEST(Query, long_text_is_shown_in_part_and_whole_characters) {
    std::string text = "$";
    for (int i = 0; i < 100; ++i) text += ".é€";
    auto query = parse_query(text + " x");
    ASSERT_FALSE(query.has_value());
    EXPECT_TRUE(query.error().context.ends_with("...`, character 302: expected `.` or `[`.")) << query.error().context;
    EXPECT_LT(query.error().context.size(), 300U);
}

struct ShapeRow {
    std::string_view text;
    bool is_definite;
    std::string_view leading;
    std::size_t ending_names;
    bool refers_to_root;
};

constexpr ShapeRow shape_rows[] = {
    {"$", true, "$", 0, false},
    {"$.a['b'][-1]", true, "$['a']['b'][-1]", 0, false},
    {"$.data.c-count", true, "$['data']['c-count']", 0, false},
    {"$.a['b','c']", false, "$['a']", 2, false},
    {"$['b','c']", false, "$", 2, false},
    {"$.a['b',1]", false, "$['a']", 0, false},
    {"$.a[1,2]", false, "$['a']", 0, false},
    {"$.a['b','c'].d", false, "$['a']", 0, false},
    {"$.a[*]['b','c']", false, "$['a']", 0, false},
    {"$.a..['b','c']", false, "$['a']", 0, false},
    {"$.a.b[?@.c == 1].d", false, "$['a']['b']", 0, false},
    {"$.a[?@.c == $.d].e", false, "$['a']", 0, true},
    {"$..a", false, "$", 0, false},
    {"$[0:1]", false, "$", 0, false},
};

TEST(Query, its_shape_is_known) {
    for (const ShapeRow& row : shape_rows) {
        auto query = parse_query(row.text);
        ASSERT_TRUE(query.has_value()) << query.error().context;
        EXPECT_EQ(query->definite_path() != nullptr, row.is_definite) << row.text;
        EXPECT_EQ(render_path(query->leading_steps()), row.leading);
        EXPECT_EQ(query->ending_names().size(), row.ending_names) << row.text;
        EXPECT_EQ(query->refers_to_root(), row.refers_to_root) << row.text;
        EXPECT_TRUE(query->warnings().empty()) << row.text;
    }
}

TEST(Query, a_pattern_that_never_matches_gives_a_warning) {
    auto query = parse_query("$[?match(@.a, 'a**')]");
    ASSERT_TRUE(query.has_value());
    ASSERT_EQ(query->warnings().size(), 1U);
    EXPECT_EQ(query->warnings()[0],
              "The pattern `a**` is no I-Regexp (RFC 9485) and so never matches: nothing stands before a quantifier.");
}

std::string repeat(std::string_view text, std::size_t times) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
}

TEST(Query, the_queries_of_one_stranger_share_what_their_patterns_may_cost) {
    const std::string query = "$[?match(@,'a{100}')]";
    {
        const RegexpBudget budget(250);
        EXPECT_TRUE(parse_query(query).has_value());
        EXPECT_TRUE(parse_query("$[?match(@,'[')]").has_value()) << "what is no regular expression costs nothing";
        EXPECT_TRUE(parse_query(query).has_value());
        EXPECT_TRUE(parse_query(query).has_value()) << "the last one may go beyond it";
        const auto refused = parse_query(query);
        ASSERT_FALSE(refused.has_value());
        EXPECT_NE(refused.error().context.find("too large together: send fewer"), std::string::npos);
        EXPECT_TRUE(parse_query("$.a").has_value());
    }
    {
        const RegexpBudget budget(limits::regexp_instructions_max);
        EXPECT_FALSE(parse_query("$[?match(@,'((((((a{50}){50}){50}){50}){50}){50})')]").has_value());
        EXPECT_FALSE(parse_query(query).has_value()) << "to find out that one is too large costs as much";
    }
    EXPECT_TRUE(parse_query(query).has_value());
}

TEST(Query, what_is_too_large_or_too_deep_is_refused) {
    const std::size_t deep = limits::jsonpath_nesting_max;
    EXPECT_TRUE(parse_query("$[?" + repeat("(", deep - 1) + "@" + repeat(")", deep - 1) + "]").has_value());
    EXPECT_TRUE(parse_query(repeat("$[?", deep) + "@" + repeat("]", deep)).has_value());
    EXPECT_TRUE(parse_query("$" + repeat("[0]", 10'000)).has_value());
    const std::pair<std::string, std::string_view> rows[] = {
        {"$[?" + repeat("(", deep) + "@" + repeat(")", deep) + "]", "nested deeper than 32 levels."},
        {"$[?" + repeat("(", 50'000), "nested deeper than 32 levels."},
        {repeat("$[?", 20'000), "nested deeper than 32 levels."},
        {"$[?" + repeat("length(", 8'000), "nested deeper than 32 levels."},
        {"$[?" + repeat("!", 50'000), "or a function."},
        {"$[?@.a" + repeat("&&@.a", 20'000) + "]", "it is longer than 65536 bytes."},
        {"$[?match(@,'" + repeat("a", 4097) + "')]", "the pattern: it is longer than 4096 bytes."},
        {"$[?" + repeat("match(@,'\\\\p{L}{50}')||", 500) + "@]", "the patterns are too large together."},
        {"$[?match(@,'((((((a{50}){50}){50}){50}){50}){50})')]", ")."},  // as RE2 words it
    };
    for (const auto& [text, error] : rows) {
        auto query = parse_query(text);
        ASSERT_FALSE(query.has_value()) << text.substr(0, 100);
        EXPECT_TRUE(query.error().context.ends_with(error)) << query.error().context;
    }
}

}  // namespace
}  // namespace outflow::json
