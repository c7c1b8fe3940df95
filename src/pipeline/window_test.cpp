#include "pipeline/window.h"

#include <gtest/gtest.h>

namespace outflow::pipeline {
namespace {

using std::chrono::milliseconds;

struct Fixture {
    explicit Fixture(BatchPush push) : window(push) {}
    void add(int count) {
        for (int i = 0; i < count; ++i) window.add({{}, 0, {}, {}}, now);
    }
    std::size_t push(bool end_of_read = true, bool under_pressure = false) {
        std::size_t due = window.due(now, end_of_read, under_pressure);
        for (std::size_t i = 0; i < due; ++i) window.take();
        return due;
    }
    BatchWindow window;
    Clock::time_point now{};
};

TEST(BatchWindow, pushes_when_there_are_enough) {
    Fixture f({10, milliseconds(3000)});
    f.add(9);
    EXPECT_EQ(f.push(), 0u);
    f.add(1);
    EXPECT_EQ(f.push(), 10u);
    f.add(25);
    EXPECT_EQ(f.push(), 10u);
    EXPECT_EQ(f.push(), 10u);
    EXPECT_EQ(f.push(), 0u);
    EXPECT_EQ(f.window.size(), 5u);
}

TEST(BatchWindow, pushes_when_the_oldest_has_waited_for_the_interval) {
    Fixture f({10, milliseconds(3000)});
    f.add(2);
    EXPECT_EQ(*f.window.deadline(), f.now + milliseconds(3000));
    f.now += milliseconds(2000);
    f.add(2);
    f.now += milliseconds(999);
    EXPECT_EQ(f.push(false), 0u);
    f.now += milliseconds(1);
    EXPECT_EQ(f.push(false), 4u);
    EXPECT_FALSE(f.window.deadline().has_value());
}

TEST(BatchWindow, what_stays_after_a_push_waits_from_its_own_arrival) {
    Fixture f({2, milliseconds(3000)});
    f.add(1);
    f.now += milliseconds(1000);
    f.add(2);
    EXPECT_EQ(f.push(), 2u);
    EXPECT_EQ(*f.window.deadline(), f.now + milliseconds(3000));
}

TEST(BatchWindow, interval_zero_pushes_what_the_read_brought_cut_to_the_count) {
    Fixture f({10, milliseconds(0)});
    f.add(3);
    EXPECT_EQ(f.push(true), 3u);
    f.add(12);
    EXPECT_EQ(f.push(true), 10u);
    EXPECT_EQ(f.push(true), 2u);
    EXPECT_EQ(f.window.pushed_by_interval(), 0u);
}

TEST(BatchWindow, short_memory_pushes_at_once) {
    Fixture f({10, milliseconds(3000)});
    f.add(3);
    EXPECT_EQ(f.push(true, true), 3u);
}

// A broker that sends 20 messages ahead of their acknowledgements never lets the count be reached.
TEST(BatchWindow, waits_for_no_more_than_are_sent_ahead) {
    Fixture f({100, milliseconds(3000)});
    f.window.set_send_ahead(20);
    f.add(19);
    EXPECT_EQ(f.push(), 0u);
    f.add(1);
    EXPECT_EQ(f.push(), 20u);
    f.window.set_send_ahead(0);
    f.add(20);
    EXPECT_EQ(f.push(), 0u);
}

TEST(BatchWindow, tells_what_the_interval_has_pushed) {
    Fixture f({10, milliseconds(3000)});
    f.add(4);
    EXPECT_EQ(f.push(), 0u);
    EXPECT_EQ(f.window.pushed_by_interval(), 0u);
    f.now += milliseconds(3000);
    EXPECT_EQ(f.push(), 4u);
    EXPECT_EQ(f.push(), 0u);
    EXPECT_EQ(f.window.pushed_by_interval(), 4u);
    f.add(10);
    EXPECT_EQ(f.push(), 10u);
    EXPECT_EQ(f.window.pushed_by_interval(), 0u);
}

}  // namespace
}  // namespace outflow::pipeline
