#include "net/event_loop.h"

#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "net/run_until.h"
#include "net/timer.h"

namespace outflow::net {
namespace {

using namespace std::chrono_literals;

TEST(EventLoopTest, posted_functions_run_in_order_and_never_at_once) {
    EventLoop loop;
    std::string order;
    loop.post([&] {
        order += 'a';
        loop.post([&] { order += 'c'; });
        order += 'b';
    });
    EXPECT_EQ(order, "");
    EXPECT_TRUE(run_until(
        loop, [&] { return order == "abc"; }, 5s));
}

TEST(EventLoopTest, other_threads_may_post_and_stop) {
    EventLoop loop;
    int ran = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 1'000; ++n) loop.post([&] { ++ran; });
        });
    }
    EXPECT_TRUE(run_until(
        loop, [&] { return ran == 4'000; }, 5s));
    for (std::thread& thread : threads) thread.join();
    std::thread stopper([&] { loop.stop(); });
    loop.run();
    stopper.join();
}

TEST(EventLoopTest, a_stop_before_run_counts_once) {
    EventLoop loop;
    bool ran = false;
    loop.post([&] { ran = true; });
    loop.stop();
    loop.stop();
    loop.run();
    EXPECT_FALSE(ran);
    EXPECT_TRUE(run_until(
        loop, [&] { return ran; }, 5s));
}

TEST(EventLoopTest, hooks_run_once_a_turn_after_what_was_ready) {
    EventLoop loop;
    int ran = 0;
    std::vector<int> seen;
    TurnHook hook = loop.on_turn_end([&] { seen.push_back(ran); });
    for (int i = 0; i < 100; ++i) loop.post([&] { ++ran; });
    loop.post([&] { loop.stop(); });
    loop.run();
    EXPECT_EQ(seen, std::vector<int>{100});
}

TEST(EventLoopTest, a_flood_of_functions_does_not_hold_back_the_hooks) {
    EventLoop loop;
    int hooks = 0;
    TurnHook hook = loop.on_turn_end([&] {
        if (++hooks == 10) loop.stop();
    });
    std::function<void()> again = [&] { loop.post(again); };
    again();
    loop.run();
    EXPECT_EQ(hooks, 10);
}

TEST(EventLoopTest, hooks_may_be_added_moved_and_removed_by_hooks) {
    EventLoop loop;
    std::string order;
    TurnHook second;
    TurnHook added;
    TurnHook first = loop.on_turn_end([&] {
        order += '1';
        first.remove();
        second.remove();
        added = loop.on_turn_end([&] { order += 'a'; });
    });
    second = loop.on_turn_end([&] { order += '2'; });
    TurnHook third = loop.on_turn_end([&] { order += '3'; });
    TurnHook moved = std::move(third);
    loop.post([&] { loop.post([] {}); });
    EXPECT_TRUE(run_until(
        loop, [&] { return order == "13"; }, 5s));
    loop.post([] {});
    EXPECT_TRUE(run_until(
        loop, [&] { return order == "133a" || order == "13a3" || order == "133"; }, 5s));
    moved.remove();
    moved.remove();
    EXPECT_EQ(order, "133a");
}

TEST(EventLoopTest, a_hook_has_another_turn_when_it_wants_one_though_nothing_happens) {
    EventLoop loop;
    std::vector<EventLoop::Clock::time_point> turns;
    TurnHook hook = loop.on_turn_end([&] {
        turns.push_back(loop.now());
        if (turns.size() == 1) hook.want_turn();
        else if (turns.size() == 2) hook.want_turn_in(20ms);
        else if (loop.now() - turns[1] >= 20ms) loop.stop();
    });
    Timer limit(loop);
    bool was_in_time = true;
    limit.start(30s, [&] {
        was_in_time = false;
        loop.stop();
    });
    hook.want_turn();
    loop.run();
    EXPECT_TRUE(was_in_time);
    hook.remove();
    hook.want_turn();
    hook.want_turn_in(1ms);
}

TEST(EventLoopTest, now_stands_still_within_a_turn) {
    EventLoop loop;
    const auto before = EventLoop::Clock::now();
    EventLoop::Clock::time_point first;
    bool is_same = false;
    loop.post([&] { first = loop.now(); });
    loop.post([&] {
        while (EventLoop::Clock::now() - first < 1ms) continue;
        is_same = loop.now() == first;
        loop.stop();
    });
    loop.run();
    EXPECT_TRUE(is_same);
    EXPECT_GE(first, before);
    EXPECT_GE(loop.now(), first + 1ms);
}

TEST(EventLoopTest, an_idle_loop_uses_no_processor_time) {
    EventLoop loop;
    int turns = 0;
    TurnHook hook = loop.on_turn_end([&] { ++turns; });
    EXPECT_FALSE(run_until(
        loop, [] { return false; }, 100ms));
    EXPECT_LE(turns, 3);
}

TEST(TimerTest, expires_once_and_not_before_its_time) {
    EventLoop loop;
    Timer timer(loop);
    const auto start = EventLoop::Clock::now();
    EventLoop::Clock::time_point expired;
    int times = 0;
    timer.start(20ms, [&] {
        ++times;
        expired = EventLoop::Clock::now();
        EXPECT_FALSE(timer.is_running());
    });
    EXPECT_TRUE(timer.is_running());
    EXPECT_FALSE(run_until(
        loop, [&] { return times > 1; }, 60ms));
    EXPECT_EQ(times, 1);
    EXPECT_GE(expired - start, 20ms);
}

TEST(TimerTest, the_last_start_counts) {
    struct Row {
        std::chrono::milliseconds first;
        std::chrono::milliseconds second;
    };
    for (const Row& row : {Row{1ms, 15ms}, Row{5s, 15ms}, Row{0ms, 15ms}, Row{15ms, 15ms}}) {
        EventLoop loop;
        Timer timer(loop);
        std::string expired;
        const auto start = EventLoop::Clock::now();
        timer.start(row.first, [&] { expired += "first"; });
        timer.start(row.second, [&] { expired += "second"; });
        EXPECT_TRUE(run_until(
            loop, [&] { return !expired.empty(); }, 2s));
        EXPECT_EQ(expired, "second");
        EXPECT_GE(EventLoop::Clock::now() - start, row.second);
    }
}

TEST(TimerTest, a_cancelled_one_is_silent_and_starts_again) {
    EventLoop loop;
    Timer timer(loop);
    int times = 0;
    timer.start(1ms, [&] { times += 100; });
    timer.cancel();
    EXPECT_FALSE(timer.is_running());
    EXPECT_FALSE(run_until(
        loop, [&] { return times > 0; }, 10ms));
    // Expired already, but cancelled by what runs before it in the same turn.
    timer.start(0ms, [&] { times += 100; });
    for (const auto start = EventLoop::Clock::now(); EventLoop::Clock::now() < start + 1ms;) continue;
    loop.post([&] { timer.cancel(); });
    EXPECT_FALSE(run_until(
        loop, [&] { return times > 0; }, 10ms));
    timer.start(1ms, [&] { ++times; });
    EXPECT_TRUE(run_until(
        loop, [&] { return times == 1; }, 5s));
}

TEST(TimerTest, its_function_may_start_cancel_or_destroy_it) {
    EventLoop loop;
    auto timer = std::make_unique<Timer>(loop);
    int times = 0;
    std::function<void()> tick = [&] {
        if (++times < 3) return timer->start(1ms, tick);
        timer->cancel();
        timer.reset();
    };
    timer->start(1ms, tick);
    EXPECT_TRUE(run_until(
        loop, [&] { return timer == nullptr; }, 5s));
    EXPECT_EQ(times, 3);
}

TEST(TimerTest, very_long_and_negative_times_are_times) {
    EventLoop loop;
    Timer longest(loop);
    Timer negative(loop);
    bool expired = false;
    longest.start(EventLoop::Clock::duration::max(), [] { FAIL(); });
    negative.start(-5s, [&] { expired = true; });
    EXPECT_TRUE(run_until(
        loop, [&] { return expired; }, 5s));
}

TEST(EventLoopTest, a_rest_puts_the_next_turn_off_unless_it_is_skipped) {
    const auto time_of_six_turns = [](std::chrono::milliseconds rest, bool skips) {
        EventLoop loop;
        int turns = 0;
        const TurnHook hook = loop.on_turn_end([&] {
            if (++turns == 6) return loop.stop();
            loop.rest_after_turn(rest);
            if (skips) loop.skip_rest();
            loop.post([] {});
        });
        loop.post([] {});
        const auto began = EventLoop::Clock::now();
        loop.run();
        return EventLoop::Clock::now() - began;
    };
    EXPECT_GE(time_of_six_turns(10ms, false), 40ms);  // five rests, the first of them up to a whole period shorter
    EXPECT_LT(time_of_six_turns(1s, true), 4s);
}

}  // namespace
}  // namespace outflow::net
