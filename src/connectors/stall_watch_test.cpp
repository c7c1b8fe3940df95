#include "connectors/stall_watch.h"

#include <gtest/gtest.h>

namespace outflow::connectors {
namespace {

constexpr std::uint16_t usual = 16'384;
constexpr std::uint16_t wide = 60'000;
constexpr std::uint16_t widest = 65'535;

TEST(StallWatch, a_quiet_topic_costs_one_connection_at_a_start_and_is_no_fault) {
    StallWatch watch;
    EXPECT_TRUE(watch.on_subscribed(true, 0));  // a new process knows of nothing that is owed
    EXPECT_EQ(watch.on_silence(usual, 0), wide);
    EXPECT_FALSE(watch.on_subscribed(true, 0));
    EXPECT_FALSE(watch.is_proven());
}

TEST(StallWatch, a_start_that_has_the_wide_one_already_has_the_widest_left) {
    StallWatch watch;
    EXPECT_TRUE(watch.on_subscribed(true, 0));
    EXPECT_EQ(watch.on_silence(wide, 0), widest);  // the process before may have had as many in flight
    EXPECT_FALSE(watch.on_subscribed(true, 0));
    EXPECT_FALSE(watch.is_proven());
}

TEST(StallWatch, a_new_session_has_nothing_to_send) {
    StallWatch watch;
    EXPECT_FALSE(watch.on_subscribed(false, 0));
}

TEST(StallWatch, a_lost_connection_may_have_taken_messages_or_acknowledgements_with_it) {
    StallWatch watch;
    EXPECT_FALSE(watch.on_subscribed(false, 0));
    watch.on_lost();
    EXPECT_TRUE(watch.on_subscribed(true, 0));
    watch.on_lost();
    EXPECT_TRUE(watch.on_subscribed(true, 0));  // the one before did not last, and nothing is known yet
    EXPECT_EQ(watch.on_silence(usual, 0), wide);
    EXPECT_FALSE(watch.on_subscribed(true, 0));
    EXPECT_FALSE(watch.is_proven());
}

TEST(StallWatch, is_ready_again_after_a_cure) {
    StallWatch watch;
    watch.on_subscribed(false, 0);
    for (int round = 0; round < 3; ++round) {
        EXPECT_TRUE(watch.on_subscribed(true, 500));
        EXPECT_EQ(watch.on_silence(usual, 500), wide);
        EXPECT_TRUE(watch.on_subscribed(true, 500));
        watch.on_message();
        EXPECT_FALSE(watch.is_proven());
    }
}

TEST(StallWatch, a_broker_that_owes_messages_and_stays_silent_is_proven) {
    StallWatch watch;
    watch.on_subscribed(true, 500);
    EXPECT_EQ(watch.on_silence(usual, 500), wide);
    EXPECT_TRUE(watch.on_subscribed(true, 500));
    EXPECT_EQ(watch.on_silence(wide, 500), widest);  // it may have been full with the wide one
    EXPECT_FALSE(watch.is_proven());
    EXPECT_TRUE(watch.on_subscribed(true, 500));
    EXPECT_EQ(watch.on_silence(widest, 500), std::nullopt);
    EXPECT_TRUE(watch.is_proven());
    watch.on_message();
    EXPECT_FALSE(watch.is_proven());
}

}  // namespace
}  // namespace outflow::connectors
