// Workers on their threads, and what the main thread does meanwhile: signals, metrics, status line.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "app/metrics.h"
#include "app/prepare.h"
#include "app/run.h"
#include "app/signals.h"
#include "app/status.h"
#include "app/worker.h"
#include "http/server.h"
#include "net/event_loop.h"
#include "net/timer.h"
#include "platform/log.h"

namespace outflow::app {

// Used once: prepare(), then run(). Belongs to the main thread.
class Runner {
public:
    // `descriptor` takes log lines and, when it is a terminal, the status line.
    Runner(const RunOptions& options, int descriptor);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    // Makes workers and listens for scrapes; connects nothing yet. Errors: those of Worker::create and
    // http::Server::listen.
    Status prepare(std::span<const PreparedTask> tasks);
    // Until a signal, or until every task has ended by itself. Returns why tasks ended by themselves, a sentence each.
    std::vector<std::string> run();

private:
    struct LoopThread {
        net::EventLoop loop;
        std::thread thread;
    };
    struct Task {
        std::unique_ptr<Worker> worker;
        LoopThread* home = nullptr;
        bool has_ended = false;    // by itself
        bool has_stopped = false;  // because it was asked to
        std::string logged_condition = "READY";
        std::uint64_t summarised = 0;  // what had moved at the last summary
    };

    Status serve();
    void on_ended(std::size_t index);
    void on_stopped(std::size_t index);
    void stop(int signal);
    void hang_up();
    void leave_when_done();
    void watch();
    void summarise();
    void log_totals(const Task& task, std::string_view sentence);
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
    std::vector<std::unique_ptr<LoopThread>> threads_;
    std::vector<Task> tasks_;  // after threads_: workers die before their loops
    bool is_stopping_ = false;
};

}  // namespace outflow::app
