#include "pipeline/rate.h"

#include <algorithm>
#include <chrono>

#include "base/assert.h"

namespace outflow::pipeline {

namespace {

constexpr std::int64_t token = 1'000'000'000;
constexpr std::int64_t bursts_a_second = 20;
constexpr std::int64_t steps_a_second = 100;

}  // namespace

Rate::Rate(std::uint32_t events_a_second) : events_a_second_(events_a_second), tokens_(burst()) {
    OUTFLOW_ASSERT(events_a_second >= 1 && events_a_second <= most);
}

void Rate::change(std::uint32_t events_a_second) {
    OUTFLOW_ASSERT(events_a_second >= 1 && events_a_second <= most);
    events_a_second_ = events_a_second;
    tokens_ = std::min(tokens_, burst());
}

// At least one event: a slow rate has no part of one.
std::int64_t Rate::burst() const { return std::max(events_a_second_ * (token / bursts_a_second), token); }
std::int64_t Rate::step() const { return std::max(events_a_second_ * (token / steps_a_second), token); }

std::size_t Rate::available(platform::Clock::time_point now) {
    constexpr std::chrono::nanoseconds counted_max = std::chrono::seconds(1);  // fills any burst
    const std::chrono::nanoseconds passed = now - counted_at_.value_or(now);
    const std::int64_t counted = std::clamp(passed, std::chrono::nanoseconds(0), counted_max).count();
    counted_at_ = now;
    tokens_ = std::min(tokens_ + counted * events_a_second_, burst());
    if (is_used_up_ && tokens_ < step()) return 0;
    is_used_up_ = tokens_ < token;
    return static_cast<std::size_t>(std::max<std::int64_t>(tokens_, 0) / token);
}

void Rate::take(std::size_t events) {
    tokens_ -= static_cast<std::int64_t>(events) * token;
    is_used_up_ = tokens_ < token;
}

platform::Clock::time_point Rate::next() const {
    const std::int64_t missing = std::max<std::int64_t>(step() - tokens_, 0);
    return counted_at_.value_or(platform::Clock::time_point()) +
           std::chrono::nanoseconds((missing + events_a_second_ - 1) / events_a_second_);
}

}  // namespace outflow::pipeline
