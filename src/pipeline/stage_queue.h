// One stage of a task with the events that are in it, and those that have come out and wait for what follows.
//
//   push --> [ 1 complete | 2 suspended | 3 complete ]  --> out: what was made of 1; 3 follows 2
//                    Stage completes in any order          unless nothing asks for order
//
// An undeliverable event keeps its place as a poison event, which no stage gets, whether there is an order or not: so
// what stands in front of it is delivered before it ends a task that has no dead letters.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "event/batch.h"
#include "pipeline/window.h"
#include "transform/stage.h"

namespace outflow::pipeline {

// Who keeps account of events.
class PartListener {
public:
    virtual ~PartListener() = default;
    // The event is replaced by `count` others, those from `first` on of the batch; their tokens are appended.
    virtual void on_parts(Token of, const event::BatchRef& batch, std::uint32_t first, std::uint32_t count,
                          std::vector<BatchWindow::Waiting>& out) = 0;
};

class StageQueue final : private transform::StageListener {
public:
    // `listener` and `batches` outlive it.
    StageQueue(std::unique_ptr<transform::Stage> stage, bool keeps_order, PartListener& listener,
               event::BatchPool& batches);
    StageQueue(const StageQueue&) = delete;
    StageQueue& operator=(const StageQueue&) = delete;

    // How many events it takes now: none while something that came out waits, or too many are in it.
    std::size_t room() const;
    // Takes events from the front, one at least; gives how many. Only with room.
    std::size_t push(std::span<const BatchWindow::Waiting> events);
    // What has come out and was not taken.
    std::span<BatchWindow::Waiting> out() { return std::span(out_).subspan(taken_); }
    void take(std::size_t count);

    void turn(Clock::time_point now) { stage_->turn(now); }
    std::optional<Clock::time_point> deadline() const { return stage_->deadline(); }
    // Nothing is in it, and nothing waits.
    bool is_empty() const { return size() == 0; }
    std::size_t size() const { return slots_.size() + out_.size() - taken_; }
    // Beside batches; bytes.
    std::size_t held_bytes() const;
    std::string condition() const { return stage_->condition(); }

private:
    struct Slot {
        BatchWindow::Waiting event;
        event::BatchRef made;
        std::uint32_t first = 0;
        std::uint32_t count = 0;
        bool is_poison = false;
        bool is_complete = false;
        bool is_gone = false;  // in front of its turn
    };

    void on_complete(const event::BatchRef& batch, std::span<const transform::Completion> completions) override;
    static void complete(Slot& slot, const event::BatchRef& batch, const transform::Completion& completion);
    void release_front();
    void release(Slot& slot);

    const std::unique_ptr<transform::Stage> stage_;
    const bool keeps_order_;
    PartListener& listener_;
    std::deque<Slot> slots_;       // in the order that they were pushed
    transform::Ticket first_ = 0;  // of the front
    std::vector<transform::StageEvent> pushed_;
    std::vector<BatchWindow::Waiting> out_;
    std::size_t taken_ = 0;  // of out_
};

}  // namespace outflow::pipeline
