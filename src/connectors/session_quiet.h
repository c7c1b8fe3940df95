// Finds out that an MQTT session holds nothing any more: no message has come for a while, and all that came is
// acknowledged, so that the broker may send what it has. Where messages never end: that the broker could send more at
// once than it does, again and again, so that nothing waits there. A broker has no word for either. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace outflow::connectors {

class SessionQuiet {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::milliseconds quiet_time{500};

    // Counts from now on.
    void begin(TimePoint now) {
        since_ = now;
        times_ = 0;
    }
    // To be called many times in quiet_time. `messages`: that have come so far; `window`: how many unacknowledged ones
    // the broker may have sent. `may_send`: it is connected, and nothing keeps it from sending.
    void look(TimePoint now, std::uint64_t messages, std::size_t unacknowledged, std::size_t window, bool may_send) {
        if (messages != messages_ || unacknowledged > 0 || !may_send || since_ == TimePoint{}) since_ = now;
        is_quiet_ = now - since_ >= quiet_time;
        messages_ = messages;
        const bool has_room = may_send && unacknowledged < window / 4;
        times_ = has_room ? times_ + 1 : 0;
    }
    bool is_quiet() const { return is_quiet_; }
    bool has_caught_up() const { return is_quiet_ || times_ >= times_least; }

private:
    static constexpr int times_least = 5;

    TimePoint since_{};
    std::uint64_t messages_ = 0;
    int times_ = 0;
    bool is_quiet_ = false;
};

}  // namespace outflow::connectors
