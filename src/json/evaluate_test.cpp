#include "json/evaluate.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "json/walker.h"

namespace outflow::json {
namespace {

std::string repeat(std::string_view text, std::size_t times) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
}

// The nodes with a space between them, or the error.
std::string select_text(Evaluator& evaluator, std::string_view expression) {
    auto query = parse_query(expression);
    if (!query) return query.error().context;
    auto nodes = evaluator.select(*query);
    if (!nodes) return nodes.error().context;
    std::string text;
    for (const Value& node : *nodes) {
        if (!text.empty()) text += ' ';
        append_json(text, node);
    }
    return text;
}

struct Row {
    std::string_view document;
    std::string_view expression;
    std::string_view expected;
};

constexpr Row rows[] = {
    // the spelling of the payload
    {R"({"id":12345678901234567890,"t":1.50,"e":1E+3,"s":"a\/\u0041"})", "$.*",
     R"(12345678901234567890 1.50 1E+3 "a\/\u0041")"},
    {R"({"a": { "b" : [ 1 , 2 ] } })", "$.a", R"({ "b" : [ 1 , 2 ] })"},
    // numbers compare by value, without rounding
    {"[12345678901234567890,12345678901234567891]", "$[?@==12345678901234567891]", "12345678901234567891"},
    {"[1,1.0,10e-1,1.00000000000000000001]", "$[?@==1]", "1 1.0 10e-1"},
    {"[1e400,1e401,-1e400]", "$[?@>=1e401]", "1e401"},
    {"[0.1,0.2,0.3]", "$[?@<=0.2]", "0.1 0.2"},
    // strings by code points, with escapes decoded
    {R"(["\u0061","b","\ud83d\ude00","\uffff"])", "$[?@>='b']", R"("b" "\ud83d\ude00" "\uffff")"},
    {R"(["\ud83d\ude00","\uffff"])", R"($[?@>'\uffff'])", R"("\ud83d\ude00")"},
    {R"(["\ud83d\ude00","ab","\u00e9\n"])", "$[?length(@)==2]", R"("ab" "\u00e9\n")"},
    {R"({"\u0061":1,"b\"":2})", "$.a", "1"},
    {R"({"\u0061":1,"b\"":2})", R"($['b"'])", "2"},
    // of a repeated name the first counts, and everything inside of the others does not
    {R"({"a":1,"a":[2]})", "$.a", "1"},
    {R"({"a":1,"a":[2]})", "$.*", "1"},
    {R"({"a":1,"a":[2]})", "$..*", "1"},
    {R"({"x":{"a":1,"\u0061":[2]},"y":0})", "$..*", R"({"a":1,"\u0061":[2]} 0 1)"},
    {R"([{"a":1,"a":2,"b":3}])", "$[?length(@)==2].b", "3"},
    {R"({"p":{"a":1,"a":2},"q":[{"a":1},{"a":2}]})", "$.q[?@==$.p]", R"({"a":1})"},
    {R"({"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,"i":0,"j":0,"k":0,"l":0,"m":0,"a":1})", "$[?@==1]", ""},
    // order: each node goes through all segments
    {R"({"a":[1,[2,[3]]],"b":[4]})", "$..[0]", "1 2 3 4"},
    {"[[1,2],[3,4]]", "$[1,0][1,0]", "4 3 2 1"},
    {"[0,1,2,3,4,5]", "$[4:1:-2,0]", "4 2 0"},
    {"[[0,1],[2,3]]", "$[::-1][::-1]", "3 2 1 0"},
    {"[[0],1,[[2]],3]", "$[1:]", "1 [[2]] 3"},
    {"[[0],1,[[2]],3]", "$[-1]", "3"},
    {"[[0],1,[[2]],3]", "$[-5]", ""},
    // comparison of structures
    {R"([{"x":[1,{"a":1,"b":[]}]},{"x":[1,{"b":[],"a":1.0}]},{"x":[1]}])", "$[?@.x==$[0].x]",
     R"({"x":[1,{"a":1,"b":[]}]} {"x":[1,{"b":[],"a":1.0}]})"},
    {R"([{"a":1},{"b":1}])", R"($[?@==$[0]])", R"({"a":1})"},
    // functions
    {R"([{"a":[1,2]},{"a":[]}])", "$[?count(@.a[*])==2]", R"({"a":[1,2]})"},
    {R"([{"a":"x"},{"a":1},{}])", "$[?length(@.a)==1]", R"({"a":"x"})"},
    {R"([{"s":"ab","re":"a."},{"s":"ab","re":"("},{"s":"ab","re":7}])", "$[?match(@.s,@.re)].re", R"("a.")"},
    {R"([{"s":"ab","re":"("}])", "$[?!match(@.s,@.re)].re", R"("(")"},
    {R"(["a\u0062c"])", "$[?search(@,'b')]", R"("a\u0062c")"},
    {R"([{"s":"x","re":"a{2000}"}])", "$[?match(@.s,@.re)]",
     "A JSONPath query was given up on this payload: a pattern in the payload is over a limit: it repeats more than "
     "1000 times."},
};

TEST(Evaluator, gives_the_nodes_as_they_are_spelled) {
    Evaluator evaluator;
    for (const Row& row : rows) {
        ASSERT_TRUE(evaluator.open(row.document).has_value()) << row.document;
        EXPECT_EQ(select_text(evaluator, row.expression), row.expected) << row.document << " " << row.expression;
    }
}

TEST(Evaluator, nodes_are_views_with_their_places) {
    const std::string text = R"({"it's":[{"\u0061":1},{"a":"x"}]})";
    Evaluator evaluator;
    ASSERT_TRUE(evaluator.open(text).has_value());
    auto query = parse_query("$..a");
    auto nodes = evaluator.select(*query);
    ASSERT_TRUE(nodes.has_value());
    ASSERT_EQ(nodes->size(), 2U);
    EXPECT_EQ(nodes->front().raw.data(), text.data() + text.find(":1") + 1);
    EXPECT_EQ(evaluator.location(0), R"($['it\'s'][0]['a'])");
    EXPECT_EQ(evaluator.location(1), R"($['it\'s'][1]['a'])");
    query = parse_query("$");
    ASSERT_TRUE(evaluator.select(*query).has_value());
    EXPECT_EQ(evaluator.location(0), "$");
}

TEST(Evaluator, goes_on_from_a_value_of_a_walk) {
    const std::string text = R"({"data":{"body":[{"k":"a","v":1},{"k":"b","v":2}],"s":"q\"q"}})";
    auto query = parse_query("$.data.body[?@.k=='b'].v");
    auto scalar = parse_query("$.data.s");
    PathSet paths;
    paths.add_value(query->leading_steps());
    paths.add_value(*scalar->definite_path());
    Walker walker;
    Value values[2];
    ASSERT_TRUE(walker.open(text).has_value());
    ASSERT_TRUE(walker.walk(paths, values, {}).has_value());
    Evaluator evaluator;
    ASSERT_TRUE(evaluator.open(values[0]).has_value());
    auto nodes = evaluator.select(*query, query->leading_steps().size());
    ASSERT_TRUE(nodes.has_value());
    ASSERT_EQ(nodes->size(), 1U);
    EXPECT_EQ(nodes->front().raw, "2");
    EXPECT_EQ(evaluator.location(0), "$[1]['v']");
    ASSERT_TRUE(evaluator.open(values[1]).has_value());
    nodes = evaluator.select(*scalar, 2);
    ASSERT_EQ(nodes->size(), 1U);
    EXPECT_EQ(nodes->front().raw, R"(q\"q)");
    ASSERT_TRUE(evaluator.open(Value{}).has_value());
    EXPECT_TRUE(evaluator.select(*query, 2)->empty());
}

