#include "api/login_delays.h"

#include <gtest/gtest.h>

namespace outflow::api {
namespace {

using namespace std::chrono_literals;

class LoginDelaysTest : public ::testing::Test {
protected:
    LoginDelays delays;
    LoginDelays::Time now = LoginDelays::Time() + 100h;
};

TEST_F(LoginDelaysTest, waits_double_from_the_fifth_failure) {
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(delays.wait("ann", "a", now), 0s);
        delays.begin("ann", "a", now);
    }
    for (const std::chrono::seconds expected : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s}) {
        EXPECT_EQ(delays.wait("ann", "a", now), 0s);
        delays.begin("ann", "a", now);
        EXPECT_EQ(delays.wait("ann", "a", now), expected);
        EXPECT_EQ(delays.wait("ann", "a", now + expected - 1ms), 1s);
        now += expected;
    }
}

TEST_F(LoginDelaysTest, names_and_addresses_count_by_themselves) {
    for (int i = 0; i < 5; ++i) delays.begin("ann", std::to_string(i), now);
    EXPECT_EQ(delays.wait("ann", "new", now), 1s);
    EXPECT_EQ(delays.wait("bob", "0", now), 0s);
    for (int i = 0; i < 5; ++i) delays.begin("bob" + std::to_string(i), "b", now);
    EXPECT_EQ(delays.wait("new", "b", now), 1s);
    EXPECT_EQ(delays.wait("bob0", "new", now), 0s);
}

TEST_F(LoginDelaysTest, a_success_frees_the_name_and_one_attempt_of_the_address) {
    for (int i = 0; i < 4; ++i) delays.begin("ann", "a", now);
    delays.begin("own", "a", now);
    delays.succeed("own", "a");
    EXPECT_EQ(delays.wait("ann", "a", now), 0s);
    delays.begin("ann", "a", now);
    EXPECT_EQ(delays.wait("other", "a", now), 1s) << "an account of his own does not help him";
    delays.succeed("ann", "b");
    EXPECT_EQ(delays.wait("ann", "new", now), 0s);
    delays.succeed("nobody", "nowhere");
}

TEST_F(LoginDelaysTest, failures_are_forgotten) {
    for (int i = 0; i < 20; ++i) delays.begin("ann", "a", now);
    now += 30min;
    delays.begin("ann", "a", now);
    EXPECT_EQ(delays.wait("ann", "a", now), 0s);
}

TEST_F(LoginDelaysTest, the_tables_are_bounded) {
    for (int i = 0; i < 5; ++i) delays.begin("victim", "v", now + 1s);
    delays.begin("oldest", "o", now);
    for (std::size_t i = 0; i < LoginDelays::entries_max + 10; ++i)
        delays.begin("name" + std::to_string(i), "address" + std::to_string(i), now + 2s);
    EXPECT_EQ(delays.size(), 2 * LoginDelays::entries_max);
}

}  // namespace
}  // namespace outflow::api
