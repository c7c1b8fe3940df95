#include "task/task_worker.h"

namespace outflow::task {

namespace {

template <class Counts, class... Members>
void add(Counts& to, const Counts& from, Members... members) {
    ((to.*members += from.*members), ...);
}

}  // namespace

std::uint64_t movement_of(const TaskSnapshot& snapshot) {
    return snapshot.events.received + snapshot.events.delivered + snapshot.events.filtered +
           snapshot.events.dead_lettered + snapshot.events.discarded + snapshot.records.stored;
}

TaskSnapshot sum(const TaskSnapshot& ended, const TaskSnapshot& current) {
    using pipeline::LedgerCounts, pipeline::RecordCounts, pipeline::SinkCounts, pipeline::SourceCounts;
    TaskSnapshot sum = current;
    add(sum.events, ended.events, &LedgerCounts::received, &LedgerCounts::redeliveries, &LedgerCounts::delivered,
        &LedgerCounts::filtered, &LedgerCounts::dead_lettered, &LedgerCounts::discarded);
    add(sum.records, ended.records, &RecordCounts::made, &RecordCounts::stored, &RecordCounts::dead_lettered);
    add(sum.sink, ended.sink, &SinkCounts::requests, &SinkCounts::lost_answers, &SinkCounts::refused_requests,
        &SinkCounts::not_flushed, &SinkCounts::splits, &SinkCounts::properties_renamed,
        &SinkCounts::properties_left_out, &SinkCounts::properties_cleaned);
    add(sum.source, ended.source, &SourceCounts::bytes, &SourceCounts::connects, &SourceCounts::takeovers,
        &SourceCounts::sessions_lost, &SourceCounts::overruns, &SourceCounts::stale_acknowledgements,
        &SourceCounts::retained_left_out);
    sum.returned += ended.returned;
    return sum;
}

TaskSnapshot ended(TaskSnapshot last) {
    last.returned += std::exchange(last.events.in_flight, 0);
    last.waiting = last.in_stages = last.held_back = last.pending_records = last.unacknowledged = last.held_bytes = 0;
    return last;
}

}  // namespace outflow::task
