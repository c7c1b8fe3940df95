// A batch of events and the memory that their views point into.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "event/event.h"
#include "event/memory.h"

namespace outflow::event {

class Batch;
class BatchPool;

// Shared ownership of a batch: the pipeline while it works on it, and every unsettled event in it.
class BatchRef {
public:
    BatchRef() = default;
    BatchRef(const BatchRef& other);
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
    explicit BatchRef(Batch* batch);
    Batch* batch_ = nullptr;
};

// Events of one read, in the order of receipt. Lives until its last holder lets go; one thread.
class Batch {
public:
    // Keeps `chunk` as long as the batch lives; `event` may view into it and into `arena`.
    void add(const Event& event, const ChunkRef& chunk) {
        if (chunk && (chunks_.empty() || chunks_.back().get() != chunk.get())) chunks_.push_back(chunk);
        if (events.size() == events.capacity()) grow();
        events.push_back(event);
    }
    // For events of `other`, which lives as long as this batch.
    void keep(BatchRef other) { other_ = std::move(other); }
    // For records whose views point into `version`, what made them: it lives as long as this batch.
    void keep(const std::shared_ptr<const void>& version) {
        if (versions_.empty() || versions_.back() != version) versions_.push_back(version);
    }

    std::vector<Event> events;
    Arena arena;

private:
    friend class BatchPool;
    friend class BatchRef;
    void grow();
    void clear();
    void count_in(MemoryBudget* memory);
    std::size_t bytes() const { return share_.bytes() + arena.bytes(); }

    BatchPool* pool_ = nullptr;
    std::vector<ChunkRef> chunks_;
    BatchRef other_;
    std::vector<std::shared_ptr<const void>> versions_;  // shared with who runs them, and with other batches
    MemoryShare share_;                                  // of all but the arena
    std::uint32_t holders_ = 0;
};

inline BatchRef::BatchRef(const BatchRef& other) : batch_(other.batch_) {
    if (batch_ != nullptr) ++batch_->holders_;
}
inline BatchRef::BatchRef(Batch* batch) : batch_(batch) { ++batch_->holders_; }

// Recycles batches. Outlives every BatchRef it gave.
class BatchPool {
public:
    // The batches that somebody holds count in `memory`, which outlives the pool. Those kept for the next use do not:
    // they are limits::spare_batch_bytes_max at most.
    explicit BatchPool(MemoryBudget& memory) : memory_(memory) {}
    BatchPool(const BatchPool&) = delete;
    BatchPool& operator=(const BatchPool&) = delete;

    BatchRef take();

private:
    friend class BatchRef;
    void give_back(Batch* batch);

    MemoryBudget& memory_;
    std::vector<std::unique_ptr<Batch>> spare_;
    std::size_t spare_bytes_ = 0;
};

}  // namespace outflow::event
