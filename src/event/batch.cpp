#include "event/batch.h"

namespace outflow::event {

namespace {
constexpr std::size_t spare_batches_max = 64;
}

void BatchRef::reset() {
    Batch* batch = std::exchange(batch_, nullptr);
    if (batch != nullptr && --batch->holders_ == 0) batch->pool_->give_back(batch);
}

BatchRef BatchPool::take() {
    std::unique_ptr<Batch> batch;
    if (spare_.empty()) {
        batch = std::make_unique<Batch>();
        batch->pool_ = this;
    } else {
        batch = std::move(spare_.back());
        spare_.pop_back();
    }
    return BatchRef(batch.release());
}

void BatchPool::give_back(Batch* batch) {
    std::unique_ptr<Batch> owned(batch);
    if (spare_.size() >= spare_batches_max) return;
    owned->events.clear();
    owned->arena.reset();
    owned->chunks_.clear();
    spare_.push_back(std::move(owned));
}

}  // namespace outflow::event
