#include "store/accounts.h"

#include <gtest/gtest.h>

#include "store/statement.h"
#include "store/store_rig.h"

namespace outflow::store {
namespace {

using AccountsTest = StoreTest;

TEST_F(AccountsTest, users_are_kept_and_changed) {
    {
        Accounts accounts(open());
        EXPECT_TRUE(accounts.users()->empty());
        EXPECT_TRUE(accounts.put_user({.name = "eve", .role = Role::administrator, .password_hash = "$argon2id$x"}));
        EXPECT_TRUE(accounts.put_user(
            {.name = "adam", .role = Role::operator_, .tasks = {"press-*", "a\"b\\\n", "温度*"}, .password_hash = ""}));
        EXPECT_TRUE(accounts.put_user({.name = "none", .tasks = {}}));
    }
    Accounts accounts(open());
    const std::vector<User> users = *accounts.users();
    ASSERT_EQ(users.size(), 3U);
    EXPECT_EQ(users[0].name, "adam");
    EXPECT_EQ(users[0].role, Role::operator_);
    EXPECT_EQ(users[0].tasks, (std::vector<std::string>{"press-*", "a\"b\\\n", "温度*"}));
    EXPECT_EQ(users[0].password_hash, "");
    EXPECT_EQ(users[1].name, "eve");
    EXPECT_EQ(users[1].role, Role::administrator);
    EXPECT_EQ(users[1].tasks, (std::vector<std::string>{"*"}));
    EXPECT_EQ(users[1].password_hash, "$argon2id$x");
    EXPECT_TRUE(is_time(users[1].created_at)) << users[1].created_at;
    EXPECT_TRUE(users[2].tasks.empty()) << "no pattern is not every pattern";
    EXPECT_EQ(users[2].role, Role::viewer);

    User changed = users[1];
    changed.role = Role::viewer;
    changed.created_at = "never";
    EXPECT_TRUE(accounts.put_user(changed));
    const auto found = accounts.find_user("eve");
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->role, Role::viewer);
    EXPECT_EQ((*found)->created_at, users[1].created_at);
    EXPECT_FALSE(accounts.find_user("EVE")->has_value());
    EXPECT_TRUE(accounts.remove_user("nobody"));
}

TEST_F(AccountsTest, keys_go_with_their_user_and_stay_when_it_changes) {
    Accounts accounts(open());
    ASSERT_TRUE(accounts.put_user({.name = "eve"}));
    ASSERT_TRUE(accounts.put_user({.name = "adam"}));
    EXPECT_TRUE(accounts.add_key({.id = "k2", .user = "eve", .description = "ci", .sealed_secret = "sealed:v1:x"}));
    EXPECT_TRUE(accounts.add_key({.id = "k1", .user = "eve"}));
    EXPECT_TRUE(accounts.add_key({.id = "k3", .user = "adam"}));
    ASSERT_TRUE(accounts.put_user({.name = "eve", .role = Role::operator_}));
    const std::vector<AccessKey> keys = *accounts.keys();
    ASSERT_EQ(keys.size(), 3U);
    EXPECT_EQ(keys[0].id, "k1");
    EXPECT_EQ(keys[1].description, "ci");
    EXPECT_EQ(keys[1].sealed_secret, "sealed:v1:x");
    EXPECT_TRUE(is_time(keys[1].created_at));

    EXPECT_TRUE(accounts.remove_user("eve"));
    EXPECT_FALSE(accounts.find_key("k1")->has_value());
    EXPECT_FALSE(accounts.find_key("k2")->has_value());
    EXPECT_EQ((*accounts.find_key("k3"))->user, "adam");
    EXPECT_TRUE(accounts.remove_key("k3"));
    EXPECT_TRUE(accounts.remove_key("k3"));
    EXPECT_TRUE(accounts.keys()->empty());
}

TEST_F(AccountsTest, a_key_needs_a_new_id_and_a_user) {
    Accounts accounts(open());
    ASSERT_TRUE(accounts.put_user({.name = "eve"}));
    ASSERT_TRUE(accounts.add_key({.id = "k1", .user = "eve", .description = "first"}));
    // Refused keys do not end the transaction around them.
    const Status done = database->transact([&]() -> Status {
        const Status taken = accounts.add_key({.id = "k1", .user = "eve", .description = "second"});
        EXPECT_EQ(taken.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ(taken.error().context, "the access key k1 exists already");
        const Status stray = accounts.add_key({.id = "k2", .user = "adam"});
        EXPECT_EQ(stray.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ(stray.error().context, "there is no user adam");
        return accounts.add_key({.id = "k3", .user = "eve"});
    });
    EXPECT_TRUE(done);
    EXPECT_EQ((*accounts.find_key("k1"))->description, "first");
    EXPECT_EQ(accounts.keys()->size(), 2U);
}

TEST_F(AccountsTest, patterns_that_cannot_be_read_show_nothing) {
    Accounts accounts(open());
    ASSERT_TRUE(accounts.put_user({.name = "eve"}));
    ASSERT_TRUE(execute(*database, "UPDATE users SET tasks = ?", "[\"*\""));
    EXPECT_TRUE((*accounts.find_user("eve"))->tasks.empty());
}

TEST(RoleTest, names_lead_there_and_back) {
    for (const Role role : {Role::viewer, Role::operator_, Role::administrator}) {
        EXPECT_EQ(parse_role(to_string(role)), role);
    }
    EXPECT_EQ(to_string(Role::operator_), "operator");
    EXPECT_FALSE(parse_role("root"));
    EXPECT_FALSE(parse_role(""));
}

}  // namespace
}  // namespace outflow::store
