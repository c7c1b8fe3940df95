// What a task's manager sees of a worker: one version of a task that runs, wherever it does.
//
//   manager's thread: every call and every callback;   the worker's own thread: everything else
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pipeline/pipeline.h"
#include "pipeline/source.h"
#include "platform/clock.h"
#include "task/spec.h"
#include "task/state.h"

namespace outflow::task {

// Counters of a task, consistent with each other: `received` is the sum of the outcomes, `returned` and `in_flight`.
struct TaskSnapshot {
    pipeline::LedgerCounts events;
    pipeline::RecordCounts records;
    pipeline::SinkCounts sink;
    pipeline::SourceCounts source;
    std::uint64_t returned = 0;         // in flight when a worker ended: the broker has them still, and they come again
    std::uint64_t waiting = 0;          // events that Batch Push holds
    std::uint64_t in_stages = 0;        // events that stages hold, and what was made of events there
    std::uint64_t held_back = 0;        // events that wait because of the task's rate_limit
    std::uint64_t pending_records = 0;  // not stored yet
    std::uint64_t unacknowledged = 0;
    std::uint64_t held_bytes = 0;      // memory of all that is not settled
    bool is_source_listening = false;  // connected, and would notice if it were not
    State state = State::ready;
    platform::Clock::time_point alive_at{};  // when the worker's thread said so, twice a second at least
};

// Changes whenever a message gets on.
std::uint64_t movement_of(const TaskSnapshot& snapshot);

// The totals of workers that have ended and of the one that follows them: counters add up, the rest is the last one's.
TaskSnapshot sum(const TaskSnapshot& ended, const TaskSnapshot& current);
// Of a worker that has ended: nothing is in flight any more.
TaskSnapshot ended(TaskSnapshot last);

class TaskWorker {
public:
    // Returns at once; no callback comes any more.
    virtual ~TaskWorker() = default;

    // Connects. `on_ended`: once, when it cannot go on by itself; its snapshot and condition say why.
    virtual void start(std::function<void()> on_ended) = 0;
    // Filter, mapping, batch and rate of this version are in force from the next message on; the rest of `spec` is what
    // it has already. Errors: task_invalid; then nothing has changed.
    virtual Status change(const TaskSpec& spec) = 0;
    // Takes nothing new and settles what is in flight, within `grace`. What is left stays in the session. When the
    // worker ends by itself meanwhile only on_ended comes.
    virtual void stop(std::chrono::milliseconds grace, std::function<void()> on_stopped) = 0;
    // Calls back when nothing seems to wait in its session, or after `most`. A broker may throw away what it holds for
    // a filter that is unsubscribed, so that this is the moment for it.
    virtual void await_quiet(std::chrono::milliseconds most, std::function<void()> on_quiet) = 0;
    // Unsubscribes, takes all that its session holds, and ends as with stop(). Errors: a sentence, within `limit`: the
    // session could not be emptied. The worker then goes on as before. After a stop() that comes meanwhile: closed.
    virtual void drain(std::chrono::milliseconds limit, std::function<void(Status)> on_drained) = 0;
    // Lets go of files that were moved, and opens new ones.
    virtual void reopen_files() = 0;

    virtual TaskSnapshot snapshot() const = 0;
    // State in words with its reason; never empty.
    virtual std::string condition() const = 0;
    // When what the condition complains of is tried again, if that is known.
    virtual std::optional<platform::Clock::time_point> next_try() const = 0;
};

// Makes them. Sessions are those of the MQTT brokers; every callback comes once, within a minute.
class WorkerFactory {
public:
    virtual ~WorkerFactory() = default;

    // Nothing is connected yet. `old_filters`: what the session may be subscribed to and the task does not want any
    // more. Errors: those of Worker::create, closed (the session is in use by another process).
    virtual Result<std::unique_ptr<TaskWorker>> make(const TaskSpec& spec, std::vector<std::string> old_filters) = 0;
    // Has the task's session made and subscribed, so that it keeps what comes from now on. True: there was one already.
    virtual void open_session(const TaskSpec& spec, std::function<void(Result<bool>)> on_done) = 0;
    // Has the task's session ended, with what it holds.
    virtual void end_session(const TaskSpec& spec, std::function<void(Status)> on_done) = 0;
};

}  // namespace outflow::task
