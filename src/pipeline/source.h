// Where events come from. It is made with the pipeline that takes them, which it calls. One thread: the task's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "platform/clock.h"

namespace outflow::pipeline {

// Only grow.
struct SourceCounts {
    std::uint64_t bytes = 0;
    std::uint64_t connects = 0;
    std::uint64_t takeovers = 0;               // another with our name took our place at the peer
    std::uint64_t sessions_lost = 0;           // what the peer had kept for us was gone
    std::uint64_t overruns = 0;                // more came than was asked for
    std::uint64_t stale_acknowledgements = 0;  // their connection was gone
    std::uint64_t retained_left_out = 0;
};

class Source {
public:
    virtual ~Source() = default;

    virtual void start() = 0;
    // True while events may come.
    virtual bool is_up() const = 0;
    // Once a turn, after the pipeline's: acknowledges what is settled, reads on when there is room again.
    virtual void turn() = 0;
    // Nothing new is read; acknowledgements go on.
    virtual void stop_reading() = 0;
    // Ends the connection in order; then `on_left`, within seconds. What is not acknowledged comes again at the next
    // start.
    virtual void leave(std::function<void()> on_left) = 0;
    // Calls back when nothing seems to wait for us at the peer, or after `most`, whatever waits.
    virtual void await_quiet(std::chrono::milliseconds most, std::function<void()> on_quiet) = 0;
    // Asks the peer for nothing new, takes what it still holds for us, and leaves it once that is settled. Errors: a
    // sentence, within `limit`, and events come again as before; closed: leave() came first.
    virtual void drain(std::chrono::milliseconds limit, std::function<void(Status)> on_drained) = 0;

    virtual SourceCounts counts() const = 0;
    // Empty: all is well. Else why nothing comes, as a sentence for the state.
    virtual std::string condition() const = 0;
    // When it tries again what the condition complains of; none: it is not waiting.
    virtual std::optional<platform::Clock::time_point> next_try() const = 0;
};

}  // namespace outflow::pipeline
