// Finds out that a broker sends only so many messages ahead of their acknowledgements (MQTT 3.1.1 has no Receive
// Maximum: Mosquitto's max_inflight_messages, 20 by default): again and again exactly n are unacknowledged, all n are
// acknowledged, and n more come at once. Pure.
#pragma once

#include <chrono>
#include <cstddef>

namespace outflow::connectors {

class SendAhead {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // After a read: how many messages are unacknowledged now.
    void on_read(std::size_t unacknowledged, TimePoint now) {
        if (peak_ == 0 && now - drained_at_ > refill_time) rounds_ = 0;
        if (unacknowledged > peak_) peak_ = unacknowledged;
    }
    // After acknowledging: how many are left.
    void on_acknowledged(std::size_t unacknowledged, TimePoint now) {
        if (unacknowledged > 0 || peak_ == 0) return;
        rounds_ = peak_ == last_peak_ ? rounds_ + 1 : 0;
        last_peak_ = peak_;
        peak_ = 0;
        drained_at_ = now;
        limit_ = rounds_ >= rounds_needed && last_peak_ >= 2 ? last_peak_ : 0;
    }
    void reset() { *this = SendAhead(); }

    std::size_t limit() const { return limit_; }  // 0: none seen

private:
    static constexpr std::chrono::milliseconds refill_time{20};
    static constexpr int rounds_needed = 20;

    TimePoint drained_at_{};
    std::size_t peak_ = 0;
    std::size_t last_peak_ = 0;
    std::size_t limit_ = 0;
    int rounds_ = 0;
};

}  // namespace outflow::connectors
