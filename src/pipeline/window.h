// Batch Push: events wait until there are enough of them, or the oldest has waited long enough.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "event/batch.h"
#include "pipeline/ledger.h"
#include "platform/clock.h"

namespace outflow::pipeline {

using Clock = platform::Clock;

struct BatchPush {
    std::uint32_t messages = 100;       // 1 to 10,000
    std::chrono::milliseconds interval{3000};  // 0 to 15 s; 0: push what the last read brought
};

// Events that wait for the push. With a broker that sends only a few messages ahead of their acknowledgements the count
// is never reached; `set_learn_limit` (for a protocol that does not tell it) finds that number: when the interval
// pushed n and n more came within 20 ms of their acknowledgement, n is the limit, and from then on n are pushed at once.
class BatchWindow {
public:
    struct Waiting {
        event::BatchRef batch;
        std::uint32_t index;
        Token token;
        Clock::time_point since{};  // it was added first
    };
    explicit BatchWindow(BatchPush push) : push_(push) {}
    void set_learn_limit(bool learn);

    void add(Waiting waiting, Clock::time_point now);
    // One of another window: it has waited since then.
    void add(Waiting waiting) { waiting_.push_back(std::move(waiting)); }
    // How many events are to be pushed now, from the front; 0: none yet. `under_pressure`: memory is short, push all.
    std::size_t due(Clock::time_point now, bool end_of_read, bool under_pressure);
    // Removes and returns the event at the front.
    Waiting take();
    // When `due` is to be asked again without a new event; none: when one comes.
    std::optional<Clock::time_point> deadline() const;
    // All that was pushed has been acknowledged.
    void on_all_acknowledged(Clock::time_point now);

    std::size_t size() const { return waiting_.size(); }
    std::uint32_t learnt_limit() const { return learnt_limit_; }  // 0: none

private:
    BatchPush push_;
    bool learn_limit_ = false;
    std::deque<Waiting> waiting_;
    std::uint32_t learnt_limit_ = 0;
    std::uint32_t pushed_by_interval_ = 0;   // candidate of the limit
    std::optional<Clock::time_point> acknowledged_at_;
};

}  // namespace outflow::pipeline
