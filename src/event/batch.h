// A batch of events and the memory that their views point into.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "event/event.h"
#include "event/memory.h"

namespace outflow::event {

class BatchPool;

// Events of one read, in the order of receipt. Lives until its last holder lets go; one thread.
class Batch {
public:
    // Keeps `chunk` as long as the batch lives; `event` may view into it and into `arena`.
    void add(const Event& event, const ChunkRef& chunk) {
        if (chunk && (chunks_.empty() || chunks_.back().get() != chunk.get())) chunks_.push_back(chunk);
        events.push_back(event);
    }

    std::vector<Event> events;
    Arena arena;

private:
    friend class BatchPool;
    friend class BatchRef;
    BatchPool* pool_ = nullptr;
    std::vector<ChunkRef> chunks_;
    std::uint32_t holders_ = 0;
};

// Shared ownership of a batch: the pipeline while it works on it, and every unsettled event in it.
class BatchRef {
public:
    BatchRef() = default;
    BatchRef(const BatchRef& other) : batch_(other.batch_) {
        if (batch_ != nullptr) ++batch_->holders_;
    }
    BatchRef(BatchRef&& other) noexcept : batch_(std::exchange(other.batch_, nullptr)) {}
    BatchRef& operator=(BatchRef other) noexcept {
        std::swap(batch_, other.batch_);
        return *this;
    }
    ~BatchRef() { reset(); }
    void reset();

    Batch* get() const { return batch_; }
    Batch* operator->() const { return batch_; }
    Batch& operator*() const { return *batch_; }
    explicit operator bool() const { return batch_ != nullptr; }

private:
    friend class BatchPool;
    explicit BatchRef(Batch* batch) : batch_(batch) { ++batch_->holders_; }
    Batch* batch_ = nullptr;
};

// Recycles batches. Outlives every BatchRef it gave.
class BatchPool {
public:
    BatchPool() = default;
    BatchPool(const BatchPool&) = delete;
    BatchPool& operator=(const BatchPool&) = delete;

    BatchRef take();

private:
    friend class BatchRef;
    void give_back(Batch* batch);
    std::vector<std::unique_ptr<Batch>> spare_;
};

}  // namespace outflow::event
