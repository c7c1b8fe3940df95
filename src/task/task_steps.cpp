// What comes of the steps that a task takes: workers that end, sessions that are opened, compared, emptied and ended.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/sentence.h"
#include "task/task_manager.h"

namespace outflow::task {

namespace {
constexpr int quiet_comparisons_max = 6;  // of sessions, twice a second
constexpr int comparisons_max = 60;

// Grows when the worker's connection was ended: a broker that says why is waited for longer than one that does not.
std::uint64_t interruptions_of(const TaskSnapshot& snapshot) {
    return snapshot.source.connects + snapshot.source.takeovers;
}
}  // namespace

// Of a worker that is gone.
void TaskManager::retire(Entry& entry, std::string condition) {
    TaskSnapshot last = entry.worker->snapshot();
    if (entry.discards || entry.leaves) last.events.discarded += std::exchange(last.events.in_flight, 0);
    entry.has_session = entry.has_session || last.source.connects > 0;
    entry.ended = sum(entry.ended, ended(last));
    entry.condition = std::move(condition);
    entry.worker.reset();
    entry.stuck.clear();
    entry.step = Step::none;
}

void TaskManager::on_ended(Entry& entry) {
    entry.has_ended = true;
    const bool was_leaving = entry.step != Step::none && entry.step != Step::stopping;
    retire(entry, entry.worker->condition());
    if (!entry.discards) listener_.on_ended(entry.name, entry.ended.state, entry.condition);
    if (was_leaving && !options_.leaves_sessions) return refuse(entry, entry.condition);
    forget_opened(entry);
    advance(entry);
}

void TaskManager::on_stopped(Entry& entry) {
    const bool is_paused = entry.wanted && (entry.is_paused || !entry.wanted->definition.enabled) && !is_stopping_;
    retire(entry, is_paused ? (entry.is_paused ? "PAUSED: by request" : "PAUSED: it is not enabled")
                            : entry.worker->condition());
    if (is_paused) entry.ended.state = State::paused;
    advance(entry);
}

// The new session keeps what comes from now on, before the old one gets nothing any more: no gap between them, and few
// messages that both have.
void TaskManager::on_quiet(Entry& entry) {
    if (entry.step != Step::awaiting_quiet) return;
    if (!entry.wanted) return drain(entry);
    const bool shall_run = !entry.is_paused && entry.wanted->definition.enabled && entry.wanted->cannot_start.empty();
    if (!shall_run || compare(entry.spec, *entry.wanted) != Change::other_session) {
        entry.step = Step::none;
        return advance(entry);
    }
    entry.step = Step::opening_session;
    entry.opened = entry.wanted;
    entry.interruptions = interruptions_of(entry.worker->snapshot());
    entry.comparisons = entry.quiet_comparisons = 0;
    workers_.open_session(*entry.opened, with<Result<bool>>(entry, &TaskManager::on_opened));
}

void TaskManager::on_opened(Entry& entry, Result<bool> was_there) {
    if (entry.step != Step::opening_session) return;
    entry.step = Step::none;
    if (entry.discards || entry.leaves) {
        if (!was_there) entry.opened.reset();
        return refuse(entry, {});
    }
    if (!was_there) {
        entry.opened.reset();
        return refuse(entry, "no MQTT session could be made for it: " + was_there.error().context);
    }
    if (!*was_there || entry.opened->client_id != entry.spec.client_id) return drain(entry);
    entry.step = Step::comparing;
}

// The other address may be one of the same broker: its port for TLS, another name. Then the session is the same, and to
// empty and end it would lose what comes meanwhile. A broker has no word for who it is, but it ends the connection of a
// client whose id connects a second time (MQTT 5, 3.1.4-3).
void TaskManager::compare_sessions(Entry& entry) {
    if (entry.discards) return refuse(entry, {});
    const TaskSnapshot snapshot = entry.worker->snapshot();
    if (interruptions_of(snapshot) == entry.interruptions) {
        // One that is away, or does not listen for want of memory, would not notice.
        if (snapshot.is_source_listening && ++entry.quiet_comparisons >= quiet_comparisons_max) return drain(entry);
        if (++entry.comparisons < comparisons_max) return;
        return on_drained(entry,
                          failed(ErrorCode::timeout, "whether the broker at the new address is the same cannot be "
                                                     "found out while the old connection does not work"));
    }
    log_.info("The broker has the MQTT session of the task at its new address, too: it goes on there.",
              {{"task", entry.name}, {"client_id", entry.spec.client_id}});
    take_session(entry.spec, *std::exchange(entry.opened, std::nullopt));
    stop_worker(entry, options_.grace);
}

void TaskManager::on_drained(Entry& entry, Status status) {
    if (is_stopping_ || entry.step == Step::stopping) return;  // and a stop follows
    if (status) {
        retire(entry, "READY: its old MQTT session is being ended");
        return end_session(entry);
    }
    if (options_.leaves_sessions) {
        log_.warn("The MQTT session could not be drained; it stays at the broker with what it holds.",
                  {{"task", entry.name}, {"client_id", entry.spec.client_id}, {"reason", status.error().context}});
        return stop_worker(entry, options_.grace);
    }
    entry.step = Step::none;
    // The old session got nothing for a while, so that the new one may have what nobody else has: it stays for another
    // try.
    if (entry.opened) {
        log_.warn("The MQTT session of the change that was refused stays at its broker: what came meanwhile is in it.",
                  {{"task", entry.name}, {"client_id", entry.opened->client_id}});
        entry.opened.reset();
    }
    refuse(entry, status.error().context);
}

void TaskManager::on_session_ended(Entry& entry, Status status) {
    entry.step = Step::none;
    entry.has_run = entry.has_session = false;
    if (!entry.discards) entry.leaves = false;
    entry.old_filters.clear();
    if (!status) {
        log_.warn("An MQTT session that holds nothing any more could not be ended; it stays until it expires.",
                  {{"task", entry.name}, {"client_id", entry.spec.client_id}, {"reason", status.error().context}});
    }
    const auto is_older = [&entry](const TaskSpec& spec) {
        return !entry.wanted || compare(spec, *entry.wanted) == Change::other_session;
    };
    if (const auto older = std::find_if(entry.older.begin(), entry.older.end(), is_older); older != entry.older.end()) {
        entry.spec = std::move(*older);
        entry.older.erase(older);
        // What was opened is opened again, and is there already; or it is not wanted any more, and holds what has come.
        const std::optional<TaskSpec> opened = std::exchange(entry.opened, std::nullopt);
        if (opened && is_older(*opened)) entry.older.push_back(*opened);
        entry.has_run = entry.has_session = true;
        return advance(entry);
    }
    entry.older.clear();  // the session that it wants
    if (entry.opened) {   // it holds what has come since
        entry.spec = *std::exchange(entry.opened, std::nullopt);
        entry.has_run = entry.has_session = true;
    } else if (!entry.wanted) {
        log_.info("Task was removed, and its MQTT session ended.", {{"task", entry.name}});
    }
    advance(entry);
}

// Everything stays as it was; but of a task that is thrown away nothing stays, and a persistent removal goes on later.
void TaskManager::refuse(Entry& entry, std::string_view reason) {
    if (entry.discards || entry.leaves) {
        entry.step = Step::none;
        forget_opened(entry);
        return advance(entry);
    }
    const std::string what = entry.wanted ? "The change" : "The removal";
    entry.refused = fmt::format("{} was refused: {}", what, clause(reason));
    entry.cannot_move = entry.wanted && compare(entry.spec, *entry.wanted) == Change::other_session;
    if (!entry.wanted && entry.persists) return postpone(entry, clause(reason));
    listener_.on_refused(entry.name, entry.refused);
    log_.error(
        what +
            " of a task was refused: all stays as it was; --leave-sessions, on a server held=leave, would leave its session with what "
            "it holds.",
        {{"task", entry.name}, {"reason", reason}});
    TaskSpec back = entry.accepted ? *entry.accepted : entry.spec;
    if (entry.has_session) take_session(back, entry.spec);
    if (entry.wanted) back.definition.enabled = entry.wanted->definition.enabled;
    entry.wanted = std::move(back);
    if (!entry.worker) entry.spec = *entry.wanted;
    forget_opened(entry);
    advance(entry);
}

// The worker goes on meanwhile, if there is one.
void TaskManager::postpone(Entry& entry, std::string_view reason) {
    entry.refused = fmt::format("it is tried again: {}", reason);
    entry.looks_until_retry = looks_between_tries;
    log_.warn("A task that is deleted cannot deliver yet what its MQTT session holds; it is tried again.",
              {{"task", entry.name}, {"reason", reason}}, entry.name + "/removal");
    listener_.on_refused(entry.name, std::string(reason));
    forget_opened(entry);
}

// A session that was made for nothing: somebody may have published into it.
void TaskManager::forget_opened(Entry& entry) {
    if (!entry.opened || entry.leaves) return;
    const TaskSpec opened = *std::exchange(entry.opened, std::nullopt);
    if (is_stopping_) return;
    if (opened.client_id == entry.spec.client_id) {
        log_.warn(
            "The MQTT session at the address that was refused is not ended: it may be the very session of the task.",
            {{"task", entry.name}, {"client_id", opened.client_id}});
        return;
    }
    workers_.end_session(opened, [this, name = entry.name, id = opened.client_id](const Status& status) {
        if (!status)
            log_.warn("An MQTT session that is not needed stays at its broker.",
                      {{"task", name}, {"client_id", id}, {"reason", status.error().context}});
    });
}

}  // namespace outflow::task
