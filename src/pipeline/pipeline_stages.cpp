// The way through stages: filter, stages, mapping, one after another.
#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "pipeline/pipeline.h"

namespace outflow::pipeline {

// The oldest first. Gives how many events moved.
std::size_t Pipeline::push_chains() {
    std::size_t moved = 0;
    bool may_map = true;
    for (std::size_t i = 0; i < chains_.size() && !stopped_;) {
        StageChain& chain = *chains_[i];
        const bool is_current = has_stages_ && i + 1 == chains_.size();
        const bool next_keeps_order = i + 1 < chains_.size() ? chains_[i + 1]->keeps_order() : keeps_order_;
        moved += push_chain(chain, may_map, is_current);
        if (chain.is_empty() && !is_current) {
            chains_.erase(chains_.begin() + static_cast<std::ptrdiff_t>(i));
            continue;
        }
        may_map = may_map && !chain.keeps_order() && !next_keeps_order;
        ++i;
    }
    return moved;
}

// Of a version without stages: an earlier one has events that come in front of what follows.
bool Pipeline::waits_for_stages() const {
    return std::any_of(chains_.begin(), chains_.end(),
                       [this](const auto& chain) { return keeps_order_ || chain->keeps_order(); });
}

// What is further on goes first: so what a stage made of little is gone before it makes more.
std::size_t Pipeline::push_chain(StageChain& chain, bool may_map, bool is_current) {
    std::size_t moved = 0;
    while (!stopped_) {
        std::size_t step = may_map ? map_out(chain) : 0;
        if (step == 0) step = chain.advance(memory_.is_full(), is_awaited());
        if (step == 0 && is_current) step = enter_pushed(chain);
        if (step == 0) break;
        moved += step;
        count_memory();
    }
    return moved;
}

// One call of the sink for each batch.
std::size_t Pipeline::map_out(StageChain& chain) {
    std::size_t moved = 0;
    while (!stopped_ && !must_wait() && sink_.room() > 0) {
        const std::span<BatchWindow::Waiting> out = chain.out();
        const auto end = std::find_if(out.begin(), out.end(), [&](const BatchWindow::Waiting& each) {
            return each.batch.get() != out.front().batch.get();
        });
        if (out.empty()) break;
        const std::size_t taken = process({out.begin(), end}, chain.mapping(), chain.is_cut, sink_.room());
        chain.take(taken);
        moved += taken;
    }
    return moved;
}

// Events of one batch pass the filter, as many as the rate lets through, or are settled.
std::size_t Pipeline::enter_pushed(StageChain& chain) {
    const bool must_wait = memory_.is_full() && (is_awaited() || !chain.is_empty());
    if (pushed_.empty() || !chain.has_room() || must_wait) return 0;
    const event::BatchRef batch = pushed_.front().batch;
    std::size_t taken = 0;
    for (; taken < pushed_.size() && pushed_[taken].batch.get() == batch.get(); ++taken) {
        const bool is_judged = std::exchange(is_front_judged_, false);
        if (!is_judged && !passes(pushed_[taken], chain.filter())) continue;
        is_front_judged_ = rate_ && !may_enter(pushed_[taken]);
        if (is_front_judged_) break;
        chain.enter(std::move(pushed_[taken]));
    }
    if (taken == 0) return 0;
    pushed_.erase(pushed_.begin(), pushed_.begin() + static_cast<std::ptrdiff_t>(taken));
    is_cut_ = false;
    return taken;
}

// Also what is undeliverable: it keeps its place among the others to its end (StageQueue).
bool Pipeline::passes(const BatchWindow::Waiting& waiting, const transform::Program& filter) {
    event::Event& event = waiting.batch->events[waiting.index];
    if (!event.poison.empty()) return true;
    made_.clear();
    const transform::Outcome outcome = filter.run(event, waiting.batch->arena, scratch_, made_);
    if (outcome.verdict == transform::Verdict::filtered) ledger_.settle(waiting.token, Fate::filtered);
    if (outcome.verdict == transform::Verdict::undeliverable) event.poison = outcome.reason;
    return outcome.verdict != transform::Verdict::filtered;
}

void Pipeline::on_parts(Token of, const event::BatchRef& batch, std::uint32_t first, std::uint32_t count,
                        std::vector<BatchWindow::Waiting>& out) {
    const AckLedger::Entry* entry = ledger_.find(of);
    OUTFLOW_ASSERT(entry != nullptr);
    const Token origin = entry->is_part() ? entry->origin : of;
    for (std::uint32_t i = first; i < first + count; ++i) out.push_back({batch, i, ledger_.add_part(origin, batch, i)});
    if (origin != of) finish_part(of);
    else if (count == 0) ledger_.settle(of, Fate::filtered);
}

void Pipeline::finish_part(Token part) {
    const Token origin = ledger_.find(part)->origin;
    ledger_.remove_part(part);
    settle_if_decided(origin, *ledger_.find(origin));
}

std::size_t Pipeline::in_stages() const {
    std::size_t events = 0;
    for (const auto& chain : chains_) events += chain->size();
    return events;
}

std::string Pipeline::condition() const {
    for (const auto& chain : chains_)
        if (std::string text = chain->condition(); !text.empty()) return text;
    return is_held_back() ? describe_rate() : std::string();
}

}  // namespace outflow::pipeline
