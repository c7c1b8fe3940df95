// Which step a task takes next. What comes of it: task_steps.cpp; what people see of it: task_views.cpp.
#include "task/task_manager.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/sentence.h"

namespace outflow::task {

TaskManager::TaskManager(platform::Logger& log, WorkerFactory& workers, ManagerOptions options)
    : log_(log), workers_(workers), options_(options) {}

TaskManager::Entry* TaskManager::find(std::string_view name) {
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [name](const auto& entry) { return entry->name == name; });
    return found == entries_.end() ? nullptr : found->get();
}

Status TaskManager::start(std::vector<TaskSpec> tasks) {
    for (TaskSpec& task : tasks) {
        auto entry = std::make_unique<Entry>();
        entry->name = task.definition.name;
        entry->wanted = std::move(task);
        Status made;
        entry->accepted = entry->wanted;
        if (entry->wanted->definition.enabled) made = make_worker(*entry, *entry->wanted);
        entries_.push_back(std::move(entry));
        if (made) continue;
        entries_.clear();
        return made;
    }
    for (const auto& entry : entries_) {
        if (entry->worker) entry->worker->start(with(*entry, &TaskManager::on_ended));
        else advance(*entry);
    }
    return {};
}

Applied TaskManager::apply(std::vector<TaskSpec> wanted) {
    Applied applied;
    std::vector<std::unique_ptr<Entry>> before = std::exchange(entries_, {});
    for (TaskSpec& spec : wanted) {
        const auto found = std::find_if(before.begin(), before.end(), [&spec](const auto& entry) {
            return entry && entry->name == spec.definition.name;
        });
        if (found == before.end()) {
            ++applied.added;
            add(spec.definition.name);
        } else {
            const std::optional<TaskSpec>& last = (*found)->wanted;
            ++(last && compare(*last, spec) == Change::none ? applied.unchanged : applied.changed);
            entries_.push_back(std::move(*found));
        }
        entries_.back()->wanted = std::move(spec);
    }
    for (auto& entry : before) {
        if (!entry) continue;
        if (std::exchange(entry->wanted, std::nullopt)) ++applied.removed;
        entries_.push_back(std::move(entry));
    }
    std::vector<std::string> names;  // a step may take an entry away
    for (const auto& entry : entries_) names.push_back(entry->name);
    for (const std::string& name : names) {
        if (Entry* entry = find(name)) {
            entry->refused.clear();
            advance(*entry);
        }
    }
    return applied;
}

TaskManager::Entry& TaskManager::add(std::string name) {
    entries_.push_back(std::make_unique<Entry>());
    entries_.back()->name = std::move(name);
    return *entries_.back();
}

void TaskManager::put(TaskSpec spec, Held held) {
    Entry* found = find(spec.definition.name);
    Entry& entry = found != nullptr ? *found : add(spec.definition.name);
    entry.wanted = std::move(spec);  // behind the end of what is thrown away, if something is
    entry.refused.clear();
    entry.cannot_move = false;
    entry.looks_until_retry = 0;
    if (held == Held::leave && entry.has_run && compare(entry.spec, *entry.wanted) == Change::other_session)
        entry.leaves = true;
    const bool waits =
        entry.step == Step::awaiting_quiet || entry.step == Step::comparing || entry.step == Step::draining;
    if (entry.leaves && waits) return stop_worker(entry, options_.grace);
    advance(entry);
}

void TaskManager::remove(std::string_view name, Held held) {
    Entry* entry = find(name);
    if (entry == nullptr) return;
    entry->wanted.reset();
    entry->refused.clear();
    entry->cannot_move = false;
    entry->leaves = held == Held::leave;
    entry->discards = held == Held::discard || entry->leaves;
    entry->persists = held == Held::persist;
    entry->looks_until_retry = 0;
    // What waits for the session to be emptied waits for nothing any more.
    if (entry->discards && entry->worker && (entry->step == Step::awaiting_quiet || entry->step == Step::draining))
        return stop_worker(*entry, options_.grace);
    advance(*entry);
}

void TaskManager::adopt(TaskSpec session) {
    if (Entry* found = find(session.definition.name)) return found->older.push_back(std::move(session));
    Entry& entry = add(session.definition.name);
    entry.spec = std::move(session);
    entry.has_run = entry.has_session = true;
    entry.ended.state = State::paused;
    entry.condition = "PAUSED: by request";
}

Status TaskManager::pause(std::string_view name) {
    Entry* entry = find(name);
    if (entry == nullptr) return failed(ErrorCode::invalid_argument, fmt::format("There is no task {}.", name));
    const State state = entry->worker ? entry->worker->snapshot().state : entry->ended.state;
    if (!next_state(state, StateEvent::pause)) {
        return failed(ErrorCode::invalid_argument,
                      fmt::format("Task {} is {}: only one that runs can be paused.", name, to_string(state)));
    }
    entry->is_paused = true;
    advance(*entry);
    return {};
}

