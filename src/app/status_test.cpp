#include "app/status.h"

#include <gtest/gtest.h>

namespace outflow::app {
namespace {

using namespace std::chrono_literals;

TaskView view_in(std::string name, task::State state, std::string condition) {
    TaskView view{std::move(name), std::move(condition), {}};
    view.snapshot.state = state;
    return view;
}

TEST(Status, numbers_are_short) {
    const struct {
        std::uint64_t count;
        std::string_view expected;
    } rows[] = {{0, "0"},          {999, "999"},      {1'000, "1.0k"},     {12'345, "12.3k"},      {99'960, "100k"},
                {999'499, "999k"}, {999'500, "1.0M"}, {1'234'567, "1.2M"}, {5'000'000'000, "5.0G"}};
    for (const auto& row : rows) EXPECT_EQ(format_count(row.count), row.expected);
    EXPECT_EQ(format_rate(0), "0");
    EXPECT_EQ(format_rate(0.42), "0.4");
    EXPECT_EQ(format_rate(9.99), "10");
    EXPECT_EQ(format_rate(1234), "1.2k");
    EXPECT_EQ(format_rate(-1), "0");
}

TEST(Status, text_fits_the_width_and_controls_nothing) {
    const struct {
        std::string_view text;
        std::size_t width;
        std::string_view expected;
    } rows[] = {{"abcdef", 6, "abcdef"},
                {"abcdef", 5, "ab..."},
                {"abcdef", 3, "..."},
                {"abcdef", 2, "ab"},
                {"abcdef", 0, ""},
                {"a\x1B[2Jb\nc", 20, "a [2Jb c"},
                {"\xC3\xA4\xC3\xB6\xC3\xBC", 3, "\xC3\xA4\xC3\xB6\xC3\xBC"},
                {"\xE6\xB8\xA9\xE5\xBA\xA6", 4, "\xE6\xB8\xA9\xE5\xBA\xA6"},
                {"\xE6\xB8\xA9\xE5\xBA\xA6", 3, "..."},
                {"\xC2\x9B"
                 "2J",
                 9, " 2J"},
                {"\xE2\x80\xAE"
                 "abc",
                 9, " abc"},
                {"\xFF\xFE", 9, "??"},
                {"\xE6\xB8", 9, "??"},
                {"", 5, ""}};
    for (const auto& row : rows) EXPECT_EQ(fit_to_width(row.text, row.width), row.expected) << row.text;
}

TEST(Status, one_task_shows_its_condition) {
    TaskView view = view_in("press", task::State::running, "RUNNING: sink unreachable since 12:00");
    view.snapshot.events.in_flight = 1'500;
    view.snapshot.pending_records = 7;
    const TaskRates rates{12'300, 0};
    EXPECT_EQ(render_status_line({&view, 1}, {&rates, 1}, 200),
              "press  in 12.3k/s  out 0/s  in flight 1.5k  lag 7  RUNNING: sink unreachable since 12:00");
    EXPECT_EQ(render_status_line({&view, 1}, {&rates, 1}, 20), "press  in 12.3k/s...");
}

TEST(Status, several_tasks_are_summed_and_the_worst_is_named) {
    std::vector views{view_in("a", task::State::running, "RUNNING"), view_in("b", task::State::running, "RUNNING")};
    views[0].snapshot.events.in_flight = 1;
    views[1].snapshot.events.in_flight = 2;
    const std::vector<TaskRates> rates{{1, 2}, {3, 4}};
    EXPECT_EQ(render_status_line(views, rates, 200), "2 of 2 tasks running  in 4.0/s  out 6.0/s  in flight 3  lag 0");
    views[1] = view_in("b", task::State::running, "RUNNING: slow");
    EXPECT_TRUE(render_status_line(views, rates, 200).ends_with("  b is RUNNING: slow"));
    views[0] = view_in("a", task::State::starting, "STARTING: connecting");
    EXPECT_TRUE(render_status_line(views, rates, 200).ends_with("  a is STARTING: connecting"));
    views[1] = view_in("b", task::State::running_failed, "RUNNING_FAILED: why");
    EXPECT_TRUE(render_status_line(views, rates, 200).starts_with("0 of 2 tasks running"));
    EXPECT_TRUE(render_status_line(views, rates, 200).ends_with("  b is RUNNING_FAILED: why"));
}

TEST(Status, rates_are_of_the_time_since_the_last_look) {
    RateMeter meter;
    TaskView view = view_in("a", task::State::running, "RUNNING");
    const std::chrono::steady_clock::time_point start{100s};
    view.snapshot.events.received = 50;
    EXPECT_EQ(meter.measure({&view, 1}, start)[0].in, 0);
    view.snapshot.events.received = 150;
    view.snapshot.records.stored = 30;
    const std::vector<TaskRates> rates = meter.measure({&view, 1}, start + 2s);
    EXPECT_DOUBLE_EQ(rates[0].in, 50);
    EXPECT_DOUBLE_EQ(rates[0].out, 15);
    EXPECT_EQ(meter.measure({&view, 1}, start + 2s)[0].in, 0);
}

}  // namespace
}  // namespace outflow::app
