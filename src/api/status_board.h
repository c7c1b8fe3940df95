// How the tasks are, in words and numbers, as clients see it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/registry.h"
#include "task/task_manager.h"

namespace outflow::api {

struct TaskStatus {
    task::State state = task::State::ready;
    std::string reason;            // a clause; empty: there is nothing to say
    std::string remedy;            // what a person should do; empty: nothing
    std::int64_t since_ms = 0;     // Unix time at which the state was first seen, or its last failure to start
    std::uint64_t attempts = 0;    // to start
    std::int64_t next_try_ms = 0;  // of what the reason complains of; 0: not known
    std::string client_id;
    task::TaskSnapshot snapshot;
};

class StatusBoard {
public:
    // Both outlive it.
    StatusBoard(const Registry& registry, const task::TaskManager& manager) : registry_(registry), manager_(manager) {}

    // Asks the manager: before answers, and some times a second, so that the times of changes are right.
    void look();
    // The tasks whose state, reason or wish has changed since the last call, or that are new or gone.
    std::set<std::string> take_changed() { return std::exchange(changed_, {}); }
    // As of the last look(); null: there is no such task.
    const TaskStatus* find(std::string_view name) const;

private:
    struct Seen {
        TaskStatus status;
        bool is_wanted = false;
        bool is_there = true;
    };

    const Registry& registry_;
    const task::TaskManager& manager_;
    std::map<std::string, Seen, std::less<>> seen_;
    std::set<std::string> changed_;
};

// The numbers of a task as a JSON object; `spooled` is there from the start.
void append_counts(std::string& out, const task::TaskSnapshot& snapshot);
// The task as a client reads it; `status` null: without one.
void append_task(std::string& out, const std::string& name, const Registry::Task& task, const TaskStatus* status);
// With the tasks that use it, of those that `sees` says yes to.
void append_instance(std::string& out, const std::string& name, const Registry::Instance& instance,
                     const std::function<bool(std::string_view task)>& sees);
// {"name":..,"enabled":..,"state":..,"reason":..,"remedy":..,"since":..}
void append_state(std::string& out, const std::string& name, const Registry::Task& task, const TaskStatus& status);

}  // namespace outflow::api
