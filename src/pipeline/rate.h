// How many events may pass in a second: a token bucket.
//
//   1,000 a second: 1,000 tokens come in a second, and at most 50 wait to be taken
//
// In any span of time no more pass than the rate gives for it and one burst, which is what comes in 50 ms. When it was
// used up it goes on as soon as the tokens of 10 ms are there, so that few turns carry many events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "platform/clock.h"

namespace outflow::pipeline {

class Rate {
public:
    static constexpr std::uint32_t most = 1'000'000;  // events a second

    // 1 to `most`. The first burst may pass at once.
    explicit Rate(std::uint32_t events_a_second);

    // From now on; what may pass already may still, as far as the new burst goes.
    void change(std::uint32_t events_a_second);
    std::uint32_t events_a_second() const { return static_cast<std::uint32_t>(events_a_second_); }

    // How many events may pass now.
    std::size_t available(platform::Clock::time_point now);
    // So many have passed; more than were available are a debt, which is paid before others pass.
    void take(std::size_t events);
    // When some may pass, while none was available.
    platform::Clock::time_point next() const;

private:
    std::int64_t burst() const;
    std::int64_t step() const;

    std::int64_t events_a_second_;
    std::int64_t tokens_;  // in billionths of one, so that a nanosecond brings `events_a_second_`
    std::optional<platform::Clock::time_point> counted_at_;
    bool is_used_up_ = false;
};

}  // namespace outflow::pipeline
