#include "api/account_routes.h"

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "api/api_rig.h"
#include "store/statement.h"

namespace outflow::api {
namespace {

using namespace std::chrono_literals;

using LoginTest = ApiTest;

TEST_F(LoginTest, begins_a_session) {
    const Answered answer = log_in("vera");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.member("name"), "vera");
    EXPECT_EQ(answer.member("role"), "viewer");
    EXPECT_EQ(answer.member("tasks"), R"(["press-*"])");
    EXPECT_EQ(answer.member("csrf").size(), 32U);
    const std::string cookie = answer.field("Set-Cookie");
    EXPECT_TRUE(cookie.starts_with("outflow_session=")) << cookie;
    EXPECT_TRUE(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict")) << cookie;
    EXPECT_FALSE(answer.has(cookie.substr(16, 64))) << "scripts do not see the id";
    EXPECT_EQ(newest_audit(), "vera login user vera []");
}

TEST_F(LoginTest, says_nothing_of_who_exists) {
    const Answered wrong = log_in("vera", "wrong horse battery");
    EXPECT_EQ(wrong.status, 401U);
    EXPECT_EQ(wrong.field("Set-Cookie"), "");
    for (const Answered& answer : {log_in("nobody"), log_in("no such name"), log_in(std::string(200, 'x'))}) {
        EXPECT_EQ(answer.status, 401U);
        EXPECT_EQ(answer.body, wrong.body);
    }
    EXPECT_NE(logged.find("user=vera"), std::string::npos);
    EXPECT_EQ(logged.find("nobody"), std::string::npos);
    EXPECT_EQ(logged.find("horse"), std::string::npos);
    EXPECT_EQ(newest_audit(), "") << "failures do not drive the log out";
}

TEST_F(LoginTest, needs_a_password_that_the_user_has) {
    ASSERT_TRUE(store::Accounts(*database).put_user({.name = "robot"}));
    EXPECT_EQ(log_in("robot", "any").status, 401U);
    EXPECT_EQ(ask("POST", "/v1/login", {}, R"({"name":"vera","password":""})").status, 422U);
    EXPECT_EQ(ask("POST", "/v1/login", {}, R"({"name":"vera"})").status, 422U);
    EXPECT_EQ(ask("POST", "/v1/login", {}, "[1]").status, 400U);
    EXPECT_EQ(ask_raw("POST", "/v1/login", {}, R"({"name":"vera","password":"x"})").status, 415U);
    EXPECT_EQ(log_in("vera", std::string(300, 'x')).status, 422U);
}

TEST_F(LoginTest, is_of_the_same_origin) {
    const std::string body = R"({"name":"vera","password":"correct horse battery"})";
    EXPECT_EQ(ask("POST", "/v1/login", {{"Origin", "http://evil"}}, body).status, 403U);
    EXPECT_EQ(ask("POST", "/v1/login", {{"Origin", "http://flow:8080"}}, body).status, 200U);
}

TEST_F(LoginTest, is_slowed_after_failures) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(log_in("vera", "wrong").status, 401U);
    const Answered slowed = log_in("vera");
    EXPECT_EQ(slowed.status, 429U);
    EXPECT_EQ(slowed.field("Retry-After"), "1");
    EXPECT_EQ(log_in("olga").status, 429U) << "the address waits";
    time += 1s;
    EXPECT_EQ(log_in("vera", "wrong").status, 401U);
    EXPECT_EQ(log_in("vera").field("Retry-After"), "2");
    EXPECT_EQ(ask_as("vera", "GET", "/v1/me").status, 200U) << "keys do not wait";
    time += 2s;
    EXPECT_EQ(log_in("vera").status, 200U);
}

TEST_F(LoginTest, many_at_once_are_no_way_around) {
    serve();
    std::vector<std::unique_ptr<http::Client>> clients;
    for (int i = 0; i < 12; ++i) {
        clients.push_back(std::make_unique<http::Client>(server.port()));
        clients.back()->send(request_text("POST", "/v1/login", {{"Content-Type", "application/json"}},
                                          R"({"name":"vera","password":"wrong"})"));
    }
    EXPECT_TRUE(wait([&] {
        bool is_done = true;
        for (const auto& client : clients) {
            client->receive();
            is_done = is_done && client->is_closed;
        }
        return is_done;
    }));
    std::map<unsigned, int> statuses;
    for (const auto& client : clients) ++statuses[read(client->received).status];
    EXPECT_EQ(statuses, (std::map<unsigned, int>{{401, 5}, {429, 7}}));
}

TEST_F(LoginTest, a_queue_that_is_full_is_told) {
    // Whoever is done takes his place again at once.
    std::function<bool()> take_place = [&] {
        return passwords.verify("", platform::Secret("any"), [&](bool) { take_place(); });
    };
    while (take_place()) {}
    const Answered answer = log_in("vera");
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(answer.field("Retry-After"), "1");
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/vera", R"({"password":"a new long password"})").status, 503U);
    EXPECT_EQ(access.delays().size(), 0U) << "that was no attempt";
}

TEST_F(LoginTest, a_password_that_is_changed_meanwhile_is_wrong) {
    serve();
    http::Client client(server.port());
    client.send(request_text("POST", "/v1/login", {{"Content-Type", "application/json"}},
                             R"({"name":"vera","password":"correct horse battery"})"));
    ASSERT_TRUE(wait([&] { return passwords.waiting() == 1; }));
    ASSERT_TRUE(store::Accounts(*database).put_user({.name = "vera", .password_hash = "$argon2id$other"}));
    EXPECT_TRUE(wait([&] { return client.receive(), client.is_closed; }));
    EXPECT_EQ(read(client.received).status, 401U);
}

TEST_F(LoginTest, succeeds_when_the_audit_log_fails) {
    ASSERT_TRUE(store::execute(*database, "DROP TABLE audit"));
    EXPECT_EQ(log_in("vera").status, 200U);
    EXPECT_NE(logged.find("A login is missing in the audit log."), std::string::npos);
}

TEST_F(LoginTest, ends_the_session_that_it_replaces) {
    const FieldLines first = session_of("vera");
    const Answered again =
        ask("POST", "/v1/login", {first[0]}, R"({"name":"vera","password":"correct horse battery"})");
    EXPECT_EQ(again.status, 200U);
    EXPECT_EQ(ask("GET", "/v1/me", {first[0]}).status, 401U);
}

TEST_F(LoginTest, logout_ends_the_session) {
    const FieldLines session = session_of("vera");
    EXPECT_EQ(ask("POST", "/v1/logout", {session[0]}).status, 403U) << "no token";
    const Answered answer = ask("POST", "/v1/logout", session);
    EXPECT_EQ(answer.status, 204U);
    EXPECT_TRUE(answer.field("Set-Cookie").starts_with("outflow_session=; ")) << answer.head;
    EXPECT_TRUE(answer.field("Set-Cookie").ends_with("Max-Age=0"));
    EXPECT_EQ(ask("GET", "/v1/me", {session[0]}).status, 401U);
    EXPECT_EQ(ask("POST", "/v1/logout").status, 401U);
    EXPECT_EQ(ask_as("vera", "POST", "/v1/logout").status, 204U);
}

TEST_F(LoginTest, cookies_are_secure_behind_a_proxy_with_tls) {
    services.is_tls_in_front = true;
    Routes other(access, logger);
    add_account_routes(other, services);
    http::Server second(loop, {.body_bytes_max = Routes::body_bytes_max});
    other.install(second);
    ASSERT_TRUE(second.listen({.host = "127.0.0.1", .port = 0}));
    http::Client client(second.port());
    client.send(request_text("POST", "/v1/login", {{"Content-Type", "application/json"}},
                             R"({"name":"vera","password":"correct horse battery"})"));
    EXPECT_TRUE(wait([&] { return client.receive(), client.is_closed; }));
    EXPECT_TRUE(read(client.received).field("Set-Cookie").ends_with("; SameSite=Strict; Secure"));
}

class PasswordChangeTest : public ApiTest {
protected:
    Answered change(const FieldLines& fields, std::string_view old, std::string_view next) {
        return ask("PUT", "/v1/me/password", fields,
                   "{\"old\":\"" + std::string(old) + "\",\"new\":\"" + std::string(next) + "\"}");
    }
};

TEST_F(PasswordChangeTest, keeps_this_session_and_ends_the_others) {
    const FieldLines session = session_of("vera");
    const FieldLines other = session_of("vera");
    const FieldLines of_other_user = session_of("olga");
    EXPECT_EQ(change(session, password, "a new long password").status, 204U);
    EXPECT_EQ(newest_audit(), R"(vera change user vera [{"pointer":"/password"}])");
    EXPECT_EQ(ask("GET", "/v1/me", {session[0]}).status, 200U);
    EXPECT_EQ(ask("GET", "/v1/me", {other[0]}).status, 401U);
    EXPECT_EQ(ask("GET", "/v1/me", {of_other_user[0]}).status, 200U);
    EXPECT_EQ(log_in("vera").status, 401U);
    EXPECT_EQ(log_in("vera", "a new long password").status, 200U);
}

TEST_F(PasswordChangeTest, needs_the_old_one) {
    const FieldLines session = session_of("vera");
    const Answered wrong = change(session, "wrong", "a new long password");
    EXPECT_EQ(wrong.status, 422U);
    EXPECT_TRUE(wrong.has(R"("pointer":"/old")"));
    EXPECT_EQ(change(session, password, "short").status, 422U);
    EXPECT_EQ(change(session, password, password).status, 422U);
    EXPECT_EQ(change(session, password, std::string(257, 'x')).status, 422U);
    EXPECT_EQ(change({session[0]}, password, "a new long password").status, 403U) << "no token";
    EXPECT_EQ(change({}, password, "a new long password").status, 401U);
    EXPECT_EQ(log_in("vera").status, 200U);
}

TEST_F(PasswordChangeTest, guessing_is_slowed) {
    const FieldLines session = session_of("vera");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(change(session, "wrong", "a new long password").status, 422U);
    EXPECT_EQ(change(session, password, "a new long password").status, 429U);
    time += 1s;
    EXPECT_EQ(change(session, password, "a new long password").status, 204U);
}

TEST_F(PasswordChangeTest, a_store_that_fails_changes_nothing) {
    const FieldLines session = session_of("vera");
    const FieldLines other = session_of("vera");
    ASSERT_TRUE(store::execute(*database, "DROP TABLE audit"));
    EXPECT_EQ(change(session, password, "a new long password").status, 503U);
    EXPECT_EQ(ask("GET", "/v1/me", {other[0]}).status, 200U);
    EXPECT_EQ(log_in("vera").status, 200U);
}

TEST_F(PasswordChangeTest, one_without_a_password_gets_it_elsewhere) {
    store::Accounts accounts(*database);
    ASSERT_TRUE(accounts.put_user({.name = "olga", .role = store::Role::operator_}));
    EXPECT_EQ(change({key_field("olga")}, "any", "a new long password").status, 409U);
    EXPECT_EQ(change({key_field("vera")}, password, "a new long password").status, 204U) << "a key may, too";
}

}  // namespace
}  // namespace outflow::api
