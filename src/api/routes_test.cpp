#include "api/routes.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "api/api_rig.h"
#include "api/problem.h"

namespace outflow::api {
namespace {

class RoutesTest : public ApiTest {
protected:
    RoutesTest() {
        const auto answer = [](const Caller& caller, const http::Request& request) {
            return json_response("{\"user\":\"" + caller.user + "\",\"from\":\"" + caller.from + "\",\"query\":\"" +
                                 request.query + "\"}");
        };
        routes.add({.method = "GET",
                    .path = "/v1/things",
                    .needs = std::nullopt,
                    .summary = "Things.",
                    .handler = Handler(answer),
                    .query = {{"limit", "How many."}, {"name", "Which."}}});
        routes.add({.method = "POST",
                    .path = "/v1/things",
                    .needs = store::Role::operator_,
                    .summary = "A thing.",
                    .handler = Handler(answer),
                    .request = R"({"type":"object"})",
                    .needs_all_tasks = true});
        routes.add({.method = "PUT",
                    .path = "/v1/things/{name}",
                    .needs = store::Role::viewer,
                    .summary = "A thing.",
                    .handler = Handler(answer),
                    .request = R"({"type":"object"})",
                    .body_bytes_max = 10,
                    .is_body_optional = true});
        routes.add({.method = "GET",
                    .path = "/v1/broken",
                    .needs = std::nullopt,
                    .summary = "Fails.",
                    .handler = Handler([](const Caller&, const http::Request&) -> http::Response {
                        throw std::runtime_error("no memory");
                    })});
        routes.add({.method = "GET",
                    .path = "/v1/broken_later",
                    .needs = std::nullopt,
                    .summary = "Fails.",
                    .handler = LaterHandler(
                        [](const Caller&, http::Request, http::Responder) { throw std::runtime_error("no memory"); })});
        routes.add({.method = "GET",
                    .path = "/v1/later",
                    .needs = store::Role::viewer,
                    .summary = "Answers later.",
                    .handler = LaterHandler([this](const Caller& caller, http::Request, http::Responder responder) {
                        auto shared = std::make_shared<http::Responder>(std::move(responder));
                        loop.post([shared, user = caller.user] { shared->respond(json_response("\"" + user + "\"")); });
                    })});
    }
};

bool is_problem(const Answered& answer, unsigned status) {
    return answer.status == status && answer.field("Content-Type") == "application/problem+json" &&
           answer.member("status") == std::to_string(status) && !answer.member("detail").empty();
}

TEST_F(RoutesTest, a_proxy_says_who_asks_if_it_is_trusted) {
    const auto from = [&](std::string_view forwarded) {
        return ask("GET", "/v1/things", {{"X-Forwarded-For", std::string(forwarded)}}).member("from");
    };
    EXPECT_EQ(from("10.1.2.3"), "127.0.0.1");
    routes.trust_proxy();
    EXPECT_EQ(from("10.1.2.3"), "10.1.2.3");
    EXPECT_EQ(from("1.1.1.1, 10.1.2.3"), "10.1.2.3") << "what stands before it anybody can have written";
    EXPECT_EQ(from("2001:db8::7"), "2001:db8::7");
    for (const std::string_view no_address : {"", "unknown", "10.1.2.3,", "10.1.2.3, a b"})
        EXPECT_EQ(from(no_address), "127.0.0.1") << no_address;
    EXPECT_EQ(from(std::string(100, '1')), "127.0.0.1");
    const FieldLines lines{{"X-Forwarded-For", "1.1.1.1"}, {"x-forwarded-for", "10.1.2.3"}};
    EXPECT_EQ(ask("GET", "/v1/things", lines).member("from"), "10.1.2.3");
}

TEST_F(RoutesTest, nobody_need_be_known_where_the_table_says_so) {
    EXPECT_EQ(ask("GET", "/v1/things").body, R"({"user":"","from":"127.0.0.1","query":""})");
    EXPECT_EQ(ask("GET", "/v1/things", {{"Authorization", "Bearer no:key"}}).status, 200U);
}

TEST_F(RoutesTest, roles_are_checked) {
    EXPECT_TRUE(is_problem(ask("POST", "/v1/things", {}, "{}"), 401));
    const Answered answer = ask_as("vera", "POST", "/v1/things", "{}");
    EXPECT_TRUE(is_problem(answer, 403));
    EXPECT_EQ(answer.member("detail"), "This needs the role operator; vera is viewer.");
    EXPECT_EQ(ask_as("olga", "POST", "/v1/things", "{}").member("user"), "olga");
    EXPECT_EQ(ask_as("admin", "POST", "/v1/things", "{}").member("user"), "admin");
    access.put_user({.name = "olga", .role = store::Role::operator_, .tasks = {"press-*"}});
    EXPECT_TRUE(is_problem(ask_as("olga", "POST", "/v1/things", "{}"), 403));
}

TEST_F(RoutesTest, bodies_are_json) {
    EXPECT_TRUE(is_problem(ask_raw("POST", "/v1/things", {key_field("olga")}, "{}"), 415));
    for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""})
        EXPECT_TRUE(is_problem(ask_raw("POST", "/v1/things", {key_field("olga"), {"Content-Type", type}}, "{}"), 415));
    for (const char* type : {"application/json", "Application/JSON; charset=utf-8", "application/json ;x"})
        EXPECT_EQ(ask_raw("POST", "/v1/things", {key_field("olga"), {"Content-Type", type}}, "{}").status, 200U);
    EXPECT_TRUE(is_problem(ask_as("olga", "POST", "/v1/things"), 400)) << "the body is missing";
    EXPECT_EQ(ask_as("olga", "PUT", "/v1/things/a").status, 200U);
    EXPECT_EQ(ask_as("olga", "PUT", "/v1/things/a", "1234567890").status, 200U);
    EXPECT_TRUE(is_problem(ask_as("olga", "PUT", "/v1/things/a", "12345678901"), 413));
    EXPECT_TRUE(is_problem(ask_as("olga", "GET", "/v1/things", "{}"), 413)) << "there is no body here";
}

