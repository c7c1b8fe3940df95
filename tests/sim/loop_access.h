// The event loop of a simulated process: what is ready to be called, in the order in which it will be.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "net/event_loop.h"
#include "random.h"

namespace outflow::sim {
class Process;
}

namespace outflow::net {

struct EventLoop::Core {
    explicit Core(sim::Process& its_process) : process(its_process) {}

    // What happens between two turns reaches a process in any order; what it posts, in the order posted.
    void wake(std::function<void()> function, sim::Random& random) {
        const std::size_t place = first_woken + random.below(ready.size() - first_woken + 1);
        ready.insert(ready.begin() + static_cast<std::ptrdiff_t>(place), std::move(function));
    }

    sim::Process& process;
    std::deque<std::function<void()>> ready;
    std::size_t first_woken = 0;  // in front of it stands what was posted, or woken before an earlier turn
    Clock::time_point rests_until{};
};

struct LoopAccess {
    static EventLoop::Core& core(EventLoop& loop) { return *loop.core_; }
    static void run_turn(EventLoop& loop) { loop.run_turn(); }
};

}  // namespace outflow::net
