#include "api/passwords.h"

#include <chrono>
#include <optional>

#include <gtest/gtest.h>

#include "net/run_until.h"

namespace outflow::api {
namespace {

using namespace std::chrono_literals;

TEST(PasswordHashTest, only_the_password_fits) {
    const std::string hash = *hash_password(platform::Secret("correct horse"));
    EXPECT_TRUE(hash.starts_with("$argon2id$")) << hash;
    EXPECT_NE(hash, *hash_password(platform::Secret("correct horse"))) << "there is a salt";
    EXPECT_TRUE(verify_password(hash, platform::Secret("correct horse")));
    EXPECT_FALSE(verify_password(hash, platform::Secret("correct horsf")));
    EXPECT_FALSE(verify_password(hash, platform::Secret("")));
    EXPECT_FALSE(verify_password("", platform::Secret("")));
    EXPECT_FALSE(verify_password("nonsense", platform::Secret("correct horse")));
    EXPECT_FALSE(verify_password(std::string(1'000, '$'), platform::Secret("correct horse")));
}

TEST(PasswordsTest, answers_come_from_the_loop_in_order) {
    net::EventLoop loop;
    Passwords passwords(loop);
    std::string order;
    std::string hash;
    ASSERT_TRUE(passwords.hash(platform::Secret("correct horse"), [&](const Result<std::string>& made) {
        hash = *made;
        order += "hashed ";
    }));
    EXPECT_EQ(order, "") << "never within the call";
    ASSERT_TRUE(net::run_until(
        loop, [&] { return !order.empty(); }, 20s));
    ASSERT_TRUE(
        passwords.verify(hash, platform::Secret("correct horse"), [&](bool fits) { order += fits ? "right " : "? "; }));
    ASSERT_TRUE(passwords.verify(hash, platform::Secret("wrong"), [&](bool fits) { order += fits ? "? " : "wrong "; }));
    ASSERT_TRUE(passwords.verify("", platform::Secret("any"), [&](bool fits) { order += fits ? "?" : "nobody"; }));
    ASSERT_TRUE(net::run_until(
        loop, [&] { return order.ends_with("nobody"); }, 20s));
    EXPECT_EQ(order, "hashed right wrong nobody");
}

TEST(PasswordsTest, few_wait_and_the_end_waits_for_one) {
    net::EventLoop loop;
    int called = 0;
    {
        Passwords passwords(loop);
        for (std::size_t i = 0; i < Passwords::waiting_max; ++i)
            EXPECT_TRUE(passwords.verify("", platform::Secret("any"), [&](bool) { ++called; }));
        EXPECT_FALSE(passwords.verify("", platform::Secret("any"), [&](bool) { ++called; }));
        EXPECT_FALSE(passwords.hash(platform::Secret("any"), [&](const Result<std::string>&) { ++called; }));
        ASSERT_TRUE(net::run_until(
            loop, [&] { return called == 1; }, 20s));
        EXPECT_TRUE(passwords.verify("", platform::Secret("any"), [&](bool) { ++called; }));
    }
    const int before = called;
    bool is_over = false;
    loop.post([&] { is_over = true; });
    ASSERT_TRUE(net::run_until(
        loop, [&] { return is_over; }, 20s));
    EXPECT_EQ(called, before) << "what was posted before the end is not called";
}

}  // namespace
}  // namespace outflow::api