// Announced, and not sent: nobody waits for it.
TEST_F(RoutesTest, a_large_body_is_read_of_those_who_may_send_it) {
    const auto announce = [this](FieldLines fields) {
        fields.emplace_back("Content-Length", "20000");
        fields.emplace_back("Content-Type", "application/json");
        return ask_raw("POST", "/v1/things", fields);
    };
    EXPECT_TRUE(is_problem(announce({}), 401));
    EXPECT_TRUE(is_problem(announce({key_field("vera")}), 403));
    const std::string body = "{\"a\":\"" + std::string(20'000, 'x') + "\"}";
    EXPECT_EQ(ask_as("olga", "POST", "/v1/things", body).status, 200U);
    EXPECT_TRUE(is_problem(ask("POST", "/v1/login", {{"Content-Length", "9000"}}), 413)) << "anybody may send it";
    EXPECT_TRUE(is_problem(ask("POST", "/v1/nothing", {{"Content-Length", "20000"}}), 413));
}

TEST_F(RoutesTest, unknown_query_parameters_are_refused) {
    EXPECT_EQ(ask("GET", "/v1/things?limit=1&name=a%20b").member("query"), "limit=1&name=a%20b");
    EXPECT_EQ(ask("GET", "/v1/things?").status, 200U);
    EXPECT_EQ(ask("GET", "/v1/things?&&limit").status, 200U);
    const Answered answer = ask("GET", "/v1/things?limmit=1");
    EXPECT_TRUE(is_problem(answer, 400));
    EXPECT_TRUE(answer.has("write `limit`")) << answer.body;
    EXPECT_TRUE(ask("GET", "/v1/things?zzzzzz").has("there are limit, name"));
    EXPECT_TRUE(ask("GET", "/v1/later?zzzzzz", {key_field("olga")}).has("there are none here"));
    EXPECT_TRUE(is_problem(ask("GET", "/v1/things?limit=1&limit=2"), 400));
    EXPECT_TRUE(is_problem(ask("GET", "/v1/things?limit=%zz"), 400));
    EXPECT_TRUE(is_problem(ask("GET", "/v1/things?%00=1"), 400));
}

TEST_F(RoutesTest, what_has_no_route_is_a_problem) {
    EXPECT_TRUE(is_problem(ask("GET", "/"), 404));
    EXPECT_TRUE(is_problem(ask("GET", "/v1/nothing"), 404));
    EXPECT_TRUE(is_problem(ask("POST", "/v1/nothing", {}, "{}"), 404));
    EXPECT_TRUE(is_problem(ask("PATCH", "/v1/things/a", {}, "{}"), 405));
    const Answered answer = ask("DELETE", "/v1/things");
    EXPECT_TRUE(is_problem(answer, 405));
    EXPECT_EQ(answer.field("Allow"), "GET, HEAD, OPTIONS, POST");
    EXPECT_EQ(ask("OPTIONS", "/v1/things/a").status, 204U);
    EXPECT_EQ(ask("OPTIONS", "/v1/things/a").field("Allow"), "OPTIONS, PUT");
    EXPECT_EQ(ask("HEAD", "/v1/things").body, "");
}

TEST_F(RoutesTest, what_the_server_itself_refuses_is_a_problem) {
    const std::pair<Answered, unsigned> rows[] = {
        {ask("GET", "/v1/things/%zz"), 400},
        {ask("BREW", "/v1/things"), 405},
        {ask("GET", "/v1/things", {{"Expect", "tea"}}), 417},
        {ask("GET", "/v1/things", {{"A", std::string(9'000, 'a')}}), 431},
        {ask("GET", "things"), 400},
    };
    for (const auto& [answer, status] : rows) {
        EXPECT_TRUE(is_problem(answer, status)) << status << answer.head << answer.body;
        EXPECT_NE(answer.member("title"), "Error") << status;
    }
}

TEST_F(RoutesTest, a_handler_that_fails_ends_one_request) {
    EXPECT_TRUE(is_problem(ask("GET", "/v1/broken"), 500));
    EXPECT_NE(logged.find("no memory"), std::string::npos);
    EXPECT_TRUE(is_problem(ask("GET", "/v1/broken_later"), 500));
    EXPECT_EQ(ask("GET", "/v1/things").status, 200U);
}

TEST_F(RoutesTest, answers_may_come_later) {
    EXPECT_EQ(ask_as("vera", "GET", "/v1/later").body, "\"vera\"");
    EXPECT_TRUE(is_problem(ask("GET", "/v1/later"), 401));
}

TEST(QueryNumberTest, is_within_its_range) {
    const auto number = [](std::string query) {
        http::Request request;
        request.query = std::move(query);
        const auto found = query_number(request, "n", 1, 100, 7);
        return found ? std::to_string(*found) : std::to_string(found.error().status) + " refused";
    };
    EXPECT_EQ(number(""), "7");
    EXPECT_EQ(number("n=1"), "1");
    EXPECT_EQ(number("n=100"), "100");
    for (const char* query : {"n=0", "n=101", "n=-1", "n=", "n", "n=1x", "n=1.5", "n=+1", "n=99999999999999999999"})
        EXPECT_EQ(number(query), "400 refused") << query;
}

}  // namespace
}  // namespace outflow::api