TEST(Evaluator, damaged_text_is_refused_and_nothing_is_left) {
    Evaluator evaluator;
    auto query = parse_query("$..*");
    const std::string damaged[] = {
        "",
        " ",
        "[1",
        "[1,]",
        "[1 2]",
        "[1}",
        "1 2",
        "{\"a\"}",
        "{\"a\":1,}",
        "{a:1}",
        "[1]]",
        "[01]",
        "[tru]",
        "[\"a]",
        "[\"\\x\"]",
        "[\"\xff\"]",
        repeat("[", 129) + repeat("]", 129),
        repeat("[", 1'000'000),
        repeat("{\"a\":", 1'000'000),
    };
    for (const std::string& text : damaged) {
        ASSERT_TRUE(evaluator.open("[1,2,3]").has_value());
        EXPECT_FALSE(evaluator.open(text).has_value()) << text.substr(0, 50);
        EXPECT_TRUE(evaluator.select(*query)->empty());
    }
    EXPECT_TRUE(evaluator.open(repeat("[", 128) + repeat("]", 128)).has_value());
}

// Each is over in a moment: it gives its nodes, or one of the limits' errors.
TEST(Evaluator, hostile_queries_and_payloads_are_bounded) {
    const std::string deep = repeat("[", 127) + "1" + repeat("]", 127);
    const std::string bushy = "[" + repeat("[[[[[[[[1]]]]]]]],", 20'000) + "1]";
    std::string names = "{";
    for (int i = 0; i < 20'000; ++i) names += "\"n" + std::to_string(i) + "\":0,";
    names += "\"z\":1}";
    const std::string same_names = "{" + repeat("\"a\":{\"b\":1,\"b\":2},", 50'000) + "\"a\":1}";
    const std::string text = "[\"" + std::string(1'000'000, 'a') + "\"]";
    std::string absolute = "$";
    for (int i = 0; i < 31; ++i) absolute += repeat("[*]", 100) + "[?$";
    absolute += repeat("[*]", 100) + repeat("]", 31);
    const std::string relative = "$" + repeat("..*", 20);
    constexpr std::string_view too_much = "A JSONPath query was given up on this payload: it takes too many steps.";
    constexpr std::string_view too_many =
        "A JSONPath query was given up on this payload: it gives more than 1000000 nodes.";
    const struct {
        std::string_view document;
        std::string expression;
        std::string_view expected;  // empty: any, as long as it ends
    } hostile[] = {
        {deep, "$..*..*..*..*..*", too_many},
        {deep, relative, too_many},
        {deep, "$[?count($..*..*..*..*)==0]", too_much},
        {deep, absolute, {}},
        {deep, "$" + repeat("[?@", 32) + repeat("]", 32), {}},
        {bushy, "$..*", {}},
        {bushy, "$..*..*", {}},
        {bushy, "$[?count($..*)>1]", too_much},
        {bushy, "$[?@==$]", {}},
        {bushy, "$[?$==$]", {}},
        {bushy, "$[" + repeat("*,", 3'000) + "*]", too_many},
        {bushy, "$..[" + repeat("::-1,", 300) + "*]", too_many},
        {names, "$[" + repeat("'z',", 10'000) + "'z']", too_much},
        {names, "$..[?$.n19999==0]", too_much},
        {same_names, "$..b", "1"},
        {text, "$[?search(@,'(a|a)*b')]", "0"},
        {text, "$[?match(@,'((a|b)*c|(a|b)*d){20}')]", {}},
        {text, "$[?" + repeat("match(@,'a*b')||", 1'000) + "@==1]", too_much},
    };
    Evaluator evaluator;
    for (const auto& row : hostile) {
        auto before = std::chrono::steady_clock::now();
        ASSERT_TRUE(evaluator.open(row.document).has_value());
        auto query = parse_query(row.expression);
        ASSERT_TRUE(query.has_value()) << query.error().context;
        auto nodes = evaluator.select(*query);
        std::string given = nodes ? std::to_string(nodes->size()) : nodes.error().context;
        if (!row.expected.empty()) {
            EXPECT_EQ(given, row.expected) << row.expression.substr(0, 50);
        }
        auto took = std::chrono::steady_clock::now() - before;
        EXPECT_LT(took, std::chrono::seconds(20)) << row.expression.substr(0, 50);
    }
}

TEST(Evaluator, keeps_to_the_limits_it_was_given) {
    Evaluator evaluator({.values_max = 4, .nodes_max = 2, .steps_max = 30});
    EXPECT_EQ(evaluator.open("[1,2,3,4]").error().context,
              "The payload's JSON has more than 4 values, too many for a JSONPath query.");
    ASSERT_TRUE(evaluator.open("[1,2,3]").has_value());
    EXPECT_EQ(select_text(evaluator, "$[0,1]"), "1 2");
    EXPECT_EQ(select_text(evaluator, "$[0,1,2]"),
              "A JSONPath query was given up on this payload: it gives more than 2 nodes.");
    EXPECT_EQ(select_text(evaluator, "$[?@>5||@>6||@>7||@>8||@>9||@>10||@>11||@>12]"),
              "A JSONPath query was given up on this payload: it takes too many steps.");
}

TEST(Evaluator, one_node_is_enough_to_find_something) {
    Evaluator evaluator;
    ASSERT_TRUE(evaluator.open(R"({"r":[{"v":1},{"v":9},{"v":8}]})"));
    const auto finds = [&evaluator](std::string_view text) { return evaluator.finds(*parse_query(text)).value(); };
    EXPECT_TRUE(finds("$.r[?@.v > 8]"));
    EXPECT_FALSE(finds("$.r[?@.v > 9]"));
    EXPECT_TRUE(finds("$"));
    const Query query = std::move(*parse_query("$.data[?@.r].r[?@.v > 8]"));
    EXPECT_TRUE(evaluator.passes(query, 1).value()) << "what was opened meets [?@.r], and the rest leads on from it";
    EXPECT_FALSE(evaluator.passes(*parse_query("$.data[?@.r, ?@.s].x"), 1).value());
    ASSERT_TRUE(evaluator.open(Value{}));
    EXPECT_FALSE(finds("$"));
    Evaluator bounded({.values_max = 100, .nodes_max = 100, .steps_max = 3});
    ASSERT_TRUE(bounded.open("[1,2,3,4,5]"));
    EXPECT_FALSE(bounded.finds(*parse_query("$[?@ > 5]")).has_value());
}

TEST(Evaluator, a_filter_is_true_by_what_it_asks_for) {
    const auto answer = [](std::string_view text, std::initializer_list<Value> given) {
        const Query query = std::move(*parse_query(text));
        auto asked = query.asked_paths(1);
        if (!asked) return std::string("asks for more");
        std::vector<Value> values(query.numbers());
        std::string paths;
        for (std::size_t i = 0; i < asked->size(); ++i) {
            paths += render_path((*asked)[i].path) + " ";
            if (i < given.size()) values[(*asked)[i].number] = given.begin()[i];
        }
        const auto passes = Evaluator().passes_by(query, 1, values);
        return paths + (!passes ? "error" : !*passes ? "unknown" : **passes ? "true" : "false");
    };
    const Value one{Kind::number, false, "1"}, two{Kind::number, false, "2"}, text{Kind::string, false, "ab"};
    const Value list{Kind::array, false, "[1]"};
    EXPECT_EQ(answer("$.d[?@.a < @.b[0]]", {one, two}), "$['a'] $['b'][0] true");
    EXPECT_EQ(answer("$.d[?@.a < @.b[0], ?@.c]", {two, one}), "$['a'] $['b'][0] $['c'] false");
    EXPECT_EQ(answer("$.d[?@.a < 2 && !@.c]", {one}), "$['a'] $['c'] true");
    EXPECT_EQ(answer("$.d[?length(@.a) == 2 && match(@, 'a.')]", {text, text}), "$['a'] $ true");
    EXPECT_EQ(answer("$.d[?length(@.a) == 1]", {list}), "$['a'] unknown");
    EXPECT_EQ(answer("$.d[?@.a == @.b]", {list, list}), "$['a'] $['b'] unknown");
    EXPECT_EQ(answer("$.d[?@.a == @.b]", {list, one}), "$['a'] $['b'] false");
    EXPECT_EQ(answer("$.d[?@.a]", {list}), "$['a'] true");
    for (const char* more :
         {"$.d[?@.*]", "$.d[?@.a == $.b]", "$.d[?count(@.a) == 1]", "$.d[?@.a[?@]]", "$.d[?@..a || @.b]"}) {
        EXPECT_EQ(answer(more, {}), "asks for more") << more;
    }
}

TEST(Evaluator, a_query_that_finds_nothing_reports_how_far_it_gets) {
    Evaluator evaluator;
    ASSERT_TRUE(evaluator.open(R"({"a":{"b":[{"v":1},{"v":2,"v":3}]},"n":1,"max":0})"));
    auto miss = evaluator.find_miss(*parse_query("$.a.b[*].x.y[?@]"));
    ASSERT_TRUE(miss.has_value());
    EXPECT_EQ(miss->segments, 3U);
    EXPECT_EQ(miss->nodes, 2U);
    EXPECT_EQ(miss->location, "$['a']['b'][0]");
    EXPECT_EQ(miss->seen, "");
    miss = evaluator.find_miss(*parse_query("$.a.b[?@.v > $.max && @.w].x"));
    EXPECT_EQ(miss->segments, 2U);
    EXPECT_EQ(miss->candidates, 2U);
    EXPECT_EQ(miss->seen, "`@.w` is missing");
    EXPECT_FALSE(miss->holds_for_node);
    miss = evaluator.find_miss(*parse_query("$[?@.n == 1]"));
    EXPECT_EQ(miss->segments, 0U);
    EXPECT_EQ(miss->seen, "`@.n` is missing");
    EXPECT_TRUE(miss->holds_for_node);
}

}  // namespace
}  // namespace outflow::json
