#include "api/difference.h"

#include <gtest/gtest.h>

namespace outflow::api {
namespace {

std::string between(std::string_view before, std::string_view after) {
    return render_differences(find_differences(json::parse_document(before)->root, json::parse_document(after)->root));
}

TEST(Difference, is_as_small_as_it_can_be) {
    EXPECT_EQ(between(R"({"a":{"b":1,"c":[{"x":1},{"x":2}]},"d":0})", R"({"a":{"b":1.0,"c":[{"x":1},{"x":3}]},"d":0})"),
              R"([{"pointer":"/a/b","before":1,"after":1.0},{"pointer":"/a/c/1/x","before":2,"after":3}])");
    EXPECT_EQ(between(R"({"a":[1]})", R"({"a":[1,2]})"), R"([{"pointer":"/a","before":[1],"after":[1,2]}])");
    EXPECT_EQ(between("1", "1"), "[]");
    EXPECT_EQ(between("1", "{}"), R"([{"pointer":"","before":1,"after":{}}])");
}

TEST(Difference, says_what_came_and_went) {
    EXPECT_EQ(between(R"({"a/b":null})", R"({"c~":true})"),
              R"([{"pointer":"/a~1b","before":null},{"pointer":"/c~0","after":true}])");
}

}  // namespace
}  // namespace outflow::api
