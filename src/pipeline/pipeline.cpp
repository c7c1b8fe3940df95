#include "pipeline/pipeline.h"

#include <algorithm>

#include "base/assert.h"
#include "base/sentence.h"

namespace outflow::pipeline {

namespace {
// What is made of events in one batch, about; it stays until all of them are settled.
constexpr std::size_t made_bytes_max = 1024 * 1024;
}  // namespace

Pipeline::Pipeline(event::MemoryBudget& memory, Version version, Sink& sink, DeadLetters* dead_letters,
                   PipelineOptions options, StopHandler on_stop)
    : memory_(memory),
      sink_(sink),
      dead_letters_(dead_letters),
      on_stop_(std::move(on_stop)),
      batches_(memory),
      share_(memory),
      current_(batches_.take()) {
    set_version(std::move(version), options);
    if (options.batch_push) window_.emplace(*options.batch_push);
}

void Pipeline::start() {
    if (dead_letters_ != nullptr) dead_letters_->start(*this);
    sink_.start(*this);
    sink_.set_destination(program_->constant_topic());
}

void Pipeline::set_version(Version version, PipelineOptions options) {
    program_ = version.program;
    destination_of_ = program_.get();
    keeps_order_ = options.keeps_order;
    has_stages_ = !version.stages.empty();
    set_rate(options.rate_limit);
    PartListener& listener = *this;
    if (has_stages_)
        chains_.push_back(std::make_unique<StageChain>(std::move(version), keeps_order_, listener, batches_));
}

// What waits is in the order of receipt: first `pushed_`, then the window.
void Pipeline::change(Version version, PipelineOptions options) {
    set_version(std::move(version), options);
    sink_.set_destination(program_->constant_topic());
    std::optional<BatchWindow> before = std::exchange(window_, std::nullopt);
    if (options.batch_push) window_.emplace(*options.batch_push).set_send_ahead(send_ahead_);
    while (before && before->size() > 0) {
        BatchWindow::Waiting waiting = before->take();
        if (window_) window_->add(std::move(waiting));
        else pushed_.push_back(std::move(waiting));
    }
}

Token Pipeline::admit(event::Event event, const event::ChunkRef& chunk, bool acknowledge, AcknowledgementTag tag,
                      Clock::time_point now) {
    event.number = next_number_++;
    auto index = static_cast<std::uint32_t>(current_->events.size());
    current_->add(event, chunk);
    Token token = ledger_.admit(current_, index, acknowledge, tag);
    BatchWindow::Waiting waiting{current_, index, token, now};
    if (window_) window_->add(std::move(waiting), now);
    else pushed_.push_back(std::move(waiting));
    return token;
}

Token Pipeline::admit_unwanted(bool acknowledge, AcknowledgementTag tag) {
    Token token = ledger_.admit({}, 0, acknowledge, tag);
    ledger_.settle(token, Fate::filtered);
    return token;
}

void Pipeline::end_of_read(Clock::time_point now) {
    if (!current_->events.empty()) current_ = batches_.take();
    count_memory();
    push_due(now, true);
}

// By read and by turn: not worth a thought for each message.
void Pipeline::count_memory() {
    const std::size_t waiting = this->waiting() + pushed_.size();
    std::size_t held = sink_.held_bytes() + (dead_letters_ != nullptr ? dead_letters_->held_bytes() : 0);
    for (const auto& chain : chains_) held += chain->held_bytes();
    share_.set(ledger_.entries() * AckLedger::entry_bytes + waiting * sizeof(BatchWindow::Waiting) + held);
}

// How many events were taken.
std::size_t Pipeline::push_due(Clock::time_point now, bool end_of_read) {
    if (stopped_) return 0;
    if (window_) {
        const bool under_pressure = memory_.is_half_full();
        for (std::size_t count = window_->due(now, end_of_read, under_pressure); count > 0;
             count = window_->due(now, end_of_read, under_pressure))
            for (; count > 0; --count) pushed_.push_back(window_->take());
    }
    if (rate_) may_pass_ = rate_->available(now);
    const std::size_t moved = chains_.empty() ? 0 : push_chains();
    if (has_stages_ || waits_for_stages()) return moved;
    // One call of the sink for each batch, in order.
    std::size_t from = 0;
    while (from < pushed_.size() && !stopped_ && !must_wait() && sink_.room() > 0) {
        std::size_t to = from;
        while (to < pushed_.size() && pushed_[to].batch.get() == pushed_[from].batch.get()) ++to;
        const std::span<BatchWindow::Waiting> events = std::span(pushed_).subspan(from, to - from);
        const std::size_t taken = rate_ ? process_at_rate(events) : process(events, program_, is_cut_, sink_.room());
        if (taken == 0) break;
        from += taken;
    }
    if (!stopped_) pushed_.erase(pushed_.begin(), pushed_.begin() + static_cast<std::ptrdiff_t>(from));
    return moved + from;
}

// Takes events of one batch, one at least, until they have made `records_max` records; gives how many. The others are
// moved to a batch of their own, so that what these made does not stay until all are settled.
std::size_t Pipeline::process(std::span<BatchWindow::Waiting> events, const ProgramRef& program, bool& is_cut,
                              std::size_t records_max) {
    if (std::exchange(destination_of_, program.get()) != program.get())
        sink_.set_destination(program->constant_topic());
    records_.clear();
    event::BatchRef batch = events.front().batch;
    if (is_cut) {
        batch = batches_.take();
        batch->keep(events.front().batch);
    }
    std::size_t taken = 0;
    batch->keep(program);
    do {
        if (is_cut) move_to(batch, events[taken]);
        run_program(events[taken], *program);
    } while (++taken < events.size() && !stopped_ && records_.size() < records_max &&
             batch->arena.bytes() < made_bytes_max && !must_wait());
    is_cut = taken < events.size();
    if (!records_.empty()) sink_.push(*batch, records_);
    return taken;
}

void Pipeline::move_to(const event::BatchRef& batch, BatchWindow::Waiting& waiting) {
    AckLedger::Entry* entry = ledger_.find(waiting.token);
    OUTFLOW_ASSERT(entry != nullptr);
    const event::Event event = waiting.batch->events[waiting.index];
    waiting.index = static_cast<std::uint32_t>(batch->events.size());
    waiting.batch = batch;
    batch->add(event, {});
    entry->batch = waiting.batch;
    entry->index = waiting.index;
}

void Pipeline::run_program(const BatchWindow::Waiting& waiting, const transform::Program& program) {
    AckLedger::Entry* entry = ledger_.find(waiting.token);
    OUTFLOW_ASSERT(entry != nullptr);
    const event::Event& event = waiting.batch->events[waiting.index];
    if (!event.poison.empty()) {
        dead_letter(waiting.token, *entry, event.poison);
        return;
    }
    made_.clear();
    transform::Outcome outcome = program.run(event, waiting.batch->arena, scratch_, made_);
    switch (outcome.verdict) {
    case transform::Verdict::undeliverable: dead_letter(waiting.token, *entry, outcome.reason); return;
    case transform::Verdict::filtered: made_.clear(); break;
    case transform::Verdict::records: break;
    }
    if (made_.empty()) {
        settle_if_decided(waiting.token, *entry);
        return;
    }
    entry->open_records = static_cast<std::uint32_t>(made_.size());
    AckLedger::Entry& received = entry->is_part() ? *ledger_.find(entry->origin) : *entry;
    received.has_records = true;
    undecided_ += made_.size();
    record_counts_.made += made_.size();
    for (const transform::Record& record : made_)
        records_.push_back({waiting.token, record, received.batch.get(), received.index});
}

void Pipeline::on_stored(std::span<const Token> tokens) {
    record_counts_.stored += tokens.size();
    for (Token token : tokens) {
        AckLedger::Entry* entry = ledger_.find(token);
        OUTFLOW_ASSERT(entry != nullptr);
        decide_record(token, *entry);
    }
}

void Pipeline::on_poison(Token token, std::string_view reason) {
    AckLedger::Entry* entry = ledger_.find(token);
    OUTFLOW_ASSERT(entry != nullptr && entry->open_records > 0);
    if (dead_letters_ != nullptr) ++record_counts_.dead_lettered;
    dead_letter(token, *entry, reason);
}

void Pipeline::on_stopped(Stop stop, std::string_view reason) {
    if (std::exchange(stopped_, true)) return;
    on_stop_(stop, reason);
}

// The original message is kept once, however many of its records are undeliverable.
void Pipeline::dead_letter(Token token, AckLedger::Entry& entry, std::string_view reason) {
    const Token origin = entry.is_part() ? entry.origin : token;
    AckLedger::Entry& received = *ledger_.find(origin);
    const event::Event& event = received.batch->events[received.index];
    if (dead_letters_ == nullptr) {
        std::string sentence = "a message of topic '" + std::string(event.topic) +
                               "' cannot be delivered: " + std::string(clause(reason)) +
                               "; it stays unacknowledged. Name a `dead_letter: { file: PATH }`, or change the task";
        on_stopped(Stop::undeliverable, sentence);
        return;
    }
    if (!std::exchange(received.dead_lettered, true)) {
        dead_letters_->push(origin, event, reason);
        ++unkept_;
    }
    if (entry.open_records > 0) decide_record(token, entry);
    else if (entry.is_part()) finish_part(token);
}

void Pipeline::on_kept(std::span<const Token> tokens) {
    for (Token token : tokens) {
        AckLedger::Entry* entry = ledger_.find(token);
        OUTFLOW_ASSERT(entry != nullptr && unkept_ > 0);
        --unkept_;
        entry->is_letter_kept = true;
        settle_if_decided(token, *entry);
    }
}

void Pipeline::decide_record(Token token, AckLedger::Entry& entry) {
    OUTFLOW_ASSERT(entry.open_records > 0);
    --undecided_;
    --entry.open_records;
    settle_if_decided(token, entry);
}

void Pipeline::settle_if_decided(Token token, const AckLedger::Entry& entry) {
    if (entry.open_records > 0 || entry.open_parts > 0) return;
    if (entry.is_part()) return finish_part(token);
    if (!entry.dead_lettered) ledger_.settle(token, entry.has_records ? Fate::delivered : Fate::filtered);
    else if (entry.is_letter_kept) ledger_.settle(token, Fate::dead_lettered);
}

void Pipeline::turn(Clock::time_point now) {
    for (const auto& chain : chains_) chain->turn(now);
    count_memory();
    push_due(now, false);
    do {
        sink_.turn();
        if (dead_letters_ != nullptr) dead_letters_->turn(now);
    } while (push_due(now, false) > 0);  // there was room
    count_memory();
}

std::optional<Clock::time_point> Pipeline::deadline() const {
    std::optional<Clock::time_point> next = window_ ? window_->deadline() : std::nullopt;
    const std::optional<Clock::time_point> letters =
        dead_letters_ != nullptr ? dead_letters_->deadline() : std::nullopt;
    if (letters && (!next || *letters < *next)) next = letters;
    if (is_held_back() && (!next || rate_->next() < *next)) next = rate_->next();
    for (const auto& chain : chains_) {
        const std::optional<Clock::time_point> its = chain->deadline();
        if (its && (!next || *its < *next)) next = its;
    }
    return next;
}

}  // namespace outflow::pipeline
