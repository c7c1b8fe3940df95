// The states of a task and what may happen to it, as a pure table.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace outflow::task {

enum class State : std::uint8_t {
    ready,            // defined, not running: never started, stopped, or stopped by `fault_tolerance: NONE`
    starting,         // connecting to both sides; an outage of either is waited for here
    starting_failed,  // misconfigured, found before the first delivery; nothing was acknowledged
    running,          // moving events, or holding them through an outage
    running_failed,   // misconfigured, found later
    paused,           // connected to nothing by a person's wish; the MQTT session keeps what arrives
};

enum class StateEvent : std::uint8_t {
    start,    // asked for
    pause,    // asked for
    resume,   // asked for
    stop,     // asked for; what is in flight was settled or given up to the broker
    came_up,  // both sides answered and the task moves events
    // What no retry cures (refused credentials, an illegal topic), before or after the first delivery of this start.
    misconfigured_before_delivery,
    misconfigured_after_delivery,
    undeliverable,  // an event cannot be delivered and nothing may take it: the task stops at it
};

inline constexpr std::array all_states{State::ready,   State::starting,       State::starting_failed,
                                       State::running, State::running_failed, State::paused};
inline constexpr std::array all_state_events{
    StateEvent::start,
    StateEvent::pause,
    StateEvent::resume,
    StateEvent::stop,
    StateEvent::came_up,
    StateEvent::misconfigured_before_delivery,
    StateEvent::misconfigured_after_delivery,
    StateEvent::undeliverable,
};

// The state after `event`; nothing when the event is refused in this state, which then stays.
std::optional<State> next_state(State state, StateEvent event);

// "RUNNING_FAILED", as the API and the status line write it.
std::string_view to_string(State state);
// "start", for sentences.
std::string_view to_string(StateEvent event);

}  // namespace outflow::task
