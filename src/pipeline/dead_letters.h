// Where events go that cannot be delivered. One thread: the task's.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "event/event.h"
#include "pipeline/ledger.h"
#include "platform/clock.h"

namespace outflow::pipeline {

// Never called from inside DeadLetters::push.
class DeadLetterListener {
public:
    virtual ~DeadLetterListener() = default;
    // The letters of these events outlast this process and its machine.
    virtual void on_kept(std::span<const Token> tokens) = 0;
};

class DeadLetters {
public:
    virtual ~DeadLetters() = default;

    // Before anything else; the listener outlives it.
    virtual void start(DeadLetterListener& listener) = 0;
    // Takes a copy of the event, and why it cannot be delivered. It is kept later, and told through the listener; until
    // then it is tried again and again.
    virtual void push(Token token, const event::Event& event, std::string_view reason) = 0;
    // Once a turn, after what was pushed: writes, tells what is kept.
    virtual void turn(platform::Clock::time_point now) = 0;
    // When turn() has to be called though nothing came; none: not at all.
    virtual std::optional<platform::Clock::time_point> deadline() const = 0;
    // Lets go of files that were moved, and opens new ones.
    virtual void reopen() = 0;

    // What it holds of events that are not kept yet; bytes.
    virtual std::size_t held_bytes() const = 0;
    // Empty: it takes what comes. Else why it does not, as a sentence for the state.
    virtual std::string condition() const = 0;
};

}  // namespace outflow::pipeline
