// Waits until a task has come to where a command wanted it.
#pragma once

#include <chrono>
#include <string>

#include "cli/remote.h"

namespace outflow::cli {

struct TaskWait {
    std::string name;
    bool is_enabled = true;    // until it is running; false: until it is not
    std::string since_before;  // its state's time before the command: a failure of that time does not count
    std::chrono::seconds limit{60};
};

// Shows each state with its reason, in place on a terminal. Returns an exit code: 1 when the task fails, is deleted, or is not
// there within the limit.
int wait_for_task(Remote& remote, const TaskWait& wait, const Streams& streams);

}  // namespace outflow::cli
