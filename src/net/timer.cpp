#include "net/timer.h"

#include <algorithm>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "net/loop_access.h"

namespace outflow::net {

using Clock = EventLoop::Clock;

struct Timer::Core : std::enable_shared_from_this<Timer::Core> {
    explicit Core(EventLoop& loop) : wait(LoopAccess::context(loop)) {}

    void arm();
    void wait_ended();

    boost::asio::steady_timer wait;
    std::function<void()> on_expired;
    Clock::time_point deadline{};
    Clock::time_point armed_until{};
    std::uint64_t arming = 0;  // number of the wait under way; the end of an earlier one means nothing
    bool is_armed = false;
    bool is_running = false;
};

void Timer::Core::arm() {
    is_armed = true;
    armed_until = deadline;
    wait.expires_at(deadline);
    wait.async_wait([self = shared_from_this(), number = ++arming](const boost::system::error_code&) {
        if (number == self->arming) self->wait_ended();
    });
}

void Timer::Core::wait_ended() {
    is_armed = false;
    if (!is_running) return;
    if (Clock::now() < deadline) return arm();
    is_running = false;
    const std::function<void()> function = std::exchange(on_expired, nullptr);
    function();
}

Timer::Timer(EventLoop& loop) : core_(std::make_shared<Core>(loop)) {}

Timer::~Timer() {
    cancel();
    ++core_->arming;
    core_->wait.cancel();
}

void Timer::start(Clock::duration after, std::function<void()> on_expired) {
    constexpr Clock::duration longest = std::chrono::hours(24 * 365);  // keeps the sum below in range
    Core& core = *core_;
    core.on_expired = std::move(on_expired);
    core.deadline = Clock::now() + std::clamp(after, Clock::duration::zero(), longest);
    core.is_running = true;
    if (!core.is_armed || core.deadline < core.armed_until) core.arm();
}

void Timer::cancel() {
    core_->is_running = false;
    core_->on_expired = nullptr;
}

bool Timer::is_running() const { return core_->is_running; }

}  // namespace outflow::net
