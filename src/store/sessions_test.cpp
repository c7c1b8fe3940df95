#include "store/sessions.h"

#include "store/store_rig.h"

namespace outflow::store {
namespace {

using SessionsTest = StoreTest;

TEST_F(SessionsTest, sessions_are_kept_until_they_have_ended) {
    {
        Sessions sessions(open());
        EXPECT_TRUE(sessions.all()->empty());
        ASSERT_TRUE(sessions.put({.address = "h:1883", .client_id = "a", .task = "press", .definition = "{}"}));
        ASSERT_TRUE(sessions.put({.address = "h:1884", .client_id = "a", .task = "press", .definition = "{}"}));
        ASSERT_TRUE(sessions.put({.address = "h:1883", .client_id = "b", .task = "other", .definition = "{}"}));
        ASSERT_TRUE(sessions.put({.address = "h:1883", .client_id = "a", .task = "press", .definition = "[]"}));
        EXPECT_TRUE(sessions.leave("press"));
        EXPECT_TRUE(sessions.fail("h:1883", "a", "timeout"));
        EXPECT_TRUE(sessions.fail("h:1883", "a", "connection refused"));
    }
    Sessions sessions(open());
    const std::vector<StoredSession> all = *sessions.all();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].task, "other");
    EXPECT_FALSE(all[0].is_left);
    EXPECT_EQ(all[1].definition, "[]");
    EXPECT_TRUE(all[1].is_left);
    EXPECT_EQ(all[1].attempts, 2U);
    EXPECT_EQ(all[1].last_error, "connection refused");
    EXPECT_TRUE(all[2].is_left);
    EXPECT_EQ(all[2].address, "h:1884");
    EXPECT_TRUE(sessions.remove("h:1884", "a"));
    EXPECT_TRUE(sessions.remove("h:1884", "a"));
    EXPECT_EQ(sessions.all()->size(), 2U);
}

TEST_F(SessionsTest, one_that_a_task_takes_up_again_is_left_no_more) {
    Sessions sessions(open());
    ASSERT_TRUE(sessions.put({.address = "h", .client_id = "mine", .task = "a", .definition = "{}"}));
    ASSERT_TRUE(sessions.leave("a"));
    ASSERT_TRUE(sessions.fail("h", "mine", "away"));
    ASSERT_TRUE(sessions.put({.address = "h", .client_id = "mine", .task = "b", .definition = "{}"}));
    const std::vector<StoredSession> all = *sessions.all();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].task, "b");
    EXPECT_FALSE(all[0].is_left);
    EXPECT_EQ(all[0].attempts, 0U);
    EXPECT_EQ(all[0].last_error, "");
}

}  // namespace
}  // namespace outflow::store
