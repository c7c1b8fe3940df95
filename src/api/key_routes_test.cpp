#include "api/key_routes.h"

#include <gtest/gtest.h>

#include "api/api_rig.h"

namespace outflow::api {
namespace {

using KeyRoutesTest = ApiTest;

TEST_F(KeyRoutesTest, need_a_user) {
    EXPECT_EQ(ask("GET", "/v1/keys").status, 401U);
    EXPECT_EQ(ask("POST", "/v1/keys").status, 401U);
    EXPECT_EQ(ask("DELETE", "/v1/keys/ak-vera").status, 401U);
}

TEST_F(KeyRoutesTest, a_new_key_opens_what_its_user_may) {
    const Answered answer = ask_as("vera", "POST", "/v1/keys", R"({"description":"for ci"})");
    EXPECT_EQ(answer.status, 201U) << answer.body;
    const std::string id = answer.member("id");
    const std::string secret = answer.member("secret");
    EXPECT_EQ(id.size(), 19U);
    EXPECT_TRUE(id.starts_with("ak-"));
    EXPECT_EQ(secret.size(), 32U);
    EXPECT_EQ(answer.member("user"), "vera");
    EXPECT_EQ(answer.member("description"), "for ci");
    EXPECT_TRUE(store::is_time(answer.member("created_at")));
    EXPECT_EQ(answer.field("Location"), "/v1/keys/" + id);
    const std::pair<std::string, std::string> field{"Authorization", "Bearer " + id + ":" + secret};
    EXPECT_EQ(ask("GET", "/v1/me", {field}).member("key"), id);

    const store::AccessKey stored = **store::Accounts(*database).find_key(id);
    EXPECT_TRUE(store::is_sealed(stored.sealed_secret));
    EXPECT_EQ(vault.unseal("key/" + id, stored.sealed_secret)->reveal(), secret);
    EXPECT_EQ(access.load(*std::make_unique<store::Accounts>(*database), vault).value_or(99), 0U);
    EXPECT_EQ(ask("GET", "/v1/me", {field}).status, 200U) << "also after a restart";
    EXPECT_TRUE(newest_audit().starts_with("vera create key " + id));
    EXPECT_EQ(newest_audit().find(secret), std::string::npos);
    EXPECT_FALSE(ask_as("admin", "GET", "/v1/keys").has(secret));
}

TEST_F(KeyRoutesTest, everybody_has_only_his_own) {
    EXPECT_TRUE(ask_as("vera", "GET", "/v1/keys").body.starts_with(R"({"items":[{"id":"ak-vera","user":"vera",)"));
    EXPECT_FALSE(ask_as("vera", "GET", "/v1/keys").has("olga"));
    EXPECT_EQ(ask_as("vera", "POST", "/v1/keys", R"({"user":"olga"})").status, 403U);
    EXPECT_EQ(ask_as("vera", "POST", "/v1/keys", R"({"user":"nobody"})").status, 403U);
    EXPECT_EQ(ask_as("vera", "DELETE", "/v1/keys/ak-olga").status, 404U);
    EXPECT_EQ(ask_as("olga", "GET", "/v1/me").status, 200U);
    EXPECT_EQ(ask_as("vera", "POST", "/v1/keys", R"({"user":"vera"})").status, 201U);
}

TEST_F(KeyRoutesTest, an_administrator_has_all) {
    const Answered list = ask_as("admin", "GET", "/v1/keys");
    for (const char* id : {"ak-admin", "ak-olga", "ak-vera"}) EXPECT_TRUE(list.has(id));
    EXPECT_EQ(ask_as("admin", "POST", "/v1/keys", R"({"user":"olga"})").member("user"), "olga");
    const Answered unknown = ask_as("admin", "POST", "/v1/keys", R"({"user":"nobody"})");
    EXPECT_EQ(unknown.status, 422U);
    EXPECT_TRUE(unknown.has(R"("pointer":"/user")"));
    EXPECT_EQ(ask_as("admin", "DELETE", "/v1/keys/ak-vera").status, 204U);
    EXPECT_TRUE(newest_audit().starts_with("admin delete key ak-vera"));
    EXPECT_EQ(ask_as("vera", "GET", "/v1/me").status, 401U) << "from now on";
    EXPECT_EQ(ask_as("admin", "DELETE", "/v1/keys/ak-vera").status, 404U);
}

TEST_F(KeyRoutesTest, refuses_what_is_wrong) {
    EXPECT_EQ(ask_as("vera", "POST", "/v1/keys", R"({"descripton":"x"})").status, 422U);
    EXPECT_EQ(ask_as("vera", "POST", "/v1/keys", "[]").status, 400U);
    EXPECT_EQ(ask_as("vera", "POST", "/v1/keys", "{\"description\":\"" + std::string(201, 'x') + "\"}").status, 422U);
    EXPECT_EQ(ask_as("vera", "POST", "/v1/keys").status, 201U) << "no body is needed";
}

TEST_F(KeyRoutesTest, a_user_has_fifty_at_most) {
    store::Accounts accounts(*database);
    for (std::size_t i = 1; i < keys_of_user_max; ++i)
        ASSERT_TRUE(accounts.add_key({.id = "k" + std::to_string(i), .user = "vera"}));
    EXPECT_EQ(ask_as("vera", "POST", "/v1/keys").status, 409U);
    EXPECT_EQ(ask_as("olga", "POST", "/v1/keys").status, 201U);
}

TEST_F(KeyRoutesTest, the_last_way_in_of_an_administrator_stays) {
    store::Accounts accounts(*database);
    ASSERT_TRUE(accounts.put_user({.name = "admin", .role = store::Role::administrator}));  // without a password
    const Answered refused = ask_as("admin", "DELETE", "/v1/keys/ak-admin");
    EXPECT_EQ(refused.status, 409U);
    EXPECT_TRUE(refused.has("locked out")) << refused.body;
    ASSERT_TRUE(accounts.put_user({.name = "other", .role = store::Role::administrator, .password_hash = hash()}));
    EXPECT_EQ(ask_as("admin", "DELETE", "/v1/keys/ak-admin").status, 204U);
}

}  // namespace
}  // namespace outflow::api
