#include "app/signals.h"

#include <utility>

#include <pthread.h>
#include <unistd.h>

namespace outflow::app {

Signals::Signals(std::function<void(int signal)> on_stop, std::function<void()> on_hangup)
    : on_stop_(std::move(on_stop)), on_hangup_(std::move(on_hangup)) {
    sigemptyset(&watched_);
    sigaddset(&watched_, SIGINT);
    sigaddset(&watched_, SIGTERM);
    if (on_hangup_) sigaddset(&watched_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &watched_, &before_);
    thread_ = std::thread([this] { wait(); });
}

Signals::~Signals() {
    is_ending_ = true;
    pthread_kill(thread_.native_handle(), SIGTERM);  // wakes it up
    thread_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Signals::wait() {
    for (bool is_stopping = false;;) {
        int signal = 0;
        if (sigwait(&watched_, &signal) != 0 || is_ending_) return;
        if (signal == SIGHUP) {
            on_hangup_();
            continue;
        }
        if (std::exchange(is_stopping, true)) ::_exit(128 + signal);
        on_stop_(signal);
    }
}

}  // namespace outflow::app
