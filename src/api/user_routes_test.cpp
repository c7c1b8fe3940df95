#include "api/user_routes.h"

#include <gtest/gtest.h>

#include "api/api_rig.h"
#include "store/statement.h"

namespace outflow::api {
namespace {

using UserRoutesTest = ApiTest;

TEST_F(UserRoutesTest, are_an_administrators) {
    struct Row {
        const char *method, *path, *body;
    };
    for (const Row& row :
         {Row{"GET", "/v1/users", ""}, Row{"POST", "/v1/users", R"({"name":"new","role":"viewer"})"},
          Row{"GET", "/v1/users/vera", ""}, Row{"PUT", "/v1/users/vera", R"({"role":"administrator"})"},
          Row{"DELETE", "/v1/users/vera", ""}}) {
        EXPECT_EQ(ask(row.method, row.path, {}, row.body).status, 401U) << row.method;
        EXPECT_EQ(ask_as("vera", row.method, row.path, row.body).status, 403U) << row.method;
        EXPECT_EQ(ask_as("olga", row.method, row.path, row.body).status, 403U) << row.method;
    }
    EXPECT_EQ(newest_audit(), "");
}

TEST_F(UserRoutesTest, lists_without_hashes) {
    const Answered answer = ask_as("admin", "GET", "/v1/users");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_TRUE(answer.body.starts_with(
        R"({"items":[{"name":"admin","role":"administrator","tasks":["*"],"has_password":true,"created_at":"2)"))
        << answer.body;
    EXPECT_FALSE(answer.has("argon2"));
    EXPECT_EQ(ask_as("admin", "GET", "/v1/users/vera").member("tasks"), R"(["press-*"])");
    EXPECT_EQ(ask_as("admin", "GET", "/v1/users/nobody").status, 404U);
}

TEST_F(UserRoutesTest, creates_one_who_can_log_in) {
    const Answered answer =
        ask_as("admin", "POST", "/v1/users",
               R"({"name":"new.one@x","role":"operator","tasks":["a-*","b"],"password":"a new long password"})");
    EXPECT_EQ(answer.status, 201U) << answer.body;
    EXPECT_EQ(answer.field("Location"), "/v1/users/new.one@x");
    EXPECT_EQ(answer.member("has_password"), "true");
    EXPECT_EQ(newest_audit(),
              R"(admin create user new.one@x [{"pointer":"","after":{"name":"new.one@x","role":"operator",)"
              R"("tasks":["a-*","b"],"has_password":true}}])");
    EXPECT_EQ(log_in("new.one@x", "a new long password").status, 200U);
}

TEST_F(UserRoutesTest, creates_one_with_keys_alone) {
    const Answered answer = ask_as("admin", "POST", "/v1/users", R"({"name":"robot","role":"viewer"})");
    EXPECT_EQ(answer.status, 201U);
    EXPECT_EQ(answer.member("has_password"), "false");
    EXPECT_EQ(answer.member("tasks"), R"(["*"])");
}

TEST_F(UserRoutesTest, refuses_what_is_wrong) {
    struct Row {
        std::string_view body;
        unsigned status;
        std::string_view part;
    };
    for (const Row& row : {
             Row{R"({"name":"vera","role":"viewer"})", 409, "already"},
             Row{R"({"name":"vera","role":"viewer","password":"a new long password"})", 409, "already"},
             Row{R"({"name":"a b","role":"viewer"})", 422, "/name"},
             Row{R"({"name":"","role":"viewer"})", 422, "/name"},
             Row{R"({"role":"viewer"})", 422, "/name"},
             Row{R"({"name":"new"})", 422, "/role"},
             Row{R"({"name":"new","role":"admin"})", 422, "/role"},
             Row{R"({"name":"new","role":"viewer","password":"short"})", 422, "/password"},
             Row{R"({"name":"new","role":"viewer","tasks":["a b"]})", 422, "/tasks"},
             Row{R"({"name":"new","role":"viewer","tasks":"a"})", 422, "/tasks"},
             Row{R"({"name":"new","role":"viewer","rôle":"x"})", 422, "unknown field"},
             Row{"{", 400, "not valid JSON"},
         }) {
        const Answered answer = ask_as("admin", "POST", "/v1/users", row.body);
        EXPECT_EQ(answer.status, row.status) << row.body;
        EXPECT_TRUE(answer.has(row.part)) << row.body << "\n" << answer.body;
    }
    EXPECT_EQ(newest_audit(), "");
    EXPECT_EQ(store::Accounts(*database).users()->size(), 3U);
}

TEST_F(UserRoutesTest, changes_what_is_given) {
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/vera", R"({"tasks":["a"]})").member("role"), "viewer");
    EXPECT_EQ(newest_audit(), R"(admin change user vera [{"pointer":"/tasks","before":["press-*"],"after":["a"]}])");
    EXPECT_EQ(ask_as("vera", "GET", "/v1/me").member("tasks"), R"(["a"])") << "from now on";
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/vera", R"({"role":"operator"})").member("role"), "operator");
    EXPECT_EQ(ask_as("vera", "GET", "/v1/me").member("role"), "operator");
    const std::string last = newest_audit();
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/vera", "{}").member("role"), "operator");
    EXPECT_EQ(newest_audit(), last) << "nothing was changed";
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/nobody", R"({"role":"operator"})").status, 404U);
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/vera", R"({"name":"x"})").status, 422U);
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/vera", R"({"password":"short"})").status, 422U);
}

TEST_F(UserRoutesTest, a_new_role_or_password_ends_sessions) {
    FieldLines session = session_of("vera");
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/vera", R"({"tasks":["a"]})").status, 200U);
    EXPECT_EQ(ask("GET", "/v1/me", {session[0]}).status, 200U);
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/vera", R"({"role":"operator"})").status, 200U);
    EXPECT_EQ(ask("GET", "/v1/me", {session[0]}).status, 401U);
    session = session_of("vera");
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/vera", R"({"password":"a new long password"})").status, 200U);
    EXPECT_EQ(newest_audit(), R"(admin change user vera [{"pointer":"/has_new_password","after":true}])");
    EXPECT_EQ(ask("GET", "/v1/me", {session[0]}).status, 401U);
    EXPECT_EQ(log_in("vera").status, 401U);
    EXPECT_EQ(log_in("vera", "a new long password").status, 200U);
}

TEST_F(UserRoutesTest, deletes_with_keys_and_sessions) {
    const FieldLines session = session_of("vera");
    EXPECT_EQ(ask_as("admin", "DELETE", "/v1/users/vera").status, 204U);
    EXPECT_TRUE(newest_audit().starts_with(R"(admin delete user vera [{"pointer":"","before":{"name":"vera",)"));
    EXPECT_EQ(ask("GET", "/v1/me", {session[0]}).status, 401U);
    EXPECT_EQ(ask_as("vera", "GET", "/v1/me").status, 401U);
    EXPECT_EQ(store::Accounts(*database).keys()->size(), 2U);
    EXPECT_EQ(ask_as("admin", "DELETE", "/v1/users/vera").status, 404U);
    // The same name again is somebody else.
    EXPECT_EQ(ask_as("admin", "POST", "/v1/users", R"({"name":"vera","role":"viewer"})").status, 201U);
    EXPECT_EQ(ask("GET", "/v1/me", {session[0]}).status, 401U);
    EXPECT_EQ(ask_as("vera", "GET", "/v1/me").status, 401U);
}

TEST_F(UserRoutesTest, the_last_administrator_stays) {
    EXPECT_EQ(ask_as("admin", "DELETE", "/v1/users/admin").status, 409U);
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/admin", R"({"role":"operator"})").status, 409U);
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/admin", R"({"role":"administrator","tasks":["*"]})").status, 200U);
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/olga", R"({"role":"administrator"})").status, 200U);
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/admin", R"({"role":"viewer"})").status, 200U);
    EXPECT_EQ(ask_as("admin", "GET", "/v1/users").status, 403U) << "from now on";
    EXPECT_EQ(ask_as("olga", "DELETE", "/v1/users/olga").status, 409U);
}

TEST_F(UserRoutesTest, an_administrator_who_is_none_any_more_changes_nothing) {
    serve();
    http::Client client(server.port());
    client.send(request_text("PUT", "/v1/users/vera", {key_field("admin"), {"Content-Type", "application/json"}},
                             R"({"password":"a new long password"})"));
    ASSERT_TRUE(wait([&] { return passwords.waiting() == 1; }));
    access.put_user({.name = "admin", .role = store::Role::viewer});
    EXPECT_TRUE(wait([&] { return client.receive(), client.is_closed; }));
    EXPECT_EQ(read(client.received).status, 409U);
    EXPECT_EQ(log_in("vera").status, 200U);
}

TEST_F(UserRoutesTest, a_store_that_fails_changes_nothing) {
    ASSERT_TRUE(store::execute(*database, "DROP TABLE audit"));
    const FieldLines session = session_of("vera");
    EXPECT_EQ(ask_as("admin", "PUT", "/v1/users/vera", R"({"role":"operator"})").status, 503U);
    EXPECT_EQ(ask_as("admin", "DELETE", "/v1/users/vera").status, 503U);
    EXPECT_EQ(ask_as("admin", "POST", "/v1/users", R"({"name":"new","role":"viewer"})").status, 503U);
    EXPECT_EQ(ask_as("admin", "DELETE", "/v1/keys/ak-vera").status, 503U);
    EXPECT_EQ(ask_as("admin", "POST", "/v1/keys").status, 503U);
    EXPECT_EQ(ask("GET", "/v1/me", {session[0]}).member("role"), "viewer");
    EXPECT_EQ(ask_as("vera", "GET", "/v1/me").status, 200U);
    EXPECT_EQ(store::Accounts(*database).users()->size(), 3U);
    EXPECT_EQ(store::Accounts(*database).keys()->size(), 3U);
}

TEST_F(UserRoutesTest, there_are_a_thousand_at_most) {
    store::Accounts accounts(*database);
    ASSERT_TRUE(database->transact([&]() -> Status {
        for (std::size_t i = 3; i < users_max; ++i)
            if (Status put = accounts.put_user({.name = "user" + std::to_string(i)}); !put) return put;
        return {};
    }));
    EXPECT_EQ(ask_as("admin", "POST", "/v1/users", R"({"name":"new","role":"viewer"})").status, 409U);
}

}  // namespace
}  // namespace outflow::api
