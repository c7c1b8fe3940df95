#include "platform/process_lock.h"

#include <csignal>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace outflow::platform {
namespace {

std::string name_of_test() { return "test-" + std::to_string(::getpid()); }

TEST(ProcessLock, is_held_once_and_names_its_holder) {
    {
        const auto first = ProcessLock::take(name_of_test());
        ASSERT_TRUE(first) << first.error().context;
        for (int i = 0; i < 20; ++i) {  // however often it is asked for
            const auto second = ProcessLock::take(name_of_test());
            ASSERT_FALSE(second);
            EXPECT_EQ(second.error().code, ErrorCode::closed);
            if (i == 0) {
                EXPECT_EQ(second.error().context, "held by process " + std::to_string(::getpid()));
            }
        }
        EXPECT_TRUE(ProcessLock::take(name_of_test() + "-other"));
    }
    EXPECT_TRUE(ProcessLock::take(name_of_test()));
}

TEST(ProcessLock, ends_with_its_process_however_that_ends) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto held = ProcessLock::take(name_of_test() + "-child-of-" + std::to_string(::getppid()));
        static_cast<void>(::write(ready[1], held ? "y" : "n", 1));
        ::pause();
    }
    char is_held = '?';
    ASSERT_EQ(::read(ready[0], &is_held, 1), 1);
    EXPECT_EQ(is_held, 'y');
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    EXPECT_TRUE(ProcessLock::take("test-" + std::to_string(child) + "-child-of-" + std::to_string(::getpid())));
}

}  // namespace
}  // namespace outflow::platform
