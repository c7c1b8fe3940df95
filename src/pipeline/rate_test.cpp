#include "pipeline/rate.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace outflow::pipeline {
namespace {

using namespace std::chrono_literals;
using Time = platform::Clock::time_point;

// Takes all that may pass.
std::size_t take_all(Rate& rate, Time now) {
    const std::size_t events = rate.available(now);
    rate.take(events);
    return events;
}

TEST(Rate, a_burst_passes_at_once_and_then_what_time_brings) {
    struct Row {
        std::uint32_t events_a_second;
        std::size_t burst;
        std::chrono::nanoseconds next;
        std::size_t step;
    };
    const Row rows[] = {
        {1, 1, 1s, 1},
        {7, 1, 142'857'143ns, 1},
        {20, 1, 50ms, 1},
        {100, 5, 10ms, 1},
        {1'000, 50, 10ms, 10},
        {5'000, 250, 10ms, 50},
        {1'000'000, 50'000, 10ms, 10'000},
    };
    for (const Row& row : rows) {
        Rate rate(row.events_a_second);
        const Time start = Time(5s);
        EXPECT_EQ(take_all(rate, start), row.burst) << row.events_a_second;
        EXPECT_EQ(rate.available(start), 0u) << row.events_a_second;
        EXPECT_EQ(rate.next() - start, row.next) << row.events_a_second;
        EXPECT_EQ(rate.available(rate.next() - 1ns), 0u) << row.events_a_second;
        EXPECT_EQ(rate.available(rate.next()), row.step) << row.events_a_second;
    }
}

TEST(Rate, what_nobody_takes_is_no_more_than_a_burst) {
    Rate rate(1'000);
    EXPECT_EQ(take_all(rate, Time(0s)), 50u);
    EXPECT_EQ(rate.available(Time(1h)), 50u);
    EXPECT_EQ(rate.available(Time(2h)), 50u);
}

TEST(Rate, before_it_is_used_up_every_token_counts) {
    Rate rate(1'000);
    rate.take(40);
    EXPECT_EQ(rate.available(Time(0s)), 10u);
    EXPECT_EQ(rate.available(Time(3ms)), 13u);
}

TEST(Rate, a_debt_is_paid_first) {
    Rate rate(100);
    EXPECT_EQ(rate.available(Time(0s)), 5u);
    rate.take(25);
    EXPECT_EQ(rate.next(), Time(210ms));
    EXPECT_EQ(rate.available(Time(200ms)), 0u);
    EXPECT_EQ(rate.available(Time(210ms)), 1u);
}

TEST(Rate, a_change_gives_no_burst_of_its_own) {
    Rate rate(100);
    take_all(rate, Time(0s));
    rate.change(1'000);
    EXPECT_EQ(rate.available(Time(0s)), 0u);
    EXPECT_EQ(rate.next(), Time(10ms));
    EXPECT_EQ(rate.available(Time(1s)), 50u);
    rate.change(100);
    EXPECT_EQ(rate.available(Time(1s)), 5u);
}

TEST(Rate, a_clock_that_stands_still_or_goes_back_gives_nothing) {
    Rate rate(1'000);
    take_all(rate, Time(10s));
    EXPECT_EQ(rate.available(Time(9s)), 0u);
    EXPECT_EQ(rate.available(Time(9s)), 0u);
    EXPECT_EQ(rate.available(Time(9s + 10ms)), 10u);
}

// However it is asked: never more than the rate and a burst in a second, and nothing is lost while all is taken.
TEST(Rate, holds_in_every_second_and_gives_all_of_it) {
    std::mt19937 random(1);
    for (const std::uint32_t events_a_second : {1U, 3U, 30U, 999U, 12'345U, 999'999U}) {
        Rate rate(events_a_second);
        const std::size_t burst = std::max<std::size_t>(1, events_a_second / 20);
        std::deque<std::pair<Time, std::size_t>> lately;
        std::size_t in_second = 0;
        std::size_t all = 0;
        Time now(0s);
        while (now < Time(20s)) {
            const std::size_t events = take_all(rate, now);
            all += events;
            in_second += events;
            lately.emplace_back(now, events);
            for (; now - lately.front().first > 1s; lately.pop_front()) in_second -= lately.front().second;
            EXPECT_LE(in_second, events_a_second + burst) << events_a_second;
            now = std::min<Time>(now + std::chrono::microseconds(1 + random() % 40'000), rate.next());
        }
        EXPECT_GE(all, 19 * std::size_t{events_a_second}) << events_a_second;
    }
}

}  // namespace
}  // namespace outflow::pipeline
