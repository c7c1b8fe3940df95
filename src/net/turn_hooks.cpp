// What runs at the end of every turn, whoever runs the turns.
#include <utility>

#include "net/event_loop.h"
#include "net/timer.h"

namespace outflow::net {

TurnHook::Entry::Entry() = default;
TurnHook::Entry::~Entry() = default;

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

// The hooks run at the end of the turn that an empty function makes.
void TurnHook::want_turn() {
    if (loop_ != nullptr) loop_->post([] {});
}

void TurnHook::want_turn_in(std::chrono::nanoseconds wait) {
    if (entry_ == nullptr) return;
    if (!entry_->alarm) entry_->alarm = std::make_unique<Timer>(*loop_);
    entry_->alarm->start(wait, [] {});
}

TurnHook EventLoop::on_turn_end(std::function<void()> hook) {
    auto entry = std::make_unique<TurnHook::Entry>();
    entry->function = std::move(hook);
    hooks_.push_back(std::move(entry));
    return TurnHook(*this, *hooks_.back());
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

}  // namespace outflow::net
