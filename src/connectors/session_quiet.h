// Finds out that an MQTT session holds nothing any more: no message has come for a while, and all that came is
// acknowledged, so that the broker may send what it has. A broker has no word for it. Pure.
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
    void begin(TimePoint now) { since_ = now; }
    // To be asked a few times in quiet_time. `messages`: that have come so far.
    bool check(TimePoint now, std::uint64_t messages, std::size_t unacknowledged) {
        if (messages != messages_ || unacknowledged > 0 || since_ == TimePoint{}) since_ = now;
        messages_ = messages;
        return now - since_ >= quiet_time;
    }

private:
    TimePoint since_{};
    std::uint64_t messages_ = 0;
};

}  // namespace outflow::connectors
