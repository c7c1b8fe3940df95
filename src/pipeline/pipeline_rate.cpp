// No more than so many events a second go on behind the filter; the others wait in the order of receipt.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "pipeline/pipeline.h"

namespace outflow::pipeline {

namespace {

std::string group_digits(std::uint32_t number) {
    std::string text = fmt::format("{}", number);
    for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
    return text;
}

}  // namespace

void Pipeline::set_rate(std::optional<std::uint32_t> rate_limit) {
    is_front_judged_ = false;  // by another version
    if (!rate_limit) rate_.reset();
    else if (rate_) rate_->change(*rate_limit);
    else rate_.emplace(*rate_limit);
}

// Events of one batch; gives how many of them it has taken: none when the first has to wait.
std::size_t Pipeline::process_at_rate(std::span<BatchWindow::Waiting> events) {
    if (may_pass_ == 0) return settle_filtered(events);
    is_front_judged_ = false;
    const std::size_t taken = process(events, program_, is_cut_, std::min(sink_.room(), may_pass_));
    count_passed(records_.size());
    return taken;
}

// What the filter rejects waits for no rate, up to the first event that does. That one is walked twice.
std::size_t Pipeline::settle_filtered(std::span<BatchWindow::Waiting> events) {
    event::Arena unused;
    std::size_t taken = 0;
    for (; taken < events.size() && !is_front_judged_; ++taken) {
        is_front_judged_ = !is_filtered(events[taken], unused);
        if (is_front_judged_) break;
        ledger_.settle(events[taken].token, Fate::filtered);
    }
    if (taken == events.size()) is_cut_ = false;
    return taken;
}

// An undeliverable event is none: it waits for its turn, and costs nothing then.
bool Pipeline::is_filtered(const BatchWindow::Waiting& waiting, event::Arena& unused) {
    const event::Event& event = waiting.batch->events[waiting.index];
    if (!event.poison.empty()) return false;
    made_.clear();
    const transform::Verdict verdict = program_->run(event, unused, scratch_, made_).verdict;
    const bool is_nothing_made = verdict == transform::Verdict::records && made_.empty();
    made_.clear();
    return verdict == transform::Verdict::filtered || is_nothing_made;
}

// Of an event that has passed the filter of a version with stages, or a poison one.
bool Pipeline::may_enter(const BatchWindow::Waiting& waiting) {
    if (!waiting.batch->events[waiting.index].poison.empty()) return true;
    if (may_pass_ == 0) return false;
    count_passed(1);
    return true;
}

void Pipeline::count_passed(std::size_t events) {
    rate_->take(events);
    may_pass_ -= std::min(may_pass_, events);
}

std::string Pipeline::describe_rate() const {
    const std::uint32_t rate = rate_->events_a_second();
    return fmt::format("held back by rate_limit ({} message{} a second)", group_digits(rate), rate == 1 ? "" : "s");
}

}  // namespace outflow::pipeline
