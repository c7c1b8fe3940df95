#include "net/pace.h"

#include <gtest/gtest.h>

namespace outflow::net {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(Pace, an_idle_loop_waits_for_nothing) {
    Pace pace;
    Pace::TimePoint now{std::chrono::hours(1)};
    for (int i = 0; i < 100; ++i) {
        now += milliseconds(50);
        EXPECT_EQ(pace.after_turn(1, now), microseconds(0));
    }
}

TEST(Pace, under_load_reads_are_coalesced) {
    Pace pace;
    Pace::TimePoint now{std::chrono::hours(1)};
    microseconds wait{0};
    for (int i = 0; i < 100; ++i) wait = pace.after_turn(3, now += milliseconds(2));
    EXPECT_EQ(wait, microseconds(1'000));
    for (int i = 0; i < 100; ++i) wait = pace.after_turn(100, now += milliseconds(2));
    EXPECT_EQ(wait, microseconds(2'000));
}

TEST(Pace, the_first_message_after_a_pause_is_followed_by_an_immediate_read) {
    Pace pace;
    Pace::TimePoint now{std::chrono::hours(1)};
    for (int i = 0; i < 100; ++i) pace.after_turn(100, now += milliseconds(1));
    EXPECT_EQ(pace.after_turn(1, now += std::chrono::seconds(10)), microseconds(0));
}

}  // namespace
}  // namespace outflow::net
