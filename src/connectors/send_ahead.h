// Finds out how many messages a broker sends ahead of their acknowledgements. MQTT 3.1.1 has no Receive Maximum: the
// limit is the broker's own (Mosquitto's max_inflight_messages, 20 by default), and nobody tells it. Pure.
//
//   round:  n come --> all n are acknowledged --within 20 ms--> n come again --> ...
//
// Twenty rounds of n, one after another, say that n is the limit, as long as they go on. With Batch Push one round is
// enough, for the whole connection: the interval has pushed n because more did not come, and n more came as soon as
// they were acknowledged.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace outflow::connectors {

class SendAhead {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // After a read: how many messages are unacknowledged now.
    void on_read(std::size_t unacknowledged, TimePoint now) {
        const bool is_late = now - drained_at_ > refill_time;
        if (is_late && peak_ == 0) rounds_ = 0;
        if (proven_ == 0 && !is_late && waited_for_ > 0 && unacknowledged >= waited_for_) proven_ = waited_for_;
        peak_ = std::max(peak_, unacknowledged);
    }
    // After acknowledging: how many are left. `pushed_by_interval`: that the last push took because Batch Push's
    // interval was over; 0: it had another reason.
    void on_acknowledged(std::size_t unacknowledged, std::size_t pushed_by_interval, TimePoint now) {
        if (unacknowledged > 0 || peak_ == 0) return;
        rounds_ = peak_ == last_peak_ ? rounds_ + 1 : 0;
        repeated_ = rounds_ >= rounds_needed && peak_ >= 2 ? peak_ : 0;
        waited_for_ = pushed_by_interval == peak_ ? peak_ : 0;
        last_peak_ = peak_;
        peak_ = 0;
        drained_at_ = now;
    }
    void reset() { *this = SendAhead(); }

    std::size_t limit() const { return std::max(proven_, repeated_); }  // 0: none seen

private:
    static constexpr std::chrono::milliseconds refill_time{20};
    static constexpr int rounds_needed = 20;

    TimePoint drained_at_{};
    std::size_t peak_ = 0;  // unacknowledged in this round
    std::size_t last_peak_ = 0;
    std::size_t waited_for_ = 0;  // in the last round, until the interval was over; else 0
    std::size_t proven_ = 0;      // by what followed such a round
    std::size_t repeated_ = 0;    // in all of the last rounds
    int rounds_ = 0;              // of last_peak_, after the first
};

}  // namespace outflow::connectors
