#include "api/access.h"

#include "base/name_pattern.h"

#include <gtest/gtest.h>

#include "api/api_rig.h"

namespace outflow::api {
namespace {

using namespace std::chrono_literals;

TEST(PatternTest, a_star_is_any_characters) {
    struct Row {
        std::string_view pattern, name;
        bool matches;
    };
    for (const Row& row :
         {Row{"*", "", true}, Row{"*", "press", true}, Row{"press", "press", true}, Row{"press", "press2", false},
          Row{"press", "pres", false}, Row{"press-*", "press-1", true}, Row{"press-*", "press-", true},
          Row{"press-*", "press", false}, Row{"*-1", "press-1", true}, Row{"*-1", "press-11", false},
          Row{"a*b*c", "aXbYc", true}, Row{"a*b*c", "abbc", true}, Row{"a*b*c", "acb", false}, Row{"**", "x", true},
          Row{"a**", "a", true}, Row{"", "", true}, Row{"", "a", false}, Row{"*a*", "bab", true}})
        EXPECT_EQ(matches_name(row.pattern, row.name), row.matches) << row.pattern << " " << row.name;
    // Many stars cost no more than pattern times name.
    std::string stars;
    for (int i = 0; i < 60; ++i) stars += "a*";
    EXPECT_FALSE(matches_name(stars + "b", std::string(10'000, 'a')));
}

TEST(CallerTest, may_what_the_role_says) {
    Caller caller;
    EXPECT_FALSE(caller.may(store::Role::viewer)) << "nobody";
    caller.user = "ann";
    caller.role = store::Role::operator_;
    EXPECT_TRUE(caller.may(store::Role::viewer));
    EXPECT_TRUE(caller.may(store::Role::operator_));
    EXPECT_FALSE(caller.may(store::Role::administrator));
    EXPECT_FALSE(caller.sees("press"));
    caller.tasks = {"x", "press-*"};
    EXPECT_TRUE(caller.sees("press-1"));
    EXPECT_FALSE(caller.sees("other"));
    EXPECT_FALSE(caller.sees_all());
    caller.tasks = {"*"};
    EXPECT_TRUE(caller.sees_all());
}

TEST(RequestFieldTest, cookies_are_found) {
    const auto cookie = [](std::initializer_list<http::Fields::Field> fields) {
        http::Request request;
        request.fields = fields;
        return std::string(find_cookie(request, "s"));
    };
    EXPECT_EQ(cookie({}), "");
    EXPECT_EQ(cookie({{"Cookie", "s=1"}}), "1");
    EXPECT_EQ(cookie({{"cookie", "a=b; s=1;c=d"}}), "1");
    EXPECT_EQ(cookie({{"Cookie", "a=b"}, {"Cookie", "s=1"}}), "1");
    EXPECT_EQ(cookie({{"Cookie", "s=1; s=1"}}), "1");
    EXPECT_EQ(cookie({{"Cookie", "s=1; s=2"}}), "") << "somebody else has set one of them";
    EXPECT_EQ(cookie({{"Cookie", "S=1; ss=2; s; =; ;;"}}), "");
    EXPECT_EQ(cookie({{"Cookie", "s=a=b"}}), "a=b");
    EXPECT_EQ(cookie({{"Cookie", ""}}), "");
}

TEST(RequestFieldTest, origins_are_compared_with_the_host) {
    const auto is_same = [](std::initializer_list<http::Fields::Field> fields) {
        http::Request request;
        request.fields = fields;
        request.fields.add("Host", "flow:8080");
        return is_same_origin(request);
    };
    EXPECT_TRUE(is_same({}));
    EXPECT_TRUE(is_same({{"Origin", "http://flow:8080"}}));
    EXPECT_TRUE(is_same({{"Origin", "https://FLOW:8080"}}));
    EXPECT_FALSE(is_same({{"Origin", "http://flow:8081"}}));
    EXPECT_FALSE(is_same({{"Origin", "http://flow"}}));
    EXPECT_FALSE(is_same({{"Origin", "http://flow:8080.evil"}}));
    EXPECT_FALSE(is_same({{"Origin", "http://evil/://flow:8080"}}));
    EXPECT_FALSE(is_same({{"Origin", "null"}}));
    EXPECT_FALSE(is_same({{"Origin", ""}}));
    EXPECT_FALSE(is_same({{"Origin", "http://flow:8080"}, {"Origin", "http://flow:8080"}}));
}

TEST(RequestFieldTest, addresses_lose_their_port) {
    EXPECT_EQ(address_of("127.0.0.1:53412"), "127.0.0.1");
    EXPECT_EQ(address_of("[::1]:53412"), "::1");
    EXPECT_EQ(address_of(""), "");
}

using AccessTest = ApiTest;

TEST_F(AccessTest, a_key_identifies_its_user) {
    const Answered answer = ask_as("olga", "GET", "/v1/me");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body, R"({"name":"olga","role":"operator","tasks":["*"],"key":"ak-olga"})");
    EXPECT_EQ(ask("GET", "/v1/me", {{"Authorization", "bearer   ak-vera:vera-secret"}}).member("name"), "vera");
}

TEST_F(AccessTest, hostile_authorization_is_nobody) {
    for (const std::string& value :
         {std::string(), std::string("Bearer"), std::string("Bearer "), std::string("Bearer :"),
          std::string("Bearer ak-olga"), std::string("Bearer ak-olga:"), std::string("Bearer ak-olga:olga-secre"),
          std::string("Bearer ak-olga:olga-secret2"), std::string("Bearer ak-olga:vera-secret"),
          std::string("Bearer none:olga-secret"), std::string("Bearer ak-olga:olga-secret, Bearer x"),
          std::string("Bearer ak-olga :olga-secret"), std::string("Basic ak-olga:olga-secret"),
          std::string("ak-olga:olga-secret"), std::string("Bearerak-olga:olga-secret"),
          "Bearer ak-olga:" + std::string(4'000, 'x'), "Bearer " + std::string(4'000, ':'),
          std::string("Bearer \xff\xfe:\x80")}) {
        const Answered answer = ask("GET", "/v1/me", {{"Authorization", value}});
        EXPECT_EQ(answer.status, 401U) << value;
        EXPECT_EQ(answer.field("WWW-Authenticate"), "Bearer");
        EXPECT_FALSE(answer.has("olga-secret"));
    }
    EXPECT_EQ(ask("GET", "/v1/me", {key_field("olga"), key_field("olga")}).status, 401U);
}

TEST_F(AccessTest, a_session_reads_with_its_cookie_alone) {
    const FieldLines session = session_of("vera");
    const Answered answer = ask("GET", "/v1/me", {session[0]});
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.member("name"), "vera");
    EXPECT_EQ(answer.member("csrf"), session[1].second);
    EXPECT_EQ(answer.member("key"), "");
    EXPECT_EQ(ask("HEAD", "/v1/me", {session[0]}).status, 200U);
    EXPECT_EQ(ask("GET", "/v1/me", {session[0], {"Origin", "http://evil"}}).status, 200U);
}

TEST_F(AccessTest, a_session_changes_nothing_without_its_token) {
    const FieldLines session = session_of("vera");
    const FieldLines other = session_of("vera");
    EXPECT_EQ(ask("POST", "/v1/keys", {session[0]}, "{}").status, 403U);
    EXPECT_EQ(ask("POST", "/v1/keys", {session[0], {"X-Outflow-Csrf", ""}}, "{}").status, 403U);
    EXPECT_EQ(ask("POST", "/v1/keys", {session[0], other[1]}, "{}").status, 403U);
    EXPECT_EQ(ask("POST", "/v1/keys", {session[0], session[1], session[1]}, "{}").status, 403U);
    EXPECT_EQ(ask("POST", "/v1/keys", {session[0], session[1], {"Origin", "http://evil"}}, "{}").status, 403U);
    EXPECT_EQ(ask("POST", "/v1/keys", {session[0], session[1], {"Origin", "null"}}, "{}").status, 403U);
    EXPECT_EQ(ask("POST", "/v1/keys", {session[0], session[1], {"Origin", "http://flow:8080"}}, "{}").status, 201U);
    EXPECT_EQ(ask("POST", "/v1/keys", session, "{}").status, 201U);
}

TEST_F(AccessTest, a_request_with_a_faulty_key_does_not_use_its_cookie) {
    FieldLines fields = session_of("admin");
    fields.emplace_back("Authorization", "Bearer no:key");
    EXPECT_EQ(ask("GET", "/v1/me", fields).status, 401U);
    fields.back() = key_field("vera");
    EXPECT_EQ(ask("GET", "/v1/me", fields).member("name"), "vera");
}

TEST_F(AccessTest, hostile_cookies_are_nobody) {
    const FieldLines session = session_of("vera");
    for (const std::string& value :
         {std::string("outflow_session="), std::string("outflow_session"), std::string("outflow_session=0"),
          "outflow_session=" + std::string(64, '0'), "outflow_session=" + std::string(4'000, 'a'),
          std::string(";;;==;=;"), session[0].second + "; outflow_session=" + std::string(64, '0'),
          session[0].second + "0", "x" + session[0].second})
        EXPECT_EQ(ask("GET", "/v1/me", {{"Cookie", value}}).status, 401U) << value;
    EXPECT_EQ(ask("GET", "/v1/me", {session[0]}).status, 200U);
}

TEST_F(AccessTest, a_session_expires) {
    const FieldLines session = session_of("vera");
    time += 12h - 1s;
    EXPECT_EQ(ask("GET", "/v1/me", {session[0]}).status, 200U);
    time += 12h;
    const Answered answer = ask("GET", "/v1/me", {session[0]});
    EXPECT_EQ(answer.status, 401U);
    EXPECT_TRUE(answer.has("Log in again."));
}

TEST_F(AccessTest, a_key_that_the_vault_does_not_open_is_left_out) {
    store::Accounts accounts(*database);
    ASSERT_TRUE(accounts.remove_key("ak-vera"));
    const platform::Secret secret("vera-secret");
    ASSERT_TRUE(accounts.add_key({.id = "ak-vera", .user = "vera", .sealed_secret = vault.seal("key/other", secret)}));
    EXPECT_EQ(access.load(accounts, vault).value_or(99), 1U);
    EXPECT_EQ(ask_as("vera", "GET", "/v1/me").status, 401U);
    EXPECT_EQ(ask_as("olga", "GET", "/v1/me").status, 200U);
}

TEST_F(AccessTest, a_caller_is_current_until_something_ends_it) {
    const Caller by_key = access.caller_of_key("ak-olga", "here");
    EXPECT_EQ(by_key.user, "olga");
    EXPECT_EQ(by_key.from, "here");
    EXPECT_TRUE(access.is_current(by_key));
    const Caller by_session = access.caller_of_session(access.sessions().begin("olga", time).id, "here");
    EXPECT_TRUE(access.is_current(by_session));
    access.put_user({.name = "olga", .role = store::Role::viewer});
    EXPECT_FALSE(access.is_current(by_key));
    EXPECT_FALSE(access.is_current(by_session));
    EXPECT_FALSE(access.is_current(Caller()));
    EXPECT_TRUE(access.caller_of_key("none", "here").user.empty());
}

}  // namespace
}  // namespace outflow::api
