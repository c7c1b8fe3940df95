#include "pattern/explain/filter_path.h"

#include <gtest/gtest.h>

namespace outflow::pattern {
namespace {

constexpr std::string_view event =
    R"({"data":{"topic":"a/b","body":{"value":79,"limit":80,"text":"{}","empty":{},"List":[1,2],)"
    R"("r":[{"v":1,"max":2},{"v":3,"max":3},{"v":9}]}}})";

struct Row {
    std::string_view path;
    bool holds;
    std::string_view value;
    std::string_view reason;  // behind "Expected something at PATH, "
};

constexpr Row rows[] = {
    {"$.data.body.value", true, "79", "found 79 ($['data']['body']['value'])."},
    {"$.data.body.r[?@.v > @.max]", false, "",
     "but of 3 values in `$.data.body.r` none meets `[?@.v > @.max]`: in the first `@.v` is 1 and `@.max` is 2."},
    {"$.data.body.r[?@.v == @.max]", true, R"({"v":3,"max":3})",
     R"(found {"v":3,"max":3} ($['data']['body']['r'][1]).)"},
    {"$.data.body.r[*].v", true, "1", "found 3 values, the first is 1 ($['data']['body']['r'][0]['v'])."},
    {"$.data.body.r[?@.max > 5 || @.v > 10]", false, "",
     "but of 3 values in `$.data.body.r` none meets `[?@.max > 5 || @.v > 10]`: in the first `@.max` is 2 and `@.v` is 1."},
    {"$.data.body.r[?@.v == 1 && @.unit == 'C']", false, "",
     "but of 3 values in `$.data.body.r` none meets `[?@.v == 1 && @.unit == 'C']`: in the first `@.unit` is missing."},
    {"$.data.body.r[?length(@.v) > 1].max", false, "",
     "but of 3 values in `$.data.body.r` none meets `[?length(@.v) > 1]`: in the first `length(@.v)` is missing."},
    {"$.data.body.r[?match(@.v, 'a.*')]", false, "",
     "but of 3 values in `$.data.body.r` none meets `[?match(@.v, 'a.*')]`: in the first `@.v` is 1."},
    {"$.data.body.r[?@..x]", false, "", "but of 3 values in `$.data.body.r` none meets `[?@..x]`."},
    // The filter is asked of what is in the object, not of the object.
    {"$.data.body[?@.value < @.limit]", false, "",
     "but of 6 values in `$.data.body` none meets `[?@.value < @.limit]`: in the first `@.value` is missing and `@.limit` is missing; "
     "`$.data.body` itself meets it: write `$.data[?@.value < @.limit]`."},
    {"$.data[?@.value < @.limit].unit", false, "", "but `$.data[?@.value < @.limit]` has nothing at `.unit`."},
    // How far it leads.
    {"$.data.bdy.x", false, "", "but `$.data` has nothing at `.bdy`; there is `body`."},
    {"$.data.body.list[0]", false, "", "but `$.data.body` has nothing at `.list`; there is `List`."},
    {"$.data.body.text.t", false, "", R"(but `$.data.body.text` is "{}", with nothing in it.)"},
    {"$.data.body.empty[?@.x]", false, "", "but of 0 values in `$.data.body.empty` none meets `[?@.x]`."},
    {"$.data.body.r[5].v", false, "", "but `$.data.body.r` has nothing at `[5]`."},
    {"$.dta", false, "", "but the event has nothing at `.dta`; there is `data`."},
};

TEST(explain_path, what_is_found_or_how_far_it_leads_is_reported) {
    json::Evaluator evaluator;
    for (const Row& row : rows) {
        auto query = json::parse_query(row.path);
        ASSERT_TRUE(query.has_value()) << query.error().context;
        auto decision = explain_path(*query, event, evaluator);
        ASSERT_TRUE(decision.has_value()) << decision.error().context;
        EXPECT_EQ(decision->path, "filter_path");
        EXPECT_EQ(decision->holds, row.holds) << row.path;
        EXPECT_EQ(decision->value, row.value) << row.path;
        EXPECT_EQ(decision->condition, "\"" + std::string(row.path) + "\"");
        EXPECT_EQ(decision->reason,
                  "Expected something at `" + std::string(row.path) + "`, " + std::string(row.reason));
    }
}

TEST(explain_path, long_paths_and_values_are_cut) {
    json::Evaluator evaluator;
    const std::string name(300, 'n');
    const std::string text = "{\"" + name + "\":\"" + std::string(300, 'v') + "\"}";
    auto decision = explain_path(*json::parse_query("$." + name), text, evaluator);
    ASSERT_TRUE(decision.has_value());
    EXPECT_TRUE(decision->reason.starts_with("Expected something at the path, found \"vvv")) << decision->reason;
    EXPECT_LT(decision->reason.size(), 500U);
}

TEST(explain_path, an_event_that_cannot_be_read_is_an_error) {
    json::Evaluator evaluator;
    EXPECT_FALSE(explain_path(*json::parse_query("$.a"), "{", evaluator).has_value());
}

}  // namespace
}  // namespace outflow::pattern
