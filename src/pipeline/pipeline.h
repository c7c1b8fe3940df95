// One task's data plane: events from a source through filter, stages and mapping to a sink, and their fates back.
//
//   Source --admit--> BatchWindow --> Program (match, map) --------------records--> Sink
//      ^                       |          or                                    |    | stored, poison
//      |                       '--> Program (match) --> StageChain --> (map) ---'    |
//      |                          filtered |     | undeliverable                     |
//      |                                   |     '--------> DeadLetters <------------|
//      '------ take_acknowledgeable <-- AckLedger <-- settle ----------- kept -------'
//
// At a rate the others stay where they are when enough events have passed the filter for now.
//
// Contract: docs/delivery.md. One thread: the task's worker.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "event/batch.h"
#include "pipeline/dead_letters.h"
#include "pipeline/ledger.h"
#include "pipeline/rate.h"
#include "pipeline/sink.h"
#include "pipeline/stage_chain.h"
#include "pipeline/version.h"
#include "pipeline/window.h"
#include "transform/program.h"

namespace outflow::pipeline {

struct PipelineOptions {
    std::optional<BatchPush> batch_push;  // none: every read is pushed at once
    bool keeps_order = true;              // what a stage completes out of order waits for what came in front of it
    // How many events a second may go on behind the filter, 1 to Rate::most. What it rejects, or finds to be
    // undeliverable, costs nothing. None: no limit.
    std::optional<std::uint32_t> rate_limit = std::nullopt;
};

// Records of events, apart from the events of LedgerCounts.
struct RecordCounts {
    std::uint64_t made = 0;
    std::uint64_t stored = 0;
    std::uint64_t dead_lettered = 0;
};

class Pipeline final : private SinkListener, private DeadLetterListener, private PartListener {
public:
    // All outlive the pipeline. What events hold here and in the sink counts in `memory`; when that is full, what was
    // read waits until the sink has decided what it has. `dead_letters` may be null: then an undeliverable event stops
    // the task.
    // `on_stop` is called once, with a sentence; afterwards nothing more is taken to the sink.
    using StopHandler = std::function<void(Stop, std::string_view reason)>;
    Pipeline(event::MemoryBudget& memory, Version version, Sink& sink, DeadLetters* dead_letters,
             PipelineOptions options, StopHandler on_stop);
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    // Starts the sink and the dead letters; once, before the source.
    void start();
    // Another version of filter, stages, mapping, batch and rate: for every event whose records are not made yet, but
    // for those inside of stages, which go on as they began. Where one of the two keeps order what follows waits for
    // these.
    void change(Version version, PipelineOptions options);

    // The number of the next event; those after it count on from there. For previews of events that have one.
    void number_from(std::uint64_t number) { next_number_ = number; }

    // --- from the source, between two calls of end_of_read ---
    // The batch of the current read; the source may put what an event needs besides its chunk into its arena.
    event::Batch& batch() { return *current_; }
    // Takes a new event whose views point into `chunk` or batch().arena.
    Token admit(event::Event event, const event::ChunkRef& chunk, bool acknowledge, AcknowledgementTag tag,
                Clock::time_point now);
    // Takes a message that the task does not want (a retained one): received and filtered at once.
    Token admit_unwanted(bool acknowledge, AcknowledgementTag tag);
    void readmit(Token token, AcknowledgementTag tag) { ledger_.readmit(token, tag); }
    void count_redelivery() { ledger_.count_redelivery(); }
    // How many messages the source gets ahead of their acknowledgements; 0: unknown, or enough. Batch Push waits for no
    // more.
    void set_send_ahead(std::size_t messages) {
        send_ahead_ = messages;
        if (window_) window_->set_send_ahead(messages);
    }
    std::size_t pushed_by_interval() const { return window_ ? window_->pushed_by_interval() : 0; }  // see BatchWindow
    // All that one read brought is in. When memory is short nothing waits for Batch Push.
    void end_of_read(Clock::time_point now);
    void forget_order() { ledger_.forget_order(); }
    template <class Acknowledge>
    void take_acknowledgeable(Acknowledge acknowledge) {
        ledger_.take_acknowledgeable(acknowledge);
    }

    // --- from the event loop ---
    // Once a turn, after all that was ready, and before the source's: what is due goes to the sink, sink and dead
    // letters have their turns, and what they have made room for follows.
    void turn(Clock::time_point now);
    // Nothing more is taken to the sink; what it has is settled. When the source is about to leave: what would be stored
    // after that could not be acknowledged, and would come again.
    void halt() { stopped_ = true; }
    // When turn() has to be called though nothing came; none: not at all.
    std::optional<Clock::time_point> deadline() const;

