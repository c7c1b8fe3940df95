// Runs a loop until something is true, with a limit: for tests and for orderly stops.
#pragma once

#include <chrono>
#include <functional>

#include "net/event_loop.h"
#include "net/timer.h"

namespace outflow::net {

// Runs turns until `is_done()`, asked after every turn and once before, or until `limit` has passed. Returns whether
// it is done. The loop must not be running.
inline bool run_until(EventLoop& loop, const std::function<bool()>& is_done, std::chrono::milliseconds limit) {
    if (is_done()) return true;
    bool done = false;
    Timer timer(loop);
    timer.start(limit, [&loop] { loop.stop(); });
    TurnHook hook = loop.on_turn_end([&] {
        if (done || !is_done()) return;
        done = true;
        loop.stop();
    });
    loop.run();
    return done;
}

}  // namespace outflow::net
