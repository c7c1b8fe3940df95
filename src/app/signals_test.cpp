#include "app/signals.h"

#include <semaphore>

#include <gtest/gtest.h>
#include <unistd.h>

namespace outflow::app {
namespace {

// logrotate sends SIGHUP when it has moved a file; that used to end the program at once, with everything in flight.
TEST(Signals, a_hangup_opens_files_anew_and_ends_nothing) {
    std::counting_semaphore<> hangups(0);
    std::counting_semaphore<> stops(0);
    int stopped_by = 0;
    const Signals signals(
        [&](int signal) {
            stopped_by = signal;
            stops.release();
        },
        [&] { hangups.release(); });
    for (int i = 0; i < 2; ++i) {
        ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
        ASSERT_TRUE(hangups.try_acquire_for(std::chrono::seconds(10)));
    }
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    ASSERT_TRUE(stops.try_acquire_for(std::chrono::seconds(10)));
    EXPECT_EQ(stopped_by, SIGTERM);
}

}  // namespace
}  // namespace outflow::app
