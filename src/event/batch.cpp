#include "event/batch.h"

#include <algorithm>

namespace outflow::event {

namespace {
// Of a batch without events: itself, and about what its list of chunks and the allocator need.
constexpr std::size_t batch_bytes = sizeof(Batch) + 64;
}  // namespace

void BatchRef::reset() {
    Batch* batch = std::exchange(batch_, nullptr);
    if (batch != nullptr && --batch->holders_ == 0) batch->pool_->give_back(batch);
}

void Batch::grow() {
    events.reserve(std::max<std::size_t>(1, events.capacity() * 2));
    share_.set(batch_bytes + events.capacity() * sizeof(Event));
}

void Batch::clear() {
    events.clear();
    arena.reset();
    chunks_.clear();
    other_.reset();
    versions_.clear();
}

void Batch::count_in(MemoryBudget* memory) {
    share_.count_in(memory);
    arena.count_in(memory);
}

BatchRef BatchPool::take() {
    std::unique_ptr<Batch> batch;
    if (spare_.empty()) {
        batch = std::make_unique<Batch>();
        batch->pool_ = this;
        batch->share_.set(batch_bytes);
    } else {
        batch = std::move(spare_.back());
        spare_.pop_back();
        spare_bytes_ -= batch->bytes();
    }
    batch->count_in(&memory_);
    return BatchRef(batch.release());
}

void BatchPool::give_back(Batch* batch) {
    std::unique_ptr<Batch> owned(batch);
    owned->clear();  // which may give back another batch
    if (spare_bytes_ + owned->bytes() > limits::spare_batch_bytes_max) return;
    owned->count_in(nullptr);
    spare_bytes_ += owned->bytes();
    spare_.push_back(std::move(owned));
}

}  // namespace outflow::event
