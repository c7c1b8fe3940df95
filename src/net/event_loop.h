// One thread's event loop. Asio is behind it and shows in no header but net's own loop_access.h and dialer.h.
//
//   turn:  wait until something is ready -> run what is ready (at most 256 functions) -> run the turn-end hooks
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "net/pace.h"
#include "platform/clock.h"

namespace outflow::net {

class EventLoop;
class Timer;

// Keeps a function registered at the end of every turn, as long as it lives. Dies before its loop.
class [[nodiscard]] TurnHook {
public:
    TurnHook() = default;
    TurnHook(TurnHook&& other) noexcept;
    TurnHook& operator=(TurnHook&& other) noexcept;
    ~TurnHook() { remove(); }

    void remove();  // also from within the function itself; may be called twice
    // A turn follows, though nothing is ready.
    void want_turn();
    // A turn begins after `wait` at the latest, though nothing is ready. Replaces what was asked for before.
    void want_turn_in(std::chrono::nanoseconds wait);

private:
    friend class EventLoop;
    struct Entry {
        Entry();
        ~Entry();
        std::function<void()> function;
        std::unique_ptr<Timer> alarm;  // null: no turn was asked for
        bool is_removed = false;
    };
    TurnHook(EventLoop& loop, Entry& entry) : loop_(&loop), entry_(&entry) {}

    EventLoop* loop_ = nullptr;
    Entry* entry_ = nullptr;
};

// Everything but stop() and post() belongs to the thread that calls run() (before and after run: to the owner's).
// Outlives the timers, connections and hooks made with it. While nothing happens it sleeps without waking up.
class EventLoop {
public:
    using Clock = platform::Clock;

    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // Runs turns until stop(). May be called again afterwards; what was not run yet is then run.
    void run();
    // Any thread. Ends run() after the current turn; without a run() going on, the next one returns at once.
    void stop();
    // Any thread. Runs `function` on the loop's thread, in the order posted, never within this call.
    void post(std::function<void()> function);
    // Runs `hook` at the end of every turn, hooks in the order of registration.
    TurnHook on_turn_end(std::function<void()> hook);

    // So many messages were read in this turn. When many come a second, the next turn begins a little later (pace.h),
    // so that it finds more to do at once.
    void count_read(std::uint64_t messages) { read_in_turn_ += messages; }
    // The next turn begins at the next full `period` (at most a few ms) of the clock, whatever is ready before. Several
    // requests in a turn: the longest counts.
    void rest_after_turn(std::chrono::microseconds period) { rest_ = std::max(rest_, period); }
    // There is more to do already than one turn takes: no rest after this turn, whoever asked for one.
    void skip_rest() { rest_is_skipped_ = true; }

    // The time as of this turn: read once per turn, when first asked for. Outside of run(): now.
    Clock::time_point now();

private:
    friend class TurnHook;
    friend struct LoopAccess;  // for the other parts of what implements this header
    struct Core;

    void run_turn();
    void rest(std::chrono::microseconds period);
    void run_hooks();

    std::unique_ptr<Core> core_;
    std::vector<std::unique_ptr<TurnHook::Entry>> hooks_;
    bool is_running_ = false;
    bool hooks_are_running_ = false;
    std::atomic<bool> stop_asked_{false};
    std::chrono::microseconds rest_{0};
    bool rest_is_skipped_ = false;
    std::uint64_t read_in_turn_ = 0;
    Pace pace_;
    bool now_is_known_ = false;
    Clock::time_point now_{};
};

}  // namespace outflow::net
