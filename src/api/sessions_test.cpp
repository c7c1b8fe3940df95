#include "api/sessions.h"

#include <gtest/gtest.h>

namespace outflow::api {
namespace {

using namespace std::chrono_literals;

class SessionsTest : public ::testing::Test {
protected:
    Sessions sessions;
    Sessions::Time now = Sessions::Time() + 1h;
};

TEST_F(SessionsTest, ids_are_long_and_differ) {
    const Sessions::Begun first = sessions.begin("ann", now);
    const Sessions::Begun second = sessions.begin("ann", now);
    EXPECT_EQ(first.id.size(), 64U);
    EXPECT_NE(first.id, second.id);
    EXPECT_NE(first.csrf, second.csrf);
    ASSERT_NE(sessions.use(first.id, now), nullptr);
    EXPECT_EQ(sessions.use(first.id, now)->user, "ann");
    EXPECT_EQ(sessions.use(first.id, now)->csrf, first.csrf);
    EXPECT_EQ(sessions.use("", now), nullptr);
    EXPECT_EQ(sessions.use(std::string(64, '0'), now), nullptr);
    EXPECT_EQ(sessions.use(first.id + "0", now), nullptr);
    EXPECT_EQ(sessions.use(std::string(1'000'000, '0'), now), nullptr);
}

TEST_F(SessionsTest, one_that_is_not_used_ends) {
    const std::string id = sessions.begin("ann", now).id;
    EXPECT_NE(sessions.use(id, now + 12h - 1s), nullptr);
    EXPECT_NE(sessions.use(id, now + 24h - 2s), nullptr);
    EXPECT_EQ(sessions.use(id, now + 36h - 2s), nullptr);
    EXPECT_EQ(sessions.size(), 0U);
}

TEST_F(SessionsTest, who_only_watches_keeps_none) {
    const std::string id = sessions.begin("ann", now).id;
    EXPECT_NE(sessions.find(id, now + 12h - 1s), nullptr);
    EXPECT_EQ(sessions.find(id, now + 12h), nullptr);
    EXPECT_EQ(sessions.size(), 0U);
}

TEST_F(SessionsTest, one_that_is_used_ends_after_a_week) {
    const std::string id = sessions.begin("ann", now).id;
    for (auto age = 0h; age < 7 * 24h; age += 6h) EXPECT_NE(sessions.use(id, now + age), nullptr);
    EXPECT_EQ(sessions.use(id, now + 7 * 24h), nullptr);
}

TEST_F(SessionsTest, ends_what_it_is_told_to) {
    const std::string first = sessions.begin("ann", now).id;
    const std::string second = sessions.begin("ann", now).id;
    const std::string other = sessions.begin("bob", now).id;
    sessions.end_of("ann", second);
    EXPECT_EQ(sessions.use(first, now), nullptr);
    EXPECT_NE(sessions.use(second, now), nullptr);
    EXPECT_NE(sessions.use(other, now), nullptr);
    sessions.end(second);
    sessions.end("");
    EXPECT_EQ(sessions.use(second, now), nullptr);
    sessions.end_of("bob");
    EXPECT_EQ(sessions.size(), 0U);
}

TEST_F(SessionsTest, a_user_has_fifty_and_loses_the_oldest) {
    const std::string first = sessions.begin("ann", now).id;
    const std::string second = sessions.begin("ann", now + 1s).id;
    const std::string other = sessions.begin("bob", now).id;
    for (int i = 2; i < 50; ++i) sessions.begin("ann", now + 2s);
    ASSERT_NE(sessions.use(first, now + 3s), nullptr);
    sessions.begin("ann", now + 4s);
    EXPECT_NE(sessions.use(first, now + 4s), nullptr) << "it was used since";
    EXPECT_EQ(sessions.use(second, now + 4s), nullptr);
    EXPECT_NE(sessions.use(other, now + 4s), nullptr);
    EXPECT_EQ(sessions.size(), 51U);
}

TEST_F(SessionsTest, there_are_a_thousand_at_most) {
    const std::string first = sessions.begin("first", now).id;
    for (int i = 0; i < 1'100; ++i) sessions.begin("user" + std::to_string(i), now + 1s);
    EXPECT_EQ(sessions.size(), 1'000U);
    EXPECT_EQ(sessions.use(first, now + 1s), nullptr);
}

}  // namespace
}  // namespace outflow::api
