// What people see of the tasks, and the watchdog.
#include <algorithm>

#include <fmt/format.h>

#include "base/sentence.h"
#include "task/task_manager.h"

namespace outflow::task {

namespace {

constexpr std::chrono::seconds silence_max{5};  // of a worker's thread, which says something twice a second
constexpr std::chrono::seconds standstill_max{60};

}  // namespace

void TaskManager::watch(platform::Clock::time_point now) {
    for (const auto& entry : entries_) {
        if (entry->worker && entry->step == Step::comparing) compare_sessions(*entry);
        if (entry->worker) watch(*entry, now);
        std::string condition = condition_of(*entry);
        if (condition == entry->logged_condition) continue;
        const bool has_reason = condition.starts_with("RUNNING:");
        // One that comes and goes is logged at most once in 10 seconds.
        log_.log(has_reason ? platform::LogLevel::warn : platform::LogLevel::info, "Task condition has changed.",
                 {{"task", entry->name}, {"condition", condition}}, entry->name + "/" + condition);
        entry->logged_condition = std::move(condition);
    }
    retry_removals();
}

void TaskManager::retry_removals() {
    std::vector<std::string> due;  // a step may take an entry away
    for (const auto& entry : entries_)
        if (entry->looks_until_retry > 0 && --entry->looks_until_retry == 0) due.push_back(entry->name);
    for (const std::string& name : due)
        if (Entry* entry = find(name)) advance(*entry);
}

void TaskManager::watch(Entry& entry, platform::Clock::time_point now) {
    using std::chrono::duration_cast, std::chrono::seconds;
    const TaskSnapshot snapshot = entry.worker->snapshot();
    const std::uint64_t movement = movement_of(snapshot);
    if (movement != entry.movement || snapshot.events.in_flight == 0 ||
        entry.moved_at == platform::Clock::time_point{}) {
        entry.movement = movement;
        entry.moved_at = now;
    }
    entry.stuck.clear();
    if (snapshot.alive_at != platform::Clock::time_point{} && now - snapshot.alive_at > silence_max) {
        entry.stuck = fmt::format("its thread has not answered for {} s",
                                  duration_cast<seconds>(now - snapshot.alive_at).count());
    } else if (now - entry.moved_at > standstill_max) {
        entry.stuck = fmt::format("nothing has moved for {} s, and {} messages are in flight",
                                  duration_cast<seconds>(now - entry.moved_at).count(), snapshot.events.in_flight);
    }
}

std::string TaskManager::condition_of(const Entry& entry) const {
    std::string condition = entry.worker ? entry.worker->condition() : entry.condition;
    for (const std::string& also : {entry.stuck, entry.refused}) {
        if (!also.empty()) condition += (condition.find(": ") == std::string::npos ? ": " : "; ") + also;
    }
    return condition;
}

std::string TaskManager::held_at(const Entry& entry) {
    const bool goes = !entry.wanted && !entry.discards && (entry.worker || entry.has_session);
    const bool waits = entry.step != Step::none && entry.step != Step::stopping;
    const bool moves = entry.wanted && !entry.discards && !entry.leaves &&
                       (entry.cannot_move || (waits && compare(entry.spec, *entry.wanted) == Change::other_session));
    if (!goes && !moves) return {};
    return fmt::format("client id {} at {}", entry.spec.client_id, session_address(entry.spec));
}

std::vector<TaskView> TaskManager::views() const {
    std::vector<TaskView> views;
    views.reserve(entries_.size());
    for (const auto& entry : entries_) {
        TaskView view;
        view.name = entry->name;
        view.condition = condition_of(*entry);
        view.snapshot = entry->worker ? sum(entry->ended, entry->worker->snapshot()) : entry->ended;
        view.client_id = entry->spec.client_id;
        view.attempts = entry->attempts;
        view.held_at = held_at(*entry);
        if (entry->worker) view.next_try = entry->worker->next_try();
        views.push_back(std::move(view));
    }
    return views;
}

bool TaskManager::is_idle() const {
    return std::all_of(entries_.begin(), entries_.end(),
                       [](const auto& entry) { return !entry->worker && entry->step == Step::none; });
}

std::vector<std::string> TaskManager::failures() const {
    std::vector<std::string> failures;
    for (const auto& entry : entries_) {
        if (entry->has_ended)
            failures.push_back(to_sentence(fmt::format("Task {} ended: {}", entry->name, entry->condition)));
    }
    return failures;
}

}  // namespace outflow::task