    const LedgerCounts& counts() const { return ledger_.counts(); }
    const RecordCounts& record_counts() const { return record_counts_; }
    std::size_t unacknowledged() const { return ledger_.unacknowledged(); }
    std::size_t waiting() const { return window_ ? window_->size() : 0; }
    std::size_t in_stages() const;
    // Events that wait because of the rate.
    std::size_t held_back() const { return is_held_back() ? pushed_.size() : 0; }
    // Empty: neither a stage nor the rate holds anything up. Else what does, as a sentence for the state.
    std::string condition() const;

private:
    void on_stored(std::span<const Token> tokens) override;
    void on_poison(Token token, std::string_view reason) override;
    void on_stopped(Stop stop, std::string_view reason) override;
    void on_kept(std::span<const Token> tokens) override;
    void on_parts(Token of, const event::BatchRef& batch, std::uint32_t first, std::uint32_t count,
                  std::vector<BatchWindow::Waiting>& out) override;

    void set_version(Version version, PipelineOptions options);
    std::size_t push_due(Clock::time_point now, bool end_of_read);
    std::size_t process(std::span<BatchWindow::Waiting> events, const ProgramRef& program, bool& is_cut,
                        std::size_t records_max);
    void move_to(const event::BatchRef& batch, BatchWindow::Waiting& waiting);
    // A small message may make a large record: what is made of one read can be far more than the budget. So there is a
    // stop as soon as it is full, unless nothing that is in flight can make room.
    bool must_wait() const { return memory_.is_full() && is_awaited(); }
    bool is_awaited() const { return undecided_ > 0 || unkept_ > 0; }
    void count_memory();
    void run_program(const BatchWindow::Waiting& waiting, const transform::Program& program);
    // At a rate (pipeline_rate.cpp).
    void set_rate(std::optional<std::uint32_t> rate_limit);
    std::size_t process_at_rate(std::span<BatchWindow::Waiting> events);
    std::size_t settle_filtered(std::span<BatchWindow::Waiting> events);
    bool is_filtered(const BatchWindow::Waiting& waiting, event::Arena& unused);
    bool may_enter(const BatchWindow::Waiting& waiting);
    void count_passed(std::size_t events);
    std::string describe_rate() const;
    bool is_held_back() const { return rate_ && may_pass_ == 0 && !pushed_.empty() && !stopped_; }
    // Through stages (pipeline_stages.cpp).
    std::size_t push_chains();
    bool waits_for_stages() const;
    std::size_t push_chain(StageChain& chain, bool may_map, bool is_current);
    std::size_t map_out(StageChain& chain);
    std::size_t enter_pushed(StageChain& chain);
    bool passes(const BatchWindow::Waiting& waiting, const transform::Program& filter);
    void finish_part(Token part);
    void dead_letter(Token token, AckLedger::Entry& entry, std::string_view reason);
    void decide_record(Token token, AckLedger::Entry& entry);
    void settle_if_decided(Token token, const AckLedger::Entry& entry);

    event::MemoryBudget& memory_;
    ProgramRef program_;                                  // with stages only the mapping
    const transform::Program* destination_of_ = nullptr;  // which the sink was told last
    transform::Scratch scratch_;
    Sink& sink_;
    DeadLetters* dead_letters_;
    StopHandler on_stop_;

    event::BatchPool batches_;
    event::MemoryShare share_;  // of what is held beside batches
    AckLedger ledger_;
    event::BatchRef current_;
    std::deque<std::unique_ptr<StageChain>> chains_;  // of earlier versions while something is in them, and of this one
    bool has_stages_ = false;                         // this version: then it has the last chain
    bool keeps_order_ = true;
    std::uint64_t next_number_ = 0;  // of events; unique over restarts with the id prefix
    std::optional<BatchWindow> window_;
    std::size_t send_ahead_ = 0;
    std::vector<BatchWindow::Waiting> pushed_;  // events of the push in flight, or that wait for memory
    bool is_cut_ = false;                       // of the batch of the first of them others went to the sink
    std::optional<Rate> rate_;
    std::size_t may_pass_ = 0;             // events that the rate lets through in this push
    bool is_front_judged_ = false;         // the first of `pushed_` passes the filter, and waits for the rate
    std::size_t undecided_ = 0;            // records that the sink has
    std::vector<transform::Record> made_;  // records of one event
    std::vector<SinkRecord> records_;      // records of one batch, for the sink
    std::size_t unkept_ = 0;               // letters that are not kept yet
    RecordCounts record_counts_;
    bool stopped_ = false;
};

}  // namespace outflow::pipeline