Status TaskManager::resume(std::string_view name) {
    Entry* entry = find(name);
    if (entry == nullptr) return failed(ErrorCode::invalid_argument, fmt::format("There is no task {}.", name));
    if (entry->worker && !entry->is_paused) {
        return failed(ErrorCode::invalid_argument, fmt::format("Task {} runs already.", name));
    }
    entry->is_paused = entry->has_ended = false;
    advance(*entry);
    return {};
}

void TaskManager::reopen_files() {
    for (const auto& entry : entries_)
        if (entry->worker) entry->worker->reopen_files();
}

void TaskManager::stop(std::chrono::milliseconds grace, std::function<void()> on_stopped) {
    is_stopping_ = true;
    on_stopped_ = std::move(on_stopped);
    for (const auto& entry : entries_)
        if (entry->worker && entry->step != Step::stopping) stop_worker(*entry, grace);
    leave_when_stopped();
}

void TaskManager::leave_when_stopped() {
    const bool is_done =
        std::none_of(entries_.begin(), entries_.end(), [](const auto& entry) { return entry->worker != nullptr; });
    if (is_done && on_stopped_) std::exchange(on_stopped_, nullptr)();
}

// --- what comes next

// May take the entry away.
void TaskManager::advance(Entry& entry) {
    if (is_stopping_) return leave_when_stopped();
    if (entry.step != Step::none || entry.looks_until_retry > 0) return;  // their end calls here again
    if (entry.discards) return discard(entry);
    if (entry.leaves) return leave_behind(entry);
    if (!entry.worker) return advance_without_worker(entry);
    if (!entry.wanted) return leave_or_stop(entry);
    if (!entry.is_paused && entry.wanted->definition.enabled) return take_up_change(entry);
    accept(entry);
    stop_worker(entry, options_.grace);
}

// A change of the session is taken up when that was left, not before: a refusal goes back to what there is.
void TaskManager::accept(Entry& entry) {
    if (!entry.has_session || compare(entry.spec, *entry.wanted) != Change::other_session)
        entry.accepted = entry.wanted;
}

// The worker, then its sessions, then what is left of the task; who has come in its place begins anew.
void TaskManager::discard(Entry& entry) {
    if (entry.worker) return stop_worker(entry, options_.grace);
    if (entry.has_session && !entry.leaves) return end_session(entry);
    if (std::exchange(entry.leaves, false)) {
        entry.older.clear();
        entry.opened.reset();
    }
    entry.discards = entry.has_session = entry.has_run = entry.has_ended = false;
    entry.accepted.reset();
    entry.ended.state = State::ready;
    if (!entry.wanted) return remove_without_worker(entry);
    advance(entry);
}

// Its old session is its broker's. What it has elsewhere by now is its own.
void TaskManager::leave_behind(Entry& entry) {
    if (entry.worker) return stop_worker(entry, options_.grace);
    log_.warn("The MQTT session that the task had stays at its broker, with what it holds.",
              {{"task", entry.name}, {"client_id", entry.spec.client_id}, {"broker", session_address(entry.spec)}});
    entry.leaves = entry.has_session = entry.has_run = entry.has_ended = false;
    entry.older.clear();
    entry.old_filters.clear();
    if (entry.opened) {
        entry.spec = *std::exchange(entry.opened, std::nullopt);
        entry.has_session = entry.has_run = true;
    }
    advance(entry);
}

void TaskManager::advance_without_worker(Entry& entry) {
    if (!entry.wanted) return remove_without_worker(entry);
    if (entry.is_paused || !entry.wanted->definition.enabled) {
        accept(entry);
        if (entry.ended.state == State::starting_failed || entry.ended.state == State::running_failed) {
            entry.ended.state = entry.has_run ? State::paused : State::ready;
            entry.condition = std::string(to_string(entry.ended.state)) + ": it is not enabled";
            entry.has_ended = false;
        }
        if (!entry.has_run) {
            entry.spec = *entry.wanted;
            entry.condition = "READY: it is not enabled";
        }
        return;
    }
    // Its session is left alone until the task can be had whole.
    if (!entry.wanted->cannot_start.empty()) return fail_to_start(entry, entry.wanted->cannot_start);
    const Change change = compare(entry.spec, *entry.wanted);
    if (entry.has_ended && change == Change::none) return;
    if (change == Change::other_session && leave_old_session(entry)) return;
    take_up_change(entry);
}

