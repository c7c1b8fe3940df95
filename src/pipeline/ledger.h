// What is owed: every event that came in and is not settled yet, and the order in which acknowledgements must leave.
//
//   admit --> [in flight] --settle--> delivered | filtered | dead_lettered | discarded
//   order of receipt:   #1 settled   #2 settled   #3 in flight   #4 settled
//                       `------ acknowledged -----'  `---- held back by #3 ----'
//
// Contract: docs/delivery.md, points 1 to 3. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "event/batch.h"

namespace outflow::pipeline {

// The fate of an event. There is no other way out of the ledger.
enum class Fate : std::uint8_t { delivered, filtered, dead_lettered, discarded };

// Names an entry of the ledger forever: a token of an entry that is gone never names another one.
struct Token {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;  // 0: names nothing

    // For who keeps tokens without knowing what they are.
    std::uint64_t number() const { return std::uint64_t{slot} << 32 | generation; }
    static Token from_number(std::uint64_t number) {
        return {static_cast<std::uint32_t>(number >> 32), static_cast<std::uint32_t>(number)};
    }
    friend bool operator==(const Token&, const Token&) = default;
};

// What the source needs to acknowledge an event; the ledger does not look inside.
using AcknowledgementTag = std::uint64_t;

// Events since the start of the process. `received` = the four outcomes + in flight, at every moment.
struct LedgerCounts {
    std::uint64_t received = 0;
    std::uint64_t redeliveries = 0;  // recognised redeliveries, not part of `received`
    std::uint64_t delivered = 0;
    std::uint64_t filtered = 0;
    std::uint64_t dead_lettered = 0;
    std::uint64_t discarded = 0;
    std::uint64_t in_flight = 0;  // the number of entries, counted by the ledger as it opens and settles them
};

class AckLedger {
public:
    // One event in the batch that holds its bytes.
    struct Entry {
        event::BatchRef batch;
        std::uint32_t index = 0;         // of the event in the batch
        std::uint32_t open_records = 0;  // records of the event that the sink has not decided
        bool dead_lettered = false;      // one of its records went to dead letter
        bool is_letter_kept = false;
        bool has_records = false;  // it, or one of the events that were made of it
        // Of an event that a stage made: the received one that it comes from. Else its generation is 0.
        Token origin = {};
        std::uint32_t open_parts = 0;  // of a received one: events made of it that are not decided

        bool is_part() const { return origin.generation != 0; }
    };

    // What an entry costs beside its batch, with its place in the order and what the source notes of it; about.
    static constexpr std::size_t entry_bytes = 208;

    AckLedger() = default;
    AckLedger(const AckLedger&) = delete;
    AckLedger& operator=(const AckLedger&) = delete;

    // A new event. With `acknowledge` it takes its place in the order of receipt.
    Token admit(event::BatchRef batch, std::uint32_t index, bool acknowledge, AcknowledgementTag tag);
    // A recognised redelivery after a reconnect: the event keeps its state and takes its new place in the order of
    // receipt. When it was settled meanwhile only the acknowledgement is left to do.
    void readmit(Token token, AcknowledgementTag tag);
    // A redelivery that needs nothing: counted.
    void count_redelivery() { ++counts_.redeliveries; }

    // Decides the fate of an entry that is in flight. The entry is gone, its place in the order stays until it is
    // acknowledged.
    void settle(Token token, Fate outcome);

    // An event that was made of a received one. It has a token, and else counts nowhere.
    Token add_part(Token origin, event::BatchRef batch, std::uint32_t index);
    void remove_part(Token part);

    // The connection is gone: nothing received on it can be acknowledged any more. Entries in flight stay.
    void forget_order();

    // Calls `acknowledge(tag, token)` for the settled events at the head of the order and removes them.
    template <class Acknowledge>
    void take_acknowledgeable(Acknowledge acknowledge) {
        while (!order_.empty() && order_.front().settled) {
            acknowledge(order_.front().tag, order_.front().token);
            order_.pop_front();
            ++first_place_;
        }
    }

    // Null when the token's entry was settled.
    Entry* find(Token token);
    const LedgerCounts& counts() const { return counts_; }
    // Received ones in flight, and what was made of them.
    std::size_t entries() const { return slots_.size() - free_.size(); }
    std::size_t unacknowledged() const { return order_.size(); }

private:
    static constexpr std::uint64_t no_place = ~std::uint64_t{0};
    struct Slot {
        Entry entry;
        std::uint64_t place = no_place;  // absolute place in the order of receipt
        std::uint32_t generation = 1;
        bool in_flight = false;
    };
    struct Place {
        AcknowledgementTag tag;
        Token token;
        bool settled;
    };

    Token open_slot(event::BatchRef batch, std::uint32_t index);
    void close_slot(Token token);
    std::uint64_t push_place(AcknowledgementTag tag, Token token, bool settled);

    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::deque<Place> order_;
    std::uint64_t first_place_ = 0;  // absolute place of order_.front()
    LedgerCounts counts_;
};

}  // namespace outflow::pipeline
