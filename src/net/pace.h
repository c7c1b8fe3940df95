// How long a loop is to rest after a turn that read something. Resting a little under load makes one read of tens of
// messages, one write of their acknowledgements and one request a queue; an idle loop waits for nothing. Pure.
#pragma once

#include <chrono>
#include <cstdint>

namespace outflow::net {

class Pace {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // A turn read `messages` (of any connection: arrivals and answers) by `now`. Returns the period for
    // EventLoop::rest_after_turn: 0, 1 or 2 ms.
    std::chrono::microseconds after_turn(std::uint64_t messages, TimePoint now) {
        if (now - window_began_ >= window) {
            double seconds = std::chrono::duration<double>(now - window_began_).count();
            rate_ = static_cast<double>(in_window_) / seconds;
            in_window_ = 0;
            window_began_ = now;
        }
        in_window_ += messages;
        if (rate_ < 1'000) return std::chrono::microseconds(0);
        return std::chrono::microseconds(rate_ < 2'000 ? 1'000 : 2'000);
    }

private:
    static constexpr std::chrono::milliseconds window{20};

    TimePoint window_began_{};
    std::uint64_t in_window_ = 0;
    double rate_ = 0;  // messages a second in the window before this one
};

}  // namespace outflow::net
