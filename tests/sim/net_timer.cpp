// net/timer.h in a simulated world.
#include "net/timer.h"

#include <algorithm>
#include <utility>

#include "loop_access.h"
#include "process.h"
#include "world.h"

namespace outflow::net {

struct Timer::Core : std::enable_shared_from_this<Timer::Core> {
    explicit Core(EventLoop& loop) : process(LoopAccess::core(loop).process) {}

    void stop() {
        sim::World::current().cancel(alarm);
        ++starts;
        on_expired = nullptr;
    }

    sim::Process& process;
    std::function<void()> on_expired;
    sim::Alarm alarm;
    std::uint64_t starts = 0;  // the end of an earlier one means nothing
};

Timer::Timer(EventLoop& loop) : core_(std::make_shared<Core>(loop)) { ++core_->process.holdings.timers; }

Timer::~Timer() {
    cancel();
    --core_->process.holdings.timers;
}

void Timer::start(EventLoop::Clock::duration after, std::function<void()> on_expired) {
    core_->stop();
    if (core_->process.is_dead()) return;
    core_->on_expired = std::move(on_expired);
    constexpr EventLoop::Clock::duration longest = std::chrono::hours(24 * 365);
    after = std::clamp(after, EventLoop::Clock::duration::zero(), longest);
    core_->alarm = sim::World::current().after(after, [core = core_, number = core_->starts] {
        core->process.wake([core, number] {
            if (number != core->starts) return;
            const std::function<void()> function = std::exchange(core->on_expired, nullptr);
            function();
        });
    });
}

void Timer::cancel() { core_->stop(); }

bool Timer::is_running() const { return core_->on_expired != nullptr; }

}  // namespace outflow::net
