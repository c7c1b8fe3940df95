#include "pipeline/stage_queue.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/limits.h"

namespace outflow::pipeline {

namespace {

// It stays an event of its batch, which every event of the pipeline has to itself.
void make_poison(const BatchWindow::Waiting& waiting, std::string_view reason) {
    waiting.batch->events[waiting.index].poison = waiting.batch->arena.copy(reason);
}

bool is_poison(const BatchWindow::Waiting& waiting) { return !waiting.batch->events[waiting.index].poison.empty(); }

}  // namespace

StageQueue::StageQueue(std::unique_ptr<transform::Stage> stage, bool keeps_order, PartListener& listener,
                       event::BatchPool& batches)
    : stage_(std::move(stage)), keeps_order_(keeps_order), listener_(listener) {
    stage_->start(*this, batches);
}

std::size_t StageQueue::room() const {
    if (taken_ < out_.size()) return 0;
    return std::min(stage_->room(), limits::stage_events_max - slots_.size());
}

// Events of one batch up to the next poison, or one that is.
std::size_t StageQueue::push(std::span<const BatchWindow::Waiting> events) {
    pushed_.clear();
    const std::size_t room = this->room();
    for (const BatchWindow::Waiting& event : events) {
        const bool ends = pushed_.size() == room || event.batch.get() != events.front().batch.get() || is_poison(event);
        if (ends) break;
        pushed_.push_back({first_ + slots_.size(), event.index});
        slots_.push_back({.event = event, .made = {}});
    }
    if (pushed_.empty()) {
        slots_.push_back({.event = events.front(), .made = {}, .is_poison = true, .is_complete = true});
        release_front();
        return 1;
    }
    const event::BatchRef batch = events.front().batch;
    const std::size_t taken = stage_->push(batch, pushed_);
    OUTFLOW_ASSERT(taken > 0 && taken <= pushed_.size());
    for (std::size_t left = pushed_.size() - taken; left > 0; --left) {
        OUTFLOW_ASSERT(!slots_.back().is_complete);
        slots_.pop_back();
    }
    return taken;
}

void StageQueue::take(std::size_t count) {
    for (const std::size_t end = taken_ + count; taken_ < end; ++taken_) out_[taken_].batch.reset();
    if (taken_ < out_.size()) return;
    out_.clear();
    taken_ = 0;
}

void StageQueue::on_complete(const event::BatchRef& batch, std::span<const transform::Completion> completions) {
    for (const transform::Completion& completion : completions) {
        OUTFLOW_ASSERT(completion.ticket - first_ < slots_.size());
        Slot& slot = slots_[completion.ticket - first_];
        OUTFLOW_ASSERT(!slot.is_complete);
        complete(slot, batch, completion);
        if (!keeps_order_ && !slot.is_poison) release(slot);
    }
    release_front();
}

void StageQueue::complete(Slot& slot, const event::BatchRef& batch, const transform::Completion& completion) {
    slot.is_complete = true;
    const bool is_too_much = completion.count > limits::stage_fan_out_max;
    slot.is_poison = is_too_much || !completion.reason.empty();
    if (is_too_much) {
        make_poison(slot.event, fmt::format("A stage makes more than {} events of it.", limits::stage_fan_out_max));
    } else if (slot.is_poison) {
        make_poison(slot.event, completion.reason);
    } else if (completion.count > 0) {
        slot.made = batch;
        slot.first = completion.first;
        slot.count = completion.count;
    }
}

void StageQueue::release_front() {
    for (; !slots_.empty() && slots_.front().is_complete; ++first_) {
        if (!slots_.front().is_gone) release(slots_.front());
        slots_.pop_front();
    }
}

void StageQueue::release(Slot& slot) {
    slot.is_gone = true;
    if (slot.is_poison) out_.push_back(std::move(slot.event));
    else listener_.on_parts(slot.event.token, slot.made, slot.first, slot.count, out_);
    slot.event.batch.reset();
    slot.made.reset();
}

std::size_t StageQueue::held_bytes() const {
    return slots_.size() * sizeof(Slot) + out_.size() * sizeof(BatchWindow::Waiting) + stage_->held_bytes();
}

}  // namespace outflow::pipeline
