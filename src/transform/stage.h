// A stage between filter and mapping: it makes 0 to n events of each, at once or later. Split is one, a lookup another.
//
//   push(batch, events) --> Stage --> on_complete(batch of what was made, completions), each event exactly once
//                             |       from inside push or turn, in any order
//                         suspended   counts in held_bytes and in the room
//
// Pure ones live here; what asks somebody outside implements this in an outer ring. One thread: the task's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "event/batch.h"

namespace outflow::transform {

// Names an event inside of a stage, for whoever pushed it.
using Ticket = std::uint64_t;

struct StageEvent {
    Ticket ticket = 0;
    std::uint32_t index = 0;  // of the batch's events
};

// What came of an event.
struct Completion {
    Ticket ticket = 0;
    std::uint32_t first = 0;  // of the events that were made, in the batch
    std::uint32_t count = 0;  // 0: nothing comes of it
    std::string_view
        reason;  // not empty: why it is undeliverable, a sentence, valid as long as the batch; then count is 0
};

class StageListener {
public:
    virtual ~StageListener() = default;
    // These events are complete. `batch` has what was made of them, and may be null when that is nothing.
    virtual void on_complete(const event::BatchRef& batch, std::span<const Completion> completions) = 0;
};

class Stage {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    virtual ~Stage() = default;

    // Before anything else; both outlive it. What is made stands in batches of the pool, which keep that of the event
    // it was made of: views may lead into that one, and nowhere else. A payload has limits::chunk_padding readable
    // bytes behind it, as any part of a received one has. What is made of one event has its number and topic, and an
    // id_suffix that tells it from the others and is the same whenever the event comes again.
    virtual void start(StageListener& listener, event::BatchPool& batches) = 0;

    // How many events it would take now. While it is 0 nothing is pushed; there is a turn when that changes.
    virtual std::size_t room() const = 0;
    // Takes events of one batch, in order: at least the first, not more than `room`; gives how many. It never waits for
    // more of them to complete those that it has. A suspended one keeps its batch.
    virtual std::size_t push(const event::BatchRef& batch, std::span<const StageEvent> events) = 0;
    // Once a turn.
    virtual void turn(TimePoint now) = 0;
    // When turn() has to be called though nothing came; none: not at all.
    virtual std::optional<TimePoint> deadline() const = 0;

    // What it holds beside batches; bytes.
    virtual std::size_t held_bytes() const = 0;
    // Empty: it takes what comes. Else why it does not, as a sentence for the state.
    virtual std::string condition() const = 0;
};

}  // namespace outflow::transform
