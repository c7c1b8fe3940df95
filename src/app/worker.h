// One running task: source, pipeline, sink and dead letters on one event loop, and what others may know about it.
//
//   thread of the loop: everything;  other threads: snapshot(), condition(), next_try()
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "app/make_connectors.h"
#include "net/event_loop.h"
#include "net/timer.h"
#include "pipeline/pipeline.h"
#include "platform/clock.h"
#include "platform/log.h"
#include "platform/snapshot.h"
#include "task/task_worker.h"
#include "transform/program.h"

namespace outflow::app {

using task::TaskSnapshot;

class Worker {
public:
    // Errors: task_invalid, file_error (the dead-letter file), invalid_argument. Nothing is connected yet.
    static Result<std::unique_ptr<Worker>> create(net::EventLoop& loop, platform::Logger& log,
                                                  const task::TaskSpec& spec, const WorkerSettings& settings);

    // Connects. `on_end` is called once, from the loop, when the task cannot go on by itself: after an event that
    // cannot be delivered only when what stands in front of it is settled and acknowledged, or the grace period is
    // over.
    void start(std::function<void()> on_end);
    // Filter, mapping, batch and rate of this version are in force from the next message on. Errors: task_invalid.
    Status change(const task::TaskSpec& spec);
    // As pipeline::Source::await_quiet.
    void await_quiet(std::chrono::milliseconds most, std::function<void()> on_quiet) {
        source_->await_quiet(most, std::move(on_quiet));
    }
    // As pipeline::Source::drain; the worker is at its end then.
    void drain(std::chrono::milliseconds limit, std::function<void(Status)> on_drained);
    // Takes nothing new, settles what is in flight within `grace`, leaves the broker; then `on_stopped`.
    void stop(std::chrono::milliseconds grace, std::function<void()> on_stopped);

    // Lets go of files that were moved, and opens new ones.
    void reopen_files();
    // Of all that it holds for events that are not settled.
    void limit_memory(std::size_t bytes_max) { memory_.limit(bytes_max); }

    // Any thread.
    TaskSnapshot snapshot() const { return snapshot_.read(); }
    // State in words with its reason; never empty.
    std::string condition() const;
    // When what the condition complains of is tried again, if that is known.
    std::optional<platform::Clock::time_point> next_try() const;

private:
    Worker(net::EventLoop& loop, platform::Logger& log, std::string name, const WorkerSettings& settings);
    void turn();
    void publish();
    void set_state(task::State state, std::string reason);
    void watch_state();
    void fail(pipeline::Stop stop, std::string_view reason);
    void finish_failing();
    void finish_stop();
    void leave(std::function<void()> on_left);
    void end(std::string reason);
    std::string describe(std::optional<platform::Clock::time_point>& next_try) const;

    net::EventLoop& loop_;
    platform::Logger& log_;
    const std::string name_;
    const std::string id_prefix_;       // of events: unique over restarts, with their number
    event::MemoryBudget memory_;        // before all that counts in it
    event::ChunkPool chunks_{memory_};  // before all that may hold a chunk to its end
    std::unique_ptr<pipeline::DeadLetters> dead_letters_;
    std::unique_ptr<pipeline::Sink> sink_;
    std::unique_ptr<pipeline::Pipeline> pipeline_;
    std::unique_ptr<pipeline::Source> source_;
    net::TurnHook hook_;
    net::Timer watch_timer_;
    net::Timer grace_timer_;
    std::chrono::milliseconds grace_;
    std::function<void()> on_end_;
    std::function<void()> on_stopped_;
    task::State state_ = task::State::ready;
    std::string stop_reason_;
    bool stopping_ = false;
    bool failing_ = false;  // it ends by itself as soon as the sink holds nothing any more
    platform::Snapshot<TaskSnapshot> snapshot_;
    mutable std::mutex condition_mutex_;  // guards what is below
    std::string condition_ = "READY";
    std::optional<platform::Clock::time_point> next_try_;
};

}  // namespace outflow::app
