#include <gtest/gtest.h>

#include "connectors/send_ahead.h"

namespace outflow::connectors {
namespace {

using std::chrono::milliseconds;

void round(SendAhead& ahead, std::size_t count, SendAhead::TimePoint& now, milliseconds until_refill) {
    now += until_refill;
    ahead.on_read(count, now);
    now += milliseconds(1);
    ahead.on_acknowledged(0, 0, now);
}

// Twenty that Batch Push's interval has pushed, and that are acknowledged.
SendAhead waited_for_twenty(SendAhead::TimePoint& now) {
    SendAhead ahead;
    ahead.on_read(20, now);
    now += milliseconds(3000);
    ahead.on_acknowledged(0, 20, now);
    EXPECT_EQ(ahead.limit(), 0u);
    return ahead;
}

TEST(SendAhead, finds_a_broker_that_sends_twenty_ahead) {
    SendAhead ahead;
    SendAhead::TimePoint now{};
    for (int i = 0; i < 30; ++i) round(ahead, 20, now, milliseconds(1));
    EXPECT_EQ(ahead.limit(), 20u);
}

TEST(SendAhead, a_varying_number_is_no_limit) {
    SendAhead ahead;
    SendAhead::TimePoint now{};
    for (std::size_t i = 0; i < 100; ++i) round(ahead, 15 + i % 7, now, milliseconds(1));
    EXPECT_EQ(ahead.limit(), 0u);
}

TEST(SendAhead, a_slow_stream_is_no_limit) {
    SendAhead ahead;
    SendAhead::TimePoint now{};
    for (int i = 0; i < 100; ++i) round(ahead, 20, now, milliseconds(500));
    EXPECT_EQ(ahead.limit(), 0u);
}

TEST(SendAhead, with_batch_push_one_round_is_enough) {
    SendAhead::TimePoint now{};
    SendAhead ahead = waited_for_twenty(now);
    now += milliseconds(5);
    ahead.on_read(19, now);
    EXPECT_EQ(ahead.limit(), 0u);
    ahead.on_read(20, now);
    EXPECT_EQ(ahead.limit(), 20u);
    ahead.on_acknowledged(0, 0, now);
    round(ahead, 3, now, milliseconds(5'000));
    EXPECT_EQ(ahead.limit(), 20u) << "that fewer come proves nothing";
    ahead.reset();
    EXPECT_EQ(ahead.limit(), 0u);
}

TEST(SendAhead, with_batch_push_a_slow_stream_is_no_limit) {
    SendAhead::TimePoint now{};
    SendAhead ahead = waited_for_twenty(now);
    for (std::size_t i = 1; i <= 20; ++i) {
        now += milliseconds(150);
        ahead.on_read(i, now);
    }
    EXPECT_EQ(ahead.limit(), 0u);
}

TEST(SendAhead, with_batch_push_it_must_be_all_that_came) {
    SendAhead::TimePoint now{};
    SendAhead ahead;
    ahead.on_read(20, now);
    now += milliseconds(3000);
    ahead.on_acknowledged(5, 15, now);
    now += milliseconds(3000);
    ahead.on_acknowledged(0, 5, now);
    ahead.on_read(20, now);
    EXPECT_EQ(ahead.limit(), 0u);
}

}  // namespace
}  // namespace outflow::connectors
