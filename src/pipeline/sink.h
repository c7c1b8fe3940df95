// Where records go. One thread: the task's.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "event/batch.h"
#include "pipeline/ledger.h"
#include "transform/program.h"

namespace outflow::pipeline {

// One record of an event. The views live as long as the event's entry in the ledger.
struct SinkRecord {
    Token token;
    transform::Record record;
    std::string_view source_topic;  // what ordering by topic goes by
};

// Why a task cannot go on by itself.
enum class Stop : std::uint8_t {
    misconfigured,   // somebody has to change the definition, a permission or the other side
    undeliverable,   // an event cannot be delivered and there is no dead letter for it
};

// What a sink tells. Never called from inside Sink::push.
class SinkListener {
public:
    virtual ~SinkListener() = default;
    // The records of these events are stored; an event with several records appears once for each.
    virtual void on_stored(std::span<const Token> tokens) = 0;
    // This record of the event can never be stored; `reason` is a sentence.
    virtual void on_poison(Token token, std::string_view reason) = 0;
    // The sink holds everything until somebody acts.
    virtual void on_stopped(Stop stop, std::string_view reason) = 0;
};

class Sink {
public:
    virtual ~Sink() = default;
    // Takes the records, in order; may put what it renders into `batch.arena`. Every record is decided exactly once,
    // later, through the listener. Never refuses: the window of the source bounds what can come.
    virtual void push(event::Batch& batch, std::span<const SinkRecord> records) = 0;
    // What it holds beside the batches of its records: queues, output that the peer has not taken; bytes.
    virtual std::size_t held_bytes() const = 0;
    // Empty: it takes what comes. Else why it does not, as a sentence for the state, e.g. "sink unreachable since ...".
    virtual std::string condition() const = 0;
};

// Events that cannot be delivered, kept with the reason. One thread.
class DeadLetters {
public:
    virtual ~DeadLetters() = default;
    // Takes the event; it is not durable before flush() has returned well.
    virtual void write(const event::Event& event, std::string_view reason) = 0;
    // Makes all that was written durable. Empty: done. Else the fault as a sentence; it may be called again.
    virtual std::string flush() = 0;
    // What it holds of events that are not durable yet, in bytes.
    virtual std::size_t held_bytes() const = 0;
};

}  // namespace outflow::pipeline
