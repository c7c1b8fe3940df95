// The stages of one version of a task, one after another.
//
//   enter --> [ entered ] --> StageQueue 1 --> StageQueue 2 --> out: what the mapping takes
//
// What is further on goes first, so that it makes room for what comes behind.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/stage_queue.h"
#include "pipeline/version.h"

namespace outflow::pipeline {

class StageChain {
public:
    // Of a version with stages. `listener` and `batches` outlive it.
    StageChain(Version version, bool keeps_order, PartListener& listener, event::BatchPool& batches);
    StageChain(const StageChain&) = delete;
    StageChain& operator=(const StageChain&) = delete;

    const transform::Program& filter() const { return *filter_; }
    const ProgramRef& mapping() const { return mapping_; }
    bool keeps_order() const { return keeps_order_; }

    // Nothing that entered waits for the first stage.
    bool has_room() const { return entered_.empty(); }
    // An event that has passed the filter, or a poison one.
    void enter(BatchWindow::Waiting event) { entered_.push_back(std::move(event)); }
    // Pushes once, to the last stage that can take something; gives how many events. While memory is full only where
    // nothing behind that stage makes room; `is_awaited`: something behind all of them will.
    std::size_t advance(bool is_memory_full, bool is_awaited);
    // Events that have come through; some of one batch are cut off from the others.
    std::span<BatchWindow::Waiting> out() { return queues_.back()->out(); }
    void take(std::size_t count) { queues_.back()->take(count); }
    bool is_cut = false;

    void turn(Clock::time_point now);
    std::optional<Clock::time_point> deadline() const;
    bool is_empty() const { return size() == 0; }
    // Events that have entered and were not taken by the mapping.
    std::size_t size() const;
    std::size_t held_bytes() const;
    std::string condition() const;

private:
    std::size_t push(std::size_t to);

    const ProgramRef filter_;
    const ProgramRef mapping_;
    const bool keeps_order_;
    std::vector<BatchWindow::Waiting> entered_;
    std::vector<std::unique_ptr<StageQueue>> queues_;
};

}  // namespace outflow::pipeline
