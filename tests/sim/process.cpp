#include "process.h"

#include <algorithm>
#include <utility>

#include "loop_access.h"

namespace outflow::sim {

namespace {
// What a turn costs: mostly nothing, now and then a hiccup.
constexpr std::chrono::microseconds turn_least{5};
constexpr std::chrono::microseconds turn_most{60};
constexpr std::chrono::milliseconds hiccup_most{30};
constexpr std::uint64_t turns_a_hiccup = 500;
}  // namespace

Process::Process(World& world, Host& host)
    : world_(world),
      host_(host),
      number_(1'000 + ++host.lives),
      random_(world.seed(), host.name, static_cast<std::uint64_t>(host.lives)) {
    const World::As as(*this);
    loop_ = std::make_unique<net::EventLoop>();
    world_.add(*this);
}

Process::~Process() {
    if (!is_dead_) kill(false);
    world_.remove(*this);
    const World::As as(*this);
    loop_.reset();
}

void Process::kill(bool loses_power) {
    is_dead_ = true;
    world_.network().process_ends(*this, loses_power);
    host_.disk.process_ends(*this);
    if (!loses_power) return;
    host_.is_down = true;
    host_.disk.lose_power(random_);
}

void Process::wake(std::function<void()> function) {
    if (!is_dead_) net::LoopAccess::core(*loop_).wake(std::move(function), random_);
}

std::optional<TimePoint> Process::next_turn() const {
    const auto& core = net::LoopAccess::core(*loop_);
    if (is_dead_ || is_paused_ || core.ready.empty()) return std::nullopt;
    return std::max(busy_until_, core.rests_until);
}

void Process::run_turn() {
    const World::As as(*this);
    net::LoopAccess::run_turn(*loop_);
    spend(random_.between(turn_least, turn_most));
    if (random_.one_in(turns_a_hiccup)) spend(random_.between(turn_least, std::chrono::microseconds(hiccup_most)));
}

void Process::spend(Duration time) { busy_until_ = std::max(busy_until_, world_.now()) + time; }

}  // namespace outflow::sim
