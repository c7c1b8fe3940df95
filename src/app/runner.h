// Tasks of files on their threads, and what the main thread does meanwhile: signals, changed files, metrics, status
// line.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/loop_workers.h"
#include "app/metrics.h"
#include "app/run.h"
#include "app/signals.h"
#include "app/status.h"
#include "app/worker_threads.h"
#include "http/server.h"
#include "net/event_loop.h"
#include "net/timer.h"
#include "platform/log.h"
#include "task/load.h"
#include "task/task_manager.h"

namespace outflow::app {

// Used once: prepare(), then run(). Belongs to the main thread.
class Runner {
public:
    // `descriptor` takes log lines and, when it is a terminal, the status line.
    Runner(const RunOptions& options, int descriptor);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    // Makes threads and listens for scrapes; `secret_files` are watched, too. Errors: those of http::Server::listen.
    Status prepare(std::size_t tasks, std::vector<std::string> secret_files);
    // Runs the tasks until a signal; without `watches_files` also until every task has ended by itself. Returns why
    // tasks ended by themselves, a sentence each. Errors: those of WorkerFactory::make; then nothing has connected.
    Result<std::vector<std::string>> run(std::vector<task::TaskSpec> tasks);

private:
    using FileStamps = std::map<std::string, std::string>;  // by path
    Result<std::shared_ptr<void>> guard_session(const task::TaskSpec& spec);
    Status serve();
    void stop(int signal);
    void hang_up();
    void leave_when_done();
    void watch();
    void watch_files();
    void reload();
    FileStamps stamp_files() const;
    void watch_secrets(std::vector<std::string> files);
    void summarise();
    void log_totals(const TaskView& task, std::string_view sentence);
    std::vector<TaskView> views() const;

    const RunOptions options_;
    const int descriptor_;
    const bool is_terminal_;
    platform::Logger log_;
    net::EventLoop loop_;
    http::Server server_;
    net::Timer watch_timer_;
    net::Timer summary_timer_;
    RateMeter rates_;
    WorkerThreads threads_;
    std::unique_ptr<LoopWorkers> workers_;        // after threads_
    std::unique_ptr<task::TaskManager> manager_;  // after workers_, whose loops run as long as there is one
    std::vector<std::string> secret_files_;       // of the tasks
    FileStamps stamps_;                           // of the files as they were read
    FileStamps next_stamps_;                      // of the files at the last look: read when they have come to rest
    std::map<std::string, std::uint64_t> summarised_;  // by task: what had moved at the last summary
    bool is_stopping_ = false;
};

}  // namespace outflow::app
