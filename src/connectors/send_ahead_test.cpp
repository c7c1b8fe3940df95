#include <gtest/gtest.h>

#include "connectors/send_ahead.h"

namespace outflow::connectors {
namespace {

using std::chrono::milliseconds;

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
