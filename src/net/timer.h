// One deadline on an event loop.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "net/event_loop.h"

namespace outflow::net {

// Starting again and cancelling are cheap: a wait for an earlier time that is already under way is kept and continued
// when it ends. A function object of up to two pointers needs no allocation.
// The function may start, cancel or destroy its own timer.
class Timer {
public:
    explicit Timer(EventLoop& loop);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    // Calls `on_expired` once, from the loop, not before `after` has passed. Replaces what was started before.
    void start(EventLoop::Clock::duration after, std::function<void()> on_expired);
    // After it `on_expired` is not called. May be called at any time.
    void cancel();
    bool is_running() const;

private:
    struct Core;
    std::shared_ptr<Core> core_;  // shared with the wait that is under way, which may end after the timer
};

}  // namespace outflow::net
