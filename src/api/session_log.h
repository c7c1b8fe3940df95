// Writes down which MQTT sessions tasks have before they can exist, and ends those that nobody wants any more, for as long as it
// takes.
//
//   TaskManager --> SessionLog --> the factory that makes workers
//                      '--> store::Sessions
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "net/event_loop.h"
#include "net/timer.h"
#include "platform/log.h"
#include "store/sessions.h"
#include "task/task_worker.h"

namespace outflow::api {

// Belongs to the control loop's thread, as the manager that uses it.
class SessionLog final : public task::WorkerFactory {
public:
    // The task of a stored session, with its secrets, to visit its broker. Errors: task_invalid.
    using Read = std::function<Result<task::TaskSpec>(const store::StoredSession& session)>;

    // All outlive it.
    SessionLog(net::EventLoop& loop, platform::Logger& log, store::Database& database, task::WorkerFactory& inner);

    // Errors: also those of the store: a session that would be forgotten by a crash is not made.
    Result<std::unique_ptr<task::TaskWorker>> make(const task::TaskSpec& spec,
                                                   std::vector<std::string> old_filters) override;
    void open_session(const task::TaskSpec& spec, std::function<void(Result<bool>)> on_done) override;
    void end_session(const task::TaskSpec& spec, std::function<void(Status)> on_done) override;

    // Looks for sessions that are to be ended now, and twice a minute from now on.
    void end_left_sessions(Read read);

private:
    struct Waiting {
        std::uint32_t failures = 0;
        net::EventLoop::Clock::time_point next{};
    };

    Status note(const task::TaskSpec& spec);
    void look();
    void end(const store::StoredSession& session);

    net::EventLoop& loop_;
    platform::Logger& log_;
    store::Sessions sessions_;
    task::WorkerFactory& inner_;
    Read read_;
    net::Timer timer_;
    std::map<std::string, Waiting> waiting_;  // by address and client id
    std::set<std::string> ending_;            // by the same: whose end is under way
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace outflow::api
