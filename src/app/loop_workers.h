// Workers on loops in threads of their own, for a manager on another: what its calls and callbacks cross.
//
//   manager's thread: TaskManager --> LoopWorker ===post===> Worker     loop 1..N
//                          ^-------------- post =====================-'
#pragma once

#include <list>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/make_connectors.h"
#include "app/worker.h"
#include "task/task_worker.h"

namespace outflow::app {

class LoopWorker;

class LoopWorkers final : public task::WorkerFactory {
public:
    // What is held as long as a worker lives, so that no other process has its session; null: nothing is. Errors:
    // closed.
    using Guard = std::function<Result<std::shared_ptr<void>>(const task::TaskSpec& spec)>;

    // All outlive it. `homes`, which run whenever something is called here: a new worker goes to the one that has the
    // fewest. One of them may be `loop`, the manager's own.
    // `memory_bytes_max`: of all workers together, shared evenly, 8 MiB each at least; 0: WorkerSettings alone counts.
    LoopWorkers(net::EventLoop& loop, std::vector<net::EventLoop*> homes, platform::Logger& log,
                WorkerSettings settings, Guard guard, std::size_t memory_bytes_max = 0);

    // Waits for its loop, which may be in the middle of a turn. Errors: also timeout, when that takes longer than it
    // should; closed: there is no memory for one more.
    Result<std::unique_ptr<task::TaskWorker>> make(const task::TaskSpec& spec,
                                                   std::vector<std::string> old_filters) override;
    void open_session(const task::TaskSpec& spec, std::function<void(Result<bool>)> on_done) override;
    void end_session(const task::TaskSpec& spec, std::function<void(Status)> on_done) override;

private:
    friend class LoopWorker;
    struct Home {
        net::EventLoop* loop;
        std::size_t workers = 0;
    };
    void visit(const task::TaskSpec& spec, connectors::SessionVisit::Purpose purpose,
               std::function<void(Result<bool>)> on_done);
    Status run_on(net::EventLoop& loop, std::function<void()> function);
    std::size_t share_of(std::size_t workers) const;
    void share_memory();
    void share_memory_soon();

    net::EventLoop& loop_;
    platform::Logger& log_;
    const WorkerSettings settings_;
    const Guard guard_;
    const std::size_t memory_bytes_max_;
    std::vector<Home> homes_;
    std::set<LoopWorker*> workers_;  // those that there are
    bool shares_soon_ = false;
    std::list<std::unique_ptr<connectors::SessionVisit>> visits_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace outflow::app
