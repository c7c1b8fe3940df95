// net/event_loop.h in a simulated world: a turn is run when the world says so.
#include "net/event_loop.h"

#include <utility>

#include "base/assert.h"
#include "loop_access.h"
#include "process.h"
#include "world.h"

namespace outflow::net {

namespace {
constexpr int functions_per_turn_max = 256;
}

EventLoop::EventLoop() : core_(std::make_unique<Core>(sim::World::current().process())) {}

EventLoop::~EventLoop() { OUTFLOW_ASSERT(hooks_.empty()); }

// For code that runs a loop itself: the world goes on until somebody stops this loop.
void EventLoop::run() {
    while (!stop_asked_.exchange(false) && sim::World::current().step()) {}
}

void EventLoop::stop() { stop_asked_ = true; }

void EventLoop::run_turn() {
    for (int ran = 0; ran < functions_per_turn_max && !core_->ready.empty(); ++ran) {
        const std::function<void()> function = std::move(core_->ready.front());
        core_->ready.pop_front();
        if (core_->first_woken > 0) --core_->first_woken;
        function();
    }
    core_->first_woken = core_->ready.size();
    run_hooks();
    if (const std::uint64_t messages = std::exchange(read_in_turn_, 0); messages > 0) {
        rest_after_turn(pace_.after_turn(messages, now()));
    }
    const auto period = std::exchange(rest_, std::chrono::microseconds(0));
    if (!std::exchange(rest_is_skipped_, false) && period.count() > 0) rest(period);
}

void EventLoop::rest(std::chrono::microseconds period) {
    core_->rests_until = now() + (period - now().time_since_epoch() % period);
}

void EventLoop::post(std::function<void()> function) { core_->ready.push_back(std::move(function)); }

EventLoop::Clock::time_point EventLoop::now() { return Clock::now(); }

}  // namespace outflow::net
