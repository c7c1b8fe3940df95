// What waits for one message queue of RocketMQ, and how it is cut into requests. Pure: no I/O, no clock.
//
//   pending:  [ r1 r2 r3 | r4 r5 r6 r7 ... ]        the batch in flight is the first `batch_records()` records. It
//   stays
//               `- batch-'                          there, the same records, until the response decides it.
//
// A batch that is too large, or has an illegal record in it, is split into halves, in order, until the record that is
// to blame stands alone; everything else of the batch goes out in between, in order.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "pipeline/ledger.h"

namespace outflow::connectors {

// A record ready to go. The views live as long as the event's entry in the ledger.
struct PendingRecord {
    pipeline::Token token;
    std::string_view body;
    std::string_view properties;   // in wire form
    std::uint64_t order_hash = 0;  // what its queue is chosen by
    bool compressed = false;
};

class SendQueue {
public:
    void push(const PendingRecord& record) { pending_.push_back(record); }
    bool empty() const { return pending_.empty(); }
    std::size_t size() const { return pending_.size(); }

    // Fixes the next batch: an undecided one again as it was, else as many records as go into one request of at most
    // `bytes_max` bytes (one record always goes). There must be a record. `now` becomes the born time of a new batch.
    std::size_t begin_batch(std::size_t bytes_max, std::chrono::milliseconds now);
    std::size_t batch_records() const { return batch_records_; }  // 0: none is in flight or undecided
    std::chrono::milliseconds batch_born() const { return batch_born_; }
    const PendingRecord& at(std::size_t index) const { return pending_[index]; }

    // The batch is stored: its records leave, appended to `stored`. Gives the size in bytes of the larger half when
    // this was the second half of a batch that had been split, and neither half had to be split again; else 0: that
    // size is what the broker is known to take.
    std::size_t finish_batch(std::vector<pipeline::Token>& stored);
    // The batch has several records and will not be taken: its halves go one after the other.
    void split_batch();
    // The batch is one record that will never be taken.
    PendingRecord reject_batch();

    // For other queues, in order: everything, or everything behind the batch. Nothing may be in flight; a batch may be
    // undecided. Halves still to go are forgotten: their records are batches like any other.
    std::deque<PendingRecord> take_all();
    std::deque<PendingRecord> take_rest();

private:
    struct Batch {
        std::size_t records;
        std::size_t split;  // index into splits_, or none
    };
    struct Split {
        std::size_t stored_halves = 0;
        std::size_t larger_half_bytes = 0;
    };
    static constexpr std::size_t none = ~std::size_t{0};

    std::size_t bytes_of(std::size_t records) const;

    std::deque<PendingRecord> pending_;
    std::deque<Batch> planned_;  // halves still to go, first the next
    std::vector<Split> splits_;
    std::size_t batch_records_ = 0;
    std::chrono::milliseconds batch_born_{0};
    std::size_t batch_split_ = none;
};

}  // namespace outflow::connectors
