#include "connectors/session_quiet.h"

#include <gtest/gtest.h>

namespace outflow::connectors {
namespace {

using namespace std::chrono_literals;

struct Looks {
    // One look, 20 ms after the last one.
    void look(std::uint64_t messages, std::size_t unacknowledged, std::size_t window = 100, bool may_send = true) {
        now += 20ms;
        quiet.look(now, messages, unacknowledged, window, may_send);
    }

    SessionQuiet quiet;
    SessionQuiet::TimePoint now{1'000s};
};

TEST(SessionQuiet, half_a_second_without_a_message_is_quiet) {
    Looks looks;
    for (int i = 0; i < 25; ++i) looks.look(7, 0);
    EXPECT_FALSE(looks.quiet.is_quiet());
    looks.look(7, 0);
    EXPECT_TRUE(looks.quiet.is_quiet());
    looks.look(8, 0);
    EXPECT_FALSE(looks.quiet.is_quiet());
}

TEST(SessionQuiet, what_is_not_acknowledged_may_hold_up_the_broker) {
    Looks looks;
    for (int i = 0; i < 50; ++i) looks.look(7, 25);
    EXPECT_FALSE(looks.quiet.is_quiet());
    EXPECT_FALSE(looks.quiet.has_caught_up());
    for (int i = 0; i < 50; ++i) looks.look(7, 0, 100, false);  // not connected
    EXPECT_FALSE(looks.quiet.is_quiet());
    EXPECT_FALSE(looks.quiet.has_caught_up());
}

TEST(SessionQuiet, a_broker_that_could_send_more_again_and_again_has_nothing_waiting) {
    Looks looks;
    for (std::uint64_t i = 0; i < 4; ++i) looks.look(i, 24);
    EXPECT_FALSE(looks.quiet.has_caught_up());
    looks.look(4, 25);  // a quarter of its window is under way: it may be at its limit the next time
    for (std::uint64_t i = 5; i < 10; ++i) looks.look(i, 24);
    EXPECT_TRUE(looks.quiet.has_caught_up());
    EXPECT_FALSE(looks.quiet.is_quiet());
    looks.quiet.begin(looks.now);
    EXPECT_FALSE(looks.quiet.has_caught_up());
}

}  // namespace
}  // namespace outflow::connectors
