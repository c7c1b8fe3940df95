#include "http/router.h"

#include <string>

#include <gtest/gtest.h>

#include "http/message.h"

namespace outflow::http {
namespace {

using Kind = Router::Match::Kind;

class RouterTest : public ::testing::Test {
protected:
    RouterTest() {
        for (const auto& [method, path] :
             {std::pair("GET", "/"), std::pair("GET", "/tasks"), std::pair("POST", "/tasks"),
              std::pair("GET", "/tasks/{name}"), std::pair("GET", "/tasks/all"), std::pair("DELETE", "/tasks/{name}"),
              std::pair("GET", "/{a}/all/{b}"), std::pair("GET", "/tasks/{name}/status"), std::pair("GET", "/%41")}) {
            router.add(method, path);
        }
    }

    // "3 name=x", or what else it is.
    std::string found(std::string_view method, std::string_view path) {
        const Router::Match match = router.find(method, path);
        switch (match.kind) {
        case Kind::route: break;
        case Kind::unknown_path: return "unknown";
        case Kind::faulty_path: return "faulty";
        case Kind::wrong_method: return "wrong: " + match.allow;
        case Kind::options: return "options: " + match.allow;
        }
        std::string text = std::to_string(match.number);
        for (const auto& [name, value] : match.parameters) text += " " + name + "=" + value;
        return text;
    }

    Router router;
};

TEST_F(RouterTest, requests_take_the_route_that_says_most) {
    struct Row {
        std::string_view method;
        std::string_view path;
        std::string_view found;
    };
    const Row rows[] = {
        {"GET", "/", "0"},
        {"GET", "/tasks", "1"},
        {"POST", "/tasks", "2"},
        {"GET", "/tasks/a", "3 name=a"},
        {"GET", "/tasks/all", "4"},
        {"DELETE", "/tasks/all", "wrong: GET, HEAD, OPTIONS"},  // the path comes first
        {"DELETE", "/tasks/a", "5 name=a"},
        {"GET", "/tasks/a%2Fb%20%25", "3 name=a/b %"},
        {"GET", "/tasks/%2561", "3 name=%61"},  // decoded once
        {"GET", "/t%61sks", "1"},
        {"GET", "/tasks/all/status", "7 name=all"},  // the first segment that differs decides
        {"GET", "/x/all/y", "6 a=x b=y"},
        {"GET", "/tasks/", "unknown"},
        {"GET", "/tasks//status", "unknown"},
        {"GET", "//", "unknown"},
        {"GET", "/Tasks", "unknown"},
        {"GET", "tasks", "unknown"},
        {"GET", "", "unknown"},
        {"GET", "/A", "unknown"},  // a route is not decoded
        {"GET", "/tasks/%2", "faulty"},
        {"GET", "/tasks/%0g", "faulty"},
        {"GET", "/tasks/%00", "faulty"},
        {"PUT", "/tasks", "wrong: GET, HEAD, OPTIONS, POST"},
        {"get", "/tasks", "wrong: GET, HEAD, OPTIONS, POST"},
        {"GET", "/nothing", "unknown"},
        {"TRACE", "/tasks/a", "wrong: DELETE, GET, HEAD, OPTIONS"},
        {"OPTIONS", "/tasks/a", "options: DELETE, GET, HEAD, OPTIONS"},
        {"OPTIONS", "/tasks/all", "options: GET, HEAD, OPTIONS"},
    };
    for (const Row& row : rows) EXPECT_EQ(found(row.method, row.path), row.found) << row.method << " " << row.path;
}

TEST(RouterVerbs, a_parameter_may_have_a_verb_behind_it) {
    Router router;
    for (const auto& [method, path] :
         {std::pair("POST", "/v1/tasks/{name}"), std::pair("POST", "/v1/tasks/{name}:enable"),
          std::pair("POST", "/v1/tasks:validate"), std::pair("POST", "/v1/tasks/all:enable"),
          std::pair("GET", "/v1/tasks/{name}"), std::pair("POST", "/v1/tasks/{name}:re:enable"),
          std::pair("GET", "/{a}b"), std::pair("GET", "/{}:b"), std::pair("GET", "/{a}:")}) {
        router.add(method, path);
    }
    const struct {
        std::string_view method;
        std::string_view path;
        int number;  // -1: none
        std::string_view name;
    } rows[] = {
        {"POST", "/v1/tasks/a:enable", 1, "a"},
        {"POST", "/v1/tasks/a%2Fb:enable", 1, "a/b"},
        {"POST", "/v1/tasks/a:pause", 0, "a:pause"},
        {"POST", "/v1/tasks/a:enable:enable", 1, "a:enable"},
        {"POST", "/v1/tasks/a:re:enable", 5, "a"},
        {"POST", "/v1/tasks/a%3Aenable", 0, "a:enable"},  // a name with a colon
        {"POST", "/v1/tasks/all:enable", 3, ""},
        {"POST", "/v1/tasks/:enable", 0, ":enable"},
        {"POST", "/v1/tasks:validate", 2, ""},
        {"GET", "/v1/tasks/a:pause", 4, "a:pause"},
        {"POST", "/v1/tasks:enable", -1, ""},
        {"GET", "/{a}b", 6, ""},  // these are literals
        {"GET", "/{}:b", 7, ""},
        {"GET", "/{a}:", 8, ""},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.path);
        const Router::Match match = router.find(row.method, row.path);
        ASSERT_EQ(match.kind, row.number < 0 ? Kind::unknown_path : Kind::route);
        if (row.number < 0) continue;
        EXPECT_EQ(match.number, static_cast<std::size_t>(row.number));
        EXPECT_EQ(match.parameters.empty() ? "" : match.parameters[0].second, row.name);
    }
    for (const std::string_view method : {"GET", "PUT", "QUERY", "TRACE"})
        EXPECT_EQ(router.find(method, "/v1/tasks/a:enable").allow, "OPTIONS, POST") << method;
}

TEST_F(RouterTest, the_later_of_two_equal_routes_counts) {
    const std::size_t number = router.add("GET", "/tasks/{id}");
    EXPECT_EQ(found("GET", "/tasks/1"), std::to_string(number) + " id=1");
}

TEST(MessageTest, queries_are_read_by_name) {
    const Request request{.method = "GET", .path = "/", .query = "a=1&b=%20+x&&c&d=%z&a=2&%65=5&f=1=2", .fields = {}};
    EXPECT_EQ(request.query_value("a"), "1");
    EXPECT_EQ(request.query_value("b"), "  x");
    EXPECT_EQ(request.query_value("c"), "");
    EXPECT_EQ(request.query_value("d"), std::nullopt);
    EXPECT_EQ(request.query_value("e"), "5");
    EXPECT_EQ(request.query_value("f"), "1=2");
    EXPECT_EQ(request.query_value("g"), std::nullopt);
}

TEST(MessageTest, fields_are_found_without_case) {
    Fields fields{{"Host", "a"}, {"X", "1"}, {"x", "2"}};
    EXPECT_EQ(fields.find("hOST"), "a");
    EXPECT_EQ(fields.find("x"), "1");
    EXPECT_EQ(fields.count("X"), 2U);
    fields.set("X", "3");
    EXPECT_EQ(fields.count("x"), 1U);
    EXPECT_EQ(fields.find("Y"), "");
}

}  // namespace
}  // namespace outflow::http
