#include "net/event_loop.h"

#include <thread>
#include <algorithm>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "base/assert.h"
#include "net/asio_access.h"

namespace outflow::net {
namespace {

constexpr int functions_per_turn_max = 256;

}  // namespace

struct EventLoop::Core {
    boost::asio::io_context context{1};  // one thread runs it; others may post
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stays{context.get_executor()};
};

struct TurnHook::Entry {
    std::function<void()> function;
    bool is_removed = false;
};

TurnHook::TurnHook(TurnHook&& other) noexcept
    : loop_(std::exchange(other.loop_, nullptr)), entry_(std::exchange(other.entry_, nullptr)) {}

TurnHook& TurnHook::operator=(TurnHook&& other) noexcept {
    if (this == &other) return *this;
    remove();
    loop_ = std::exchange(other.loop_, nullptr);
    entry_ = std::exchange(other.entry_, nullptr);
    return *this;
}

void TurnHook::remove() {
    if (entry_ == nullptr) return;
    EventLoop* const loop = std::exchange(loop_, nullptr);
    Entry* const entry = std::exchange(entry_, nullptr);
    entry->is_removed = true;
    // While hooks run, run_hooks() erases: the function that removes itself must not be destroyed under its own feet.
    if (!loop->hooks_are_running_) std::erase_if(loop->hooks_, [](const auto& hook) { return hook->is_removed; });
}

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

void EventLoop::run_hooks() {
    if (hooks_.empty()) return;
    hooks_are_running_ = true;
    const std::size_t count = hooks_.size();  // those added by a hook run from the next turn on
    for (std::size_t i = 0; i < count; ++i) {
        TurnHook::Entry& hook = *hooks_[i];
        if (!hook.is_removed) hook.function();
    }
    hooks_are_running_ = false;
    std::erase_if(hooks_, [](const auto& hook) { return hook->is_removed; });
}

void EventLoop::stop() {
    stop_asked_.store(true, std::memory_order_release);
    boost::asio::post(core_->context, [] {});  // wakes it up
}

void EventLoop::post(std::function<void()> function) { boost::asio::post(core_->context, std::move(function)); }

TurnHook EventLoop::on_turn_end(std::function<void()> hook) {
    auto entry = std::make_unique<TurnHook::Entry>();
    entry->function = std::move(hook);
    hooks_.push_back(std::move(entry));
    return TurnHook(*this, *hooks_.back());
}

EventLoop::Clock::time_point EventLoop::now() {
    if (!is_running_) return Clock::now();
    if (!now_is_known_) {
        now_ = Clock::now();
        now_is_known_ = true;
    }
    return now_;
}

boost::asio::io_context& AsioAccess::context(EventLoop& loop) { return loop.core_->context; }

}  // namespace outflow::net
