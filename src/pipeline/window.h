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
    std::uint32_t messages = 100;              // 1 to 10,000
    std::chrono::milliseconds interval{3000};  // 0 to 15 s; 0: push what the last read brought
};

// Events that wait for the push. With a broker that sends only a few messages ahead of their acknowledgements the count
// is never reached: then as many are enough.
class BatchWindow {
public:
    struct Waiting {
        event::BatchRef batch;
        std::uint32_t index;
        Token token;
        Clock::time_point since{};  // it was added first
    };
    explicit BatchWindow(BatchPush push) : push_(push) {}
    // How many the source gets ahead of their acknowledgements; 0: unknown, or enough.
    void set_send_ahead(std::size_t messages) { send_ahead_ = messages; }

    void add(Waiting waiting, Clock::time_point now);
    // One of another window: it has waited since then.
    void add(Waiting waiting) { waiting_.push_back(std::move(waiting)); }
    // How many events are to be pushed now, from the front; 0: none yet. `under_pressure`: memory is short, push all.
    std::size_t due(Clock::time_point now, bool end_of_read, bool under_pressure);
    // Removes and returns the event at the front.
    Waiting take();
    // When `due` is to be asked again without a new event; none: when one comes.
    std::optional<Clock::time_point> deadline() const;

    std::size_t size() const { return waiting_.size(); }
    // How many the last push took, if the interval made it; else 0: there were enough, or it could not wait.
    std::size_t pushed_by_interval() const { return pushed_by_interval_; }

private:
    BatchPush push_;
    std::deque<Waiting> waiting_;
    std::size_t send_ahead_ = 0;
    std::size_t pushed_by_interval_ = 0;
};

}  // namespace outflow::pipeline
