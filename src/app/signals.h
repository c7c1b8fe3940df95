// SIGINT and SIGTERM as a request to stop, and SIGHUP as one to open files anew, for as long as the object lives.
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

namespace outflow::app {

// Made before all other threads, which must inherit the blocked signals. The first signal calls `on_stop`, in a thread
// of its own; the second ends the process at once with 128 and the signal's number, even if everything else hangs.
// Every SIGHUP calls `on_hangup`; without one SIGHUP does what it did before.
class Signals {
public:
    explicit Signals(std::function<void(int signal)> on_stop, std::function<void()> on_hangup = {});
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

private:
    void wait();

    std::function<void(int)> on_stop_;
    std::function<void()> on_hangup_;
    sigset_t watched_{};
    sigset_t before_{};
    std::atomic<bool> is_ending_{false};
    std::thread thread_;
};

}  // namespace outflow::app
