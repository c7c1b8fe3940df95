#include "json/path.h"

#include <gtest/gtest.h>

namespace outflow::json {
namespace {

struct Row {
    std::string_view text;
    std::string_view normalised;
};

constexpr Row good_rows[] = {
    {"$", "$"},
    {"$.data.body", "$['data']['body']"},
    {"$.data.c-count", "$['data']['c-count']"},
    {"$['a b'][\"c'd\"]", R"($['a b']['c\'d'])"},
    {R"($["a\"b"])", R"($['a"b'])"},
    {R"($['\u00e9\n\\'])", R"($['é\n\\'])"},
    {R"($['\ud83d\ude00'])", "$['😀']"},
    {"$.a[0][-1]", "$['a'][0][-1]"},
    {"$ .a [ 'b' ] [ 1 ]", "$['a']['b'][1]"},
    {"$.é._x1", "$['é']['_x1']"},
    {"$['']", "$['']"},
};

constexpr std::string_view indefinite_rows[] = {
    "$..a", "$.*", "$.a[*]", "$[0,1]", "$['a','b']", "$[0:1]", "$[?@.a]", "$..[0]",
};

TEST(path, definite_paths_are_parsed) {
    for (const Row& row : good_rows) {
        auto path = parse_path(row.text);
        ASSERT_TRUE(path.has_value()) << row.text << path.error().context;
        EXPECT_EQ(render_path(*path), row.normalised);
        EXPECT_EQ(parse_path(render_path(*path)), *path);
    }
}

TEST(path, what_may_lead_to_several_places_is_refused) {
    for (std::string_view text : indefinite_rows) {
        auto path = parse_path(text);
        ASSERT_FALSE(path.has_value()) << text;
        EXPECT_EQ(path.error().code, ErrorCode::jsonpath_invalid);
        const std::string start = "JSONPath `" + std::string(text) + "` may lead to several places";
        EXPECT_TRUE(path.error().context.starts_with(start)) << path.error().context;
    }
    EXPECT_EQ(parse_path("$a").error().context, "JSONPath `$a`, character 2: expected `.` or `[`: `$.a`.");
}

}  // namespace
}  // namespace outflow::json