void TaskManager::remove_without_worker(Entry& entry) {
    if (leave_old_session(entry)) return;
    if (entry.has_run && !entry.has_session) {
        log_.info("Task was removed. It had not connected: a session that an earlier process left stays at its broker.",
                  {{"task", entry.name}, {"client_id", entry.spec.client_id}});
    }
    const std::string name = entry.name;
    if (entry.persists && !listener_.on_removed(name)) {
        entry.looks_until_retry = looks_between_tries;
        return;
    }
    const bool was_told = entry.persists;
    std::erase_if(entries_, [&entry](const auto& each) { return each.get() == &entry; });
    if (!was_told) listener_.on_removed(name);
}

// What the session of a task holds that does not run is delivered first: by the new version of the task, if there is
// one, which may mend what the old one failed of. False: it has none, or it is left.
bool TaskManager::leave_old_session(Entry& entry) {
    if (!entry.has_session) return false;
    if (options_.leaves_sessions) {
        log_.warn("The MQTT session that the task had stays at its broker until it expires there.",
                  {{"task", entry.name}, {"client_id", entry.spec.client_id}});
        entry.has_session = false;
        return false;
    }
    TaskSpec spec = entry.wanted.value_or(entry.spec);
    take_session(spec, entry.spec);
    start_worker(entry, spec);
    if (entry.worker) leave_session(entry);
    else refuse(entry, entry.condition);
    return true;
}

void TaskManager::take_up_change(Entry& entry) {
    const Change change = compare(entry.spec, *entry.wanted);
    if (!entry.worker) {
        if (change == Change::other_session) entry.old_filters.clear();
        // The session that was made for it is the worker's now, and nobody's to end.
        if (entry.opened && compare(*entry.opened, *entry.wanted) != Change::other_session) entry.opened.reset();
        entry.accepted = entry.wanted;
        return start_worker(entry, TaskSpec(*entry.wanted));
    }
    if (!entry.wanted->cannot_start.empty()) {
        entry.refused = fmt::format("it goes on as it was: {}", clause(entry.wanted->cannot_start));
        return;
    }
    switch (change) {
    case Change::none: entry.accepted = entry.wanted; return;
    case Change::in_place:
        if (const Status changed = entry.worker->change(*entry.wanted); !changed)
            return refuse(entry, changed.error().context);
        entry.spec = *entry.wanted;
        entry.accepted = entry.wanted;
        return;
    case Change::restart: return stop_worker(entry, options_.grace);
    case Change::other_session: return leave_or_stop(entry);
    }
}

Status TaskManager::make_worker(Entry& entry, const TaskSpec& spec) {
    const std::string filter = subscription_of(spec.definition.source);
    const std::string filter_before = subscription_of(entry.spec.definition.source);
    if (entry.has_run && filter_before != filter) entry.old_filters.push_back(filter_before);
    std::erase(entry.old_filters, filter);
    entry.spec = spec;
    auto made = workers_.make(entry.spec, entry.old_filters);
    if (!made) return failed(std::move(made).error());
    entry.worker = std::move(*made);
    entry.has_run = true;
    entry.has_ended = false;
    entry.moved_at = {};
    ++entry.attempts;
    return {};
}

void TaskManager::start_worker(Entry& entry, const TaskSpec& spec) {
    const Status made = make_worker(entry, spec);
    if (made) return entry.worker->start(with(entry, &TaskManager::on_ended));
    fail_to_start(entry, made.error().context);
}

void TaskManager::fail_to_start(Entry& entry, const std::string& reason) {
    ++entry.attempts;
    entry.has_ended = true;
    entry.ended.state = State::starting_failed;
    entry.condition = "STARTING_FAILED: " + reason;
    listener_.on_ended(entry.name, entry.ended.state, entry.condition);
    log_.error("Task does not start.", {{"task", entry.name}, {"reason", reason}});
}

void TaskManager::stop_worker(Entry& entry, std::chrono::milliseconds grace) {
    entry.step = Step::stopping;
    entry.worker->stop(grace, with(entry, &TaskManager::on_stopped));
}

// A worker that has never connected has no session to be emptied: its broker may be the wrong one.
void TaskManager::leave_or_stop(Entry& entry) {
    if (entry.has_session || entry.worker->snapshot().source.connects > 0) return leave_session(entry);
    stop_worker(entry, options_.grace);
}

void TaskManager::leave_session(Entry& entry) {
    entry.step = Step::awaiting_quiet;
    log_.info("What the MQTT session of the task holds is delivered before it is ended.",
              {{"task", entry.name}, {"client_id", entry.spec.client_id}});
    entry.worker->await_quiet(options_.quiet_max, with(entry, &TaskManager::on_quiet));
}

void TaskManager::drain(Entry& entry) {
    entry.step = Step::draining;
    entry.worker->drain(options_.drain_max, with<Status>(entry, &TaskManager::on_drained));
}

void TaskManager::end_session(Entry& entry) {
    entry.step = Step::ending_session;
    workers_.end_session(entry.spec, with<Status>(entry, &TaskManager::on_session_ended));
}

}  // namespace outflow::task
