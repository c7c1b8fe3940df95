#include "task/state.h"

namespace outflow::task {
namespace {

struct Transition {
    State from;
    StateEvent event;
    State to;
};

// What is not listed is refused.
constexpr Transition transitions[] = {
    {State::ready, StateEvent::start, State::starting},

    {State::starting, StateEvent::came_up, State::running},
    {State::starting, StateEvent::pause, State::paused},
    {State::starting, StateEvent::stop, State::ready},
    {State::starting, StateEvent::misconfigured_before_delivery, State::starting_failed},
    {State::starting, StateEvent::misconfigured_after_delivery, State::running_failed},
    {State::starting, StateEvent::undeliverable, State::ready},

    {State::starting_failed, StateEvent::start, State::starting},
    {State::starting_failed, StateEvent::stop, State::ready},

    {State::running, StateEvent::pause, State::paused},
    {State::running, StateEvent::stop, State::ready},
    {State::running, StateEvent::misconfigured_before_delivery, State::starting_failed},
    {State::running, StateEvent::misconfigured_after_delivery, State::running_failed},
    {State::running, StateEvent::undeliverable, State::ready},

    {State::running_failed, StateEvent::start, State::starting},
    {State::running_failed, StateEvent::stop, State::ready},

    {State::paused, StateEvent::resume, State::starting},
    {State::paused, StateEvent::stop, State::ready},
};

}  // namespace

std::optional<State> next_state(State state, StateEvent event) {
    for (const Transition& transition : transitions) {
        if (transition.from == state && transition.event == event) return transition.to;
    }
    return std::nullopt;
}

std::string_view to_string(State state) {
    switch (state) {
    case State::ready: return "READY";
    case State::starting: return "STARTING";
    case State::starting_failed: return "STARTING_FAILED";
    case State::running: return "RUNNING";
    case State::running_failed: return "RUNNING_FAILED";
    case State::paused: return "PAUSED";
    }
    return "UNKNOWN";
}

std::string_view to_string(StateEvent event) {
    switch (event) {
    case StateEvent::start: return "start";
    case StateEvent::pause: return "pause";
    case StateEvent::resume: return "resume";
    case StateEvent::stop: return "stop";
    case StateEvent::came_up: return "came up";
    case StateEvent::misconfigured_before_delivery: return "misconfigured before the first delivery";
    case StateEvent::misconfigured_after_delivery: return "misconfigured after a delivery";
    case StateEvent::undeliverable: return "undeliverable event";
    }
    return "unknown";
}

}  // namespace outflow::task
