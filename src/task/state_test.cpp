#include "task/state.h"

#include <map>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace outflow::task {
namespace {

using enum State;
using enum StateEvent;

// Rows are states, columns events in the order of `all_state_events`; a row's own state marks a refused event, which
// no accepted one can be confused with: no event leads back to the state it came in.
constexpr State table[6][9] = {
    // state          start     pause            resume           stop             came_up
    //   misconfigured before, after the first delivery, undeliverable
    {ready, starting, ready, ready, ready, ready, ready, ready, ready},
    {starting, starting, paused, starting, ready, running, starting_failed, running_failed, ready},
    {starting_failed, starting, starting_failed, starting_failed, ready, starting_failed, starting_failed,
     starting_failed, starting_failed},
    {running, running, paused, running, ready, running, starting_failed, running_failed, ready},
    {running_failed, starting, running_failed, running_failed, ready, running_failed, running_failed, running_failed,
     running_failed},
    {paused, paused, paused, starting, ready, paused, paused, paused, paused},
};

TEST(state, every_pair_of_state_and_event_has_its_answer) {
    ASSERT_EQ(all_states.size(), 6U);
    ASSERT_EQ(all_state_events.size(), 8U);
    for (const auto& row : table) {
        for (std::size_t i = 0; i < all_state_events.size(); ++i) {
            const std::optional<State> next = next_state(row[0], all_state_events[i]);
            const std::string what =
                std::string(to_string(row[0])) + " + " + std::string(to_string(all_state_events[i]));
            if (row[i + 1] == row[0]) {
                EXPECT_FALSE(next.has_value()) << what;
            } else {
                ASSERT_TRUE(next.has_value()) << what;
                EXPECT_EQ(*next, row[i + 1]) << what;
            }
        }
    }
}

TEST(state, a_running_task_was_starting_before) {
    for (State state : all_states) {
        for (StateEvent event : all_state_events) {
            if (next_state(state, event) == running) {
                EXPECT_EQ(state, starting);
            }
        }
    }
}

TEST(state, every_state_but_ready_can_be_stopped) {
    for (State state : all_states) {
        EXPECT_EQ(next_state(state, stop).has_value(), state != ready) << to_string(state);
    }
}

TEST(state, names_are_those_of_the_api) {
    const std::map<State, std::string_view> names{{ready, "READY"},
                                                  {starting, "STARTING"},
                                                  {starting_failed, "STARTING_FAILED"},
                                                  {running, "RUNNING"},
                                                  {running_failed, "RUNNING_FAILED"},
                                                  {paused, "PAUSED"}};
    for (const auto& [state, name] : names) {
        EXPECT_EQ(to_string(state), name);
    }
}

}  // namespace
}  // namespace outflow::task
