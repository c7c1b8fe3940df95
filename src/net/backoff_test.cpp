#include "net/backoff.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace outflow::net {
namespace {

using std::chrono::milliseconds;

TEST(BackoffTest, delays_are_jittered_below_a_bound_that_doubles) {
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        Backoff backoff(seed);
        std::int64_t bound = 100;
        for (std::uint32_t i = 0; i < 40; ++i) {
            EXPECT_EQ(backoff.attempts(), i);
            const std::int64_t delay = backoff.next().count();
            EXPECT_GE(delay, 10);
            EXPECT_LE(delay, bound);
            bound = std::min<std::int64_t>(bound * 2, 30'000);
        }
        backoff.reset();
        EXPECT_LE(backoff.next().count(), 100);
    }
}

TEST(BackoffTest, seeds_decide) {
    Backoff a(1);
    Backoff b(1);
    std::set<std::int64_t> first_delays;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(a.next(), b.next());
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) first_delays.insert(Backoff(seed).next().count());
    EXPECT_GT(first_delays.size(), 80U);
    Backoff odd(1, {.first = milliseconds(5), .ceiling = milliseconds(5), .floor = milliseconds(50)});
    EXPECT_EQ(odd.next().count(), 5);
}

}  // namespace
}  // namespace outflow::net
