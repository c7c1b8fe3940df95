#include "api/bootstrap.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "api/access.h"
#include "api/passwords.h"
#include "store/audit.h"
#include "store/store_rig.h"

namespace outflow::api {
namespace {

class BootstrapTest : public store::StoreTest {
protected:
    BootstrapTest() { open(); }
    Result<std::optional<platform::Secret>> run(std::optional<std::string> key = std::nullopt) {
        std::optional<platform::Secret> secret;
        if (key) secret.emplace(*key);
        return bootstrap(*database, vault, secret);
    }
    store::Vault vault = std::move(*store::Vault::open(path("key"), true));
};

TEST_F(BootstrapTest, makes_an_administrator_with_a_password) {
    const auto password = run();
    ASSERT_TRUE(password && *password);
    EXPECT_EQ((*password)->reveal().size(), 20U);
    const store::User user = **store::Accounts(*database).find_user("admin");
    EXPECT_EQ(user.role, store::Role::administrator);
    EXPECT_EQ(user.tasks, std::vector<std::string>{"*"});
    EXPECT_TRUE(verify_password(user.password_hash, **password));
    EXPECT_EQ(crypto_pwhash_str_needs_rehash(user.password_hash.c_str(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                             crypto_pwhash_MEMLIMIT_INTERACTIVE),
              0)
        << "a login of it takes as long as one of anybody else";
    const auto entries = store::Audit(*database).find({});
    ASSERT_EQ(entries->size(), 1U);
    EXPECT_EQ(entries->front().who, "outflow");
    EXPECT_EQ(entries->front().name, "admin");

    const auto again = run();
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->has_value()) << "there are users";
    EXPECT_FALSE(run("ci:0123456789abcdef")->has_value());
    EXPECT_TRUE(store::Accounts(*database).keys()->empty());
}

TEST_F(BootstrapTest, makes_an_administrator_with_a_key) {
    const auto password = run("ci_1-a:0123456789:bcdef");
    ASSERT_TRUE(password);
    EXPECT_FALSE(password->has_value());
    store::Accounts accounts(*database);
    EXPECT_EQ((**accounts.find_user("admin")).password_hash, "");
    Access access;
    EXPECT_EQ(access.load(accounts, vault).value_or(99), 0U);
    http::Request request;
    request.fields = {{"Authorization", "Bearer ci_1-a:0123456789:bcdef"}};
    const auto caller = access.identify(request);
    ASSERT_TRUE(caller);
    EXPECT_EQ(caller->user, "admin");
    EXPECT_TRUE(caller->may(store::Role::administrator));
}

TEST_F(BootstrapTest, refuses_a_weak_key) {
    for (const std::string& key :
         {std::string(), std::string(":"), std::string("ci"), std::string("ci:"), std::string("ci:0123456789abcde"),
          std::string(":0123456789abcdef"), std::string("c i:0123456789abcdef"), std::string("ci:0123456789abcdef "),
          std::string("ci:0123456789abcd\nf"), std::string(65, 'a') + ":0123456789abcdef",
          "ci:" + std::string(257, 'a')}) {
        const auto refused = run(key);
        ASSERT_FALSE(refused) << key;
        EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ(refused.error().context.find("0123456789"), std::string::npos) << "the secret is not told";
    }
    EXPECT_TRUE(store::Accounts(*database).users()->empty()) << "nothing is half done";
}

}  // namespace
}  // namespace outflow::api
