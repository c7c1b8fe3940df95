#include <gtest/gtest.h>

#include "connectors/read_pace.h"
#include "connectors/send_ahead.h"

namespace outflow::connectors {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(ReadPace, an_idle_source_waits_for_nothing) {
    ReadPace pace;
    ReadPace::TimePoint now{std::chrono::hours(1)};
    for (int i = 0; i < 100; ++i) {
        now += milliseconds(50);
        EXPECT_EQ(pace.after_read(1, now), microseconds(0));
    }
}

TEST(ReadPace, under_load_reads_are_coalesced) {
    ReadPace pace;
    ReadPace::TimePoint now{std::chrono::hours(1)};
    microseconds wait{0};
    for (int i = 0; i < 100; ++i) wait = pace.after_read(5, now += milliseconds(1));
    EXPECT_EQ(wait, microseconds(1'000));
    for (int i = 0; i < 100; ++i) wait = pace.after_read(100, now += milliseconds(2));
    EXPECT_EQ(wait, microseconds(2'000));
}

TEST(ReadPace, the_first_message_after_a_pause_is_followed_by_an_immediate_read) {
    ReadPace pace;
    ReadPace::TimePoint now{std::chrono::hours(1)};
    for (int i = 0; i < 100; ++i) pace.after_read(100, now += milliseconds(1));
    EXPECT_EQ(pace.after_read(1, now += std::chrono::seconds(10)), microseconds(0));
}

void round(SendAhead& ahead, std::size_t count, SendAhead::TimePoint& now, milliseconds until_refill) {
    now += until_refill;
    ahead.on_read(count, now);
    now += milliseconds(1);
    ahead.on_acknowledged(0, now);
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

}  // namespace
}  // namespace outflow::connectors
