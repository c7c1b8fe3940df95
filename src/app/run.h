// `outflow run`: the tasks of files in the foreground, without any server.
//
//   main thread: signals, metrics, status line        thread 1..N: one event loop with its share of the workers
//
// What crosses threads: EventLoop::post() in both directions, Worker::snapshot() and Worker::condition().
#pragma once

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "net/endpoint.h"
#include "platform/log.h"

namespace outflow::app {

struct RunOptions {
    std::vector<std::string> files;        // one at least
    std::optional<net::Endpoint> metrics;  // where /metrics, /healthz and /status are served; port 0: any free one
    platform::LogLevel log_level = platform::LogLevel::info;
    std::chrono::seconds grace{10};  // for what is in flight when a stop is asked for
    unsigned threads = 0;            // 0: one for each task, at most one for each core
    bool watches_files = false;      // changed files are taken up while it runs; without, after a SIGHUP
    bool leaves_sessions = false;    // see task::ManagerOptions
};

namespace exit_code {
inline constexpr int ok = 0;
inline constexpr int failed = 1;   // what was asked for did not succeed
inline constexpr int invalid = 2;  // wrong usage, or an error in a task file
}  // namespace exit_code

// Runs until SIGINT or SIGTERM, or until every task has ended by itself; a second signal ends the process at once.
// Log lines go to `err`, as does the status line when it is a terminal. Returns an exit_code.
int run_tasks(const RunOptions& options, std::FILE* err);

}  // namespace outflow::app
