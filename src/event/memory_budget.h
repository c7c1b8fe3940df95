// What a task holds of memory, counted in one place. One thread.
//
//   MemoryBudget <-- ChunkPool (receive buffers), BatchPool (batches and their arenas),
//                    Pipeline (what is noted of events; what sink and dead letters hold)
//
// It counts by chunk, arena block, batch and turn, never by message, and refuses nothing: who reads asks it first.
#pragma once

#include <cstddef>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"

namespace outflow::event {

// Outlives all that counts in it.
class MemoryBudget {
public:
    explicit MemoryBudget(std::size_t bytes_max = limits::held_bytes_max) : bytes_max_(bytes_max) {}
    ~MemoryBudget() { OUTFLOW_ASSERT(held_bytes_ == 0); }  // all of it was given back
    MemoryBudget(const MemoryBudget&) = delete;
    MemoryBudget& operator=(const MemoryBudget&) = delete;

    // What is held already stays, even when it is more.
    void limit(std::size_t bytes_max) { bytes_max_ = bytes_max; }
    void take(std::size_t bytes) { held_bytes_ += bytes; }
    void give_back(std::size_t bytes) {
        OUTFLOW_ASSERT(held_bytes_ >= bytes);
        held_bytes_ -= bytes;
    }

    std::size_t held_bytes() const { return held_bytes_; }
    // Nothing is to be read, and nothing more to be made of what was read.
    bool is_full() const { return held_bytes_ >= bytes_max_; }
    // Memory is short: nothing is to wait for company.
    bool is_half_full() const { return held_bytes_ > bytes_max_ / 2; }
    // Reading may begin again.
    bool has_room() const { return held_bytes_ < bytes_max_ / 4 * 3; }

private:
    std::size_t bytes_max_;
    std::size_t held_bytes_ = 0;
};

// What one holder has of a budget; it is given back at its end. Of no budget it only knows its sum.
class MemoryShare {
public:
    MemoryShare() = default;
    explicit MemoryShare(MemoryBudget& budget) : budget_(&budget) {}
    MemoryShare(MemoryShare&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    MemoryShare& operator=(MemoryShare other) noexcept {
        std::swap(budget_, other.budget_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~MemoryShare() { set(0); }

    void set(std::size_t bytes) {
        if (budget_ != nullptr) {
            budget_->take(bytes);
            budget_->give_back(bytes_);
        }
        bytes_ = bytes;
    }
    // From now on it counts in another budget; null: in none.
    void count_in(MemoryBudget* budget) {
        const std::size_t bytes = bytes_;
        set(0);
        budget_ = budget;
        set(bytes);
    }
    std::size_t bytes() const { return bytes_; }

private:
    MemoryBudget* budget_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace outflow::event
