// Where records go. One thread: the task's.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "event/batch.h"
#include "pipeline/ledger.h"
#include "transform/record.h"

namespace outflow::pipeline {

// One record of an event. Whoever keeps one longer than the event is in the ledger keeps a transform::OwnedRecord.
struct SinkRecord {
    Token token;
    transform::Record record;  // its views live as long as the event is in the ledger
    const event::Batch*
        batch;  // with the event as it was received, of which a stage may have made what the record is of
    std::uint32_t index;

    const event::Event& original() const { return batch->events[index]; }
};

// Why a task cannot go on by itself.
enum class Stop : std::uint8_t {
    misconfigured,  // somebody has to change the definition, a permission or the other side
    undeliverable,  // an event cannot be delivered and there is no dead letter for it
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

// Requests and what came of them; only grow.
struct SinkCounts {
    std::uint64_t requests = 0;
    std::uint64_t lost_answers = 0;        // requests whose response did not come: their records go again
    std::uint64_t refused_requests = 0;    // answers that did not store
    std::uint64_t not_flushed = 0;         // stored without the durability that the peer strives for
    std::uint64_t splits = 0;              // batches sent again in halves
    std::uint64_t properties_renamed = 0;  // what the peer could not take as it was
    std::uint64_t properties_left_out = 0;
    std::uint64_t properties_cleaned = 0;
};

class Sink {
public:
    virtual ~Sink() = default;

    // Before anything else; the listener outlives it.
    virtual void start(SinkListener& listener) = 0;
    // Where all records go that are pushed from now on; empty: each says it itself.
    virtual void set_destination(std::string_view destination) = 0;
    // True once it knows where records go.
    virtual bool is_up() const = 0;

    // How many records it would take now. While it is 0 nothing is pushed; there is a turn when that changes.
    virtual std::size_t room() const = 0;
    // Takes the records, in order; may put what it renders into `batch.arena`. Every record is decided exactly once,
    // later, through the listener. More than `room` come only when one event makes more.
    virtual void push(event::Batch& batch, std::span<const SinkRecord> records) = 0;
    // Once a turn, after what was pushed: sends what is due, tells what is decided.
    virtual void turn() = 0;
    // The last call: no more records come. Lets go of its peer in order, within seconds, then calls back, at once if
    // there is nothing to do; records that are not decided stay so. Whoever is called may destroy it.
    virtual void stop(std::function<void()> on_stopped) = 0;

    // Records that are not decided.
    virtual std::size_t pending() const = 0;
    // What it holds beside the batches of its records: queues, output that the peer has not taken; bytes.
    virtual std::size_t held_bytes() const = 0;
    virtual SinkCounts counts() const = 0;
    // Empty: it takes what comes. Else why it does not, as a sentence for the state, e.g. "sink unreachable since ...".
    virtual std::string condition() const = 0;
};

}  // namespace outflow::pipeline
