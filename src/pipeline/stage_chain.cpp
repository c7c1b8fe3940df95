#include "pipeline/stage_chain.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace outflow::pipeline {

StageChain::StageChain(Version version, bool keeps_order, PartListener& listener, event::BatchPool& batches)
    : filter_(std::move(version.filter)), mapping_(std::move(version.program)), keeps_order_(keeps_order) {
    OUTFLOW_ASSERT(filter_ != nullptr && !version.stages.empty());
    for (auto& stage : version.stages) {
        queues_.push_back(std::make_unique<StageQueue>(std::move(stage), keeps_order, listener, batches));
    }
}

std::size_t StageChain::advance(bool is_memory_full, bool is_awaited) {
    for (std::size_t to = queues_.size(); to > 0; --to) {
        is_awaited = is_awaited || !queues_[to - 1]->is_empty();
        if (is_memory_full && is_awaited) return 0;
        const bool has_events = to == 1 ? !entered_.empty() : !queues_[to - 2]->out().empty();
        if (has_events && queues_[to - 1]->room() > 0) return push(to - 1);
    }
    return 0;
}

std::size_t StageChain::push(std::size_t to) {
    const std::size_t taken = queues_[to]->push(to == 0 ? std::span(entered_) : queues_[to - 1]->out());
    if (to > 0) queues_[to - 1]->take(taken);
    else entered_.erase(entered_.begin(), entered_.begin() + static_cast<std::ptrdiff_t>(taken));
    return taken;
}

void StageChain::turn(Clock::time_point now) {
    for (const auto& queue : queues_) queue->turn(now);
}

std::optional<Clock::time_point> StageChain::deadline() const {
    std::optional<Clock::time_point> next;
    for (const auto& queue : queues_) {
        const auto its = queue->deadline();
        if (its && (!next || *its < *next)) next = its;
    }
    return next;
}

std::size_t StageChain::size() const {
    std::size_t size = entered_.size();
    for (const auto& queue : queues_) size += queue->size();
    return size;
}

std::size_t StageChain::held_bytes() const {
    std::size_t bytes = entered_.size() * sizeof(BatchWindow::Waiting);
    for (const auto& queue : queues_) bytes += queue->held_bytes();
    return bytes;
}

std::string StageChain::condition() const {
    for (const auto& queue : queues_)
        if (std::string text = queue->condition(); !text.empty()) return text;
    return {};
}

}  // namespace outflow::pipeline
