#include "net/event_loop.h"

#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "base/assert.h"
#include "net/loop_access.h"

namespace outflow::net {
namespace {

constexpr int functions_per_turn_max = 256;

}  // namespace

struct EventLoop::Core {
    boost::asio::io_context context{1};  // one thread runs it; others may post
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stays{context.get_executor()};
};

EventLoop::EventLoop() : core_(std::make_unique<Core>()) {}

EventLoop::~EventLoop() { OUTFLOW_ASSERT(hooks_.empty()); }

void EventLoop::run() {
    OUTFLOW_ASSERT(!is_running_);
    is_running_ = true;
    while (!stop_asked_.exchange(false, std::memory_order_acq_rel)) run_turn();
    is_running_ = false;
}

void EventLoop::run_turn() {
    now_is_known_ = false;
    int first = 0;
    const auto period = std::exchange(rest_, std::chrono::microseconds(0));
    if (!std::exchange(rest_is_skipped_, false) && period.count() > 0) {
        rest(period);
        first = static_cast<int>(core_->context.poll_one());
    }
    if (first == 0) core_->context.run_one();
    for (int ran = 1; ran < functions_per_turn_max; ++ran) {
        if (core_->context.poll_one() == 0) break;
    }
    run_hooks();
    if (const std::uint64_t messages = std::exchange(read_in_turn_, 0); messages > 0) {
        rest_after_turn(pace_.after_turn(messages, now()));
    }
}

// Asio is told by the kernel of everything that arrives, whether it is wanted yet or not; a thread that sleeps is not.
void EventLoop::rest(std::chrono::microseconds period) {
    Clock::time_point now = Clock::now();
    std::this_thread::sleep_until(now + (period - now.time_since_epoch() % period));
}

void EventLoop::stop() {
    stop_asked_.store(true, std::memory_order_release);
    boost::asio::post(core_->context, [] {});  // wakes it up
}

void EventLoop::post(std::function<void()> function) { boost::asio::post(core_->context, std::move(function)); }

EventLoop::Clock::time_point EventLoop::now() {
    if (!is_running_) return Clock::now();
    if (!now_is_known_) {
        now_ = Clock::now();
        now_is_known_ = true;
    }
    return now_;
}

boost::asio::io_context& LoopAccess::context(EventLoop& loop) { return loop.core_->context; }

}  // namespace outflow::net
