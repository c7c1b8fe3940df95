// Keeps tasks as they are wanted: makes, changes, pauses and ends their workers while the process runs.
//
//   apply, pause, resume, stop ---> [ wanted | what runs | step under way ] ---advance---> start, change, stop, drain
//                                          ^                                                     |
//                                          '------ ended, stopped, drained, session made --------'
//
// The mailbox is the loop of the manager's thread: whoever is elsewhere posts there. It knows ports, no connectors.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/log.h"
#include "task/task_worker.h"

namespace outflow::task {

struct ManagerOptions {
    std::chrono::milliseconds grace{10'000};      // for what is in flight when a worker stops
    std::chrono::milliseconds quiet_max{10'000};  // until a session that is to be ended is quiet
    std::chrono::milliseconds drain_max{30'000};  // then for what it holds
    bool leaves_sessions = false;  // one that cannot be drained is left at its broker, with what it holds
};

// What an apply() set going.
struct Applied {
    std::size_t added = 0;
    std::size_t removed = 0;
    std::size_t changed = 0;
    std::size_t unchanged = 0;
};

struct TaskView {
    std::string name;
    std::string condition;       // state in words with its reason
    TaskSnapshot snapshot;       // with the totals of the workers before
    std::string client_id = {};  // of its MQTT session
    std::optional<platform::Clock::time_point> next_try = {};
    std::uint64_t attempts = 0;  // to start it
    std::string held_at =
        {};  // the MQTT session that has to be emptied before the task can move or go; empty: none has to
};

// What whoever keeps the definitions of tasks has to know. Called in the middle of the manager's work: calls nothing of it.
struct ManagerListener {
    // False, of one that is removed persistently: it cannot be let go yet; this comes again half a minute later.
    std::function<bool(const std::string& name)> on_removed = [](const std::string&) { return true; };
    // A change or a removal; the task goes on as it was. One that is persistent is tried again by itself.
    std::function<void(const std::string& name, const std::string& reason)> on_refused = [](const auto&, const auto&) {
    };
    // By itself: `state` says how, `condition` why.
    std::function<void(const std::string& name, State state, const std::string& condition)> on_ended =
        [](const auto&, State, const auto&) {};
};

// What becomes of what the MQTT session of a task holds that is removed.
enum class Held : std::uint8_t {
    drain,    // it is delivered; a removal that cannot do so is refused
    persist,  // it is delivered; a removal that cannot do so is tried again, for as long as it takes
    discard,  // it is thrown away, with what is in flight; the removal always succeeds
    leave,    // its broker keeps it, and nobody comes for it; what is in flight is thrown away; always succeeds
};

class TaskManager {
public:
    // Both outlive it.
    TaskManager(platform::Logger& log, WorkerFactory& workers, ManagerOptions options);
    TaskManager(const TaskManager&) = delete;
    TaskManager& operator=(const TaskManager&) = delete;

    // As the first apply(), but all or none: errors are those of WorkerFactory::make, and then nothing has connected.
    Status start(std::vector<TaskSpec> tasks);
    // From now on there shall be these tasks and no others. What a task has already is not touched. A change that would
    // lose what a session holds is refused later, if it comes to that: the condition and the log say so.
    Applied apply(std::vector<TaskSpec> wanted);
    // The same for one task; the others are not touched. Held::leave: it does not wait for a session that it had elsewhere;
    // else that is emptied first.
    void put(TaskSpec spec, Held held = Held::drain);
    // Nothing happens when there is no such task.
    void remove(std::string_view name, Held held);
    // Before the first put() of a task: an earlier process has left a session that `session` describes. Of several each is
    // emptied and ended, but the one that the task wants.
    void adopt(TaskSpec session);
    void listen(ManagerListener listener) { listener_ = std::move(listener); }
    // Errors: invalid_argument: there is no such task, or its state does not allow it.
    Status pause(std::string_view name);
    Status resume(std::string_view name);
    void reopen_files();
    // Ends every worker; `on_stopped` when the last one has ended. Nothing else is taken up afterwards.
    void stop(std::chrono::milliseconds grace, std::function<void()> on_stopped);

    // To be called twice a second: logs changes of conditions, and says of a task that should move that it does not.
    void watch(platform::Clock::time_point now);
    // In the order of the last apply(). Valid texts and numbers at every time, whatever is under way.
    std::vector<TaskView> views() const;
    // No worker runs and none is about to.
    bool is_idle() const;
    // Those that have ended by themselves, or could not be made; a sentence each.
    std::vector<std::string> failures() const;

private:
    static constexpr int looks_between_tries = 60;  // of the watchdog, twice a second: of a removal that is persistent

    enum class Step : std::uint8_t {
        none,
        stopping,
        awaiting_quiet,
        opening_session,
        comparing,
        draining,
        ending_session
    };
    struct Entry {
        std::string name;
        TaskSpec spec;                     // of the worker, or of the last one
        std::optional<TaskSpec> wanted;    // none: the task is to be removed
        std::optional<TaskSpec> accepted;  // the last that was taken up: what a refusal goes back to
        bool is_paused = false;            // by a person
        bool has_ended = false;            // by itself: a change or a person starts it again
        bool has_run = false;              // `spec` is of a worker that was made
        std::uint64_t attempts = 0;        // to start one
        bool has_session = false;          // of `spec`, which may hold messages
        std::vector<TaskSpec> older;       // further sessions of the same kind
        bool discards = false;             // what that session holds, since the task was removed so
        bool leaves = false;               // that session to its broker, when it goes
        bool cannot_move = false;          // what was refused
        bool persists = false;             // its removal, which is tried again when it cannot be
        int looks_until_retry = 0;         // of the watchdog; 0: it is under way
        std::unique_ptr<TaskWorker> worker;
        Step step = Step::none;
        std::optional<TaskSpec> opened;        // whose session was made for this change
        std::uint64_t interruptions = 0;       // of the worker, before that
        int comparisons = 0;                   // of the two sessions, since
        int quiet_comparisons = 0;             // those of which at which it listened
        std::vector<std::string> old_filters;  // of the session
        TaskSnapshot ended;                    // totals of the workers before, and the state while there is none
        std::string condition = "READY";       // while there is none
        std::string refused;                   // why the last change was not taken up; empty: it was
        std::string logged_condition = "READY";
        std::uint64_t movement = 0;  // the watchdog's
        platform::Clock::time_point moved_at{};
        std::string stuck;  // empty: it is not
    };

    Entry* find(std::string_view name);
    Entry& add(std::string name);
    static void accept(Entry& entry);
    void discard(Entry& entry);
    void leave_behind(Entry& entry);
    void advance(Entry& entry);
    void advance_without_worker(Entry& entry);
    void remove_without_worker(Entry& entry);
    bool leave_old_session(Entry& entry);
    void take_up_change(Entry& entry);
    Status make_worker(Entry& entry, const TaskSpec& spec);
    void start_worker(Entry& entry, const TaskSpec& spec);
    void fail_to_start(Entry& entry, const std::string& reason);
    void stop_worker(Entry& entry, std::chrono::milliseconds grace);
    void leave_or_stop(Entry& entry);
    void leave_session(Entry& entry);
    void compare_sessions(Entry& entry);
    void drain(Entry& entry);
    void end_session(Entry& entry);
    void refuse(Entry& entry, std::string_view reason);
    void postpone(Entry& entry, std::string_view reason);
    void forget_opened(Entry& entry);
    void retire(Entry& entry, std::string condition);
    void on_ended(Entry& entry);
    void on_stopped(Entry& entry);
    void on_quiet(Entry& entry);
    void on_opened(Entry& entry, Result<bool> was_there);
    void on_drained(Entry& entry, Status status);
    void on_session_ended(Entry& entry, Status status);
    // Does it with the entry, if it is still there.
    template <class... Arguments>
    std::function<void(Arguments...)> with(const Entry& entry, void (TaskManager::*function)(Entry&, Arguments...));
    void watch(Entry& entry, platform::Clock::time_point now);
    void retry_removals();
    static std::string held_at(const Entry& entry);
    std::string condition_of(const Entry& entry) const;
    void leave_when_stopped();

    platform::Logger& log_;
    WorkerFactory& workers_;
    const ManagerOptions options_;
    std::vector<std::unique_ptr<Entry>> entries_;  // in the order of the last apply()
    ManagerListener listener_;
    std::function<void()> on_stopped_;
    bool is_stopping_ = false;
};

template <class... Arguments>
std::function<void(Arguments...)> TaskManager::with(const Entry& entry,
                                                    void (TaskManager::*function)(Entry&, Arguments...)) {
    return [this, name = entry.name, function](Arguments... arguments) {
        if (Entry* found = find(name)) (this->*function)(*found, std::move(arguments)...);
    };
}

}  // namespace outflow::task
