#include "event/memory.h"

#include <algorithm>

#include "base/assert.h"

namespace outflow::event {

namespace {
// Of an arena's first block: enough for the record of one small event, which may have its batch to itself.
constexpr std::size_t arena_block_bytes = 256;
constexpr std::size_t bytes_of_chunk(std::size_t capacity) { return sizeof(Chunk) + capacity + limits::chunk_padding; }
}  // namespace

ChunkRef::~ChunkRef() {
    if (chunk_ != nullptr && --chunk_->holders_ == 0) chunk_->pool_->give_back(chunk_);
}

ChunkPool::~ChunkPool() { OUTFLOW_ASSERT(held_ == 0); }

ChunkRef ChunkPool::take(std::size_t capacity) {
    std::unique_ptr<Chunk> chunk;
    if (capacity <= limits::chunk_bytes && !spare_.empty()) {
        chunk = std::move(spare_.back());
        spare_.pop_back();
    } else {
        chunk = std::make_unique<Chunk>();
        chunk->capacity_ = std::max(capacity, limits::chunk_bytes);
        // Default-initialised on purpose: pages of an unused tail are never touched.
        chunk->bytes_.reset(new char[chunk->capacity_ + limits::chunk_padding]);
        chunk->pool_ = this;
    }
    chunk->used = 0;
    ++held_;
    memory_.take(bytes_of_chunk(chunk->capacity_));
    return ChunkRef(chunk.release());
}

void ChunkPool::give_back(Chunk* chunk) {
    --held_;
    memory_.give_back(bytes_of_chunk(chunk->capacity_));
    std::unique_ptr<Chunk> owned(chunk);
    const bool is_kept = chunk->capacity_ == limits::chunk_bytes && spare_.size() < limits::spare_chunks_max;
    if (is_kept) spare_.push_back(std::move(owned));
}

char* Arena::allocate(std::size_t size) {
    std::size_t need = ((size + 7) & ~std::size_t{7});
    if (blocks_.empty() || blocks_.back().capacity - used_ < need) {
        std::size_t capacity = std::max(need, blocks_.empty() ? arena_block_bytes : blocks_.back().capacity * 2);
        capacity = std::max(need, std::min(capacity, limits::chunk_bytes));
        blocks_.push_back({std::unique_ptr<char[]>(new char[capacity + limits::chunk_padding]), capacity});
        used_ = 0;
        share_.set(share_.bytes() + bytes_of(blocks_.back()));
    }
    char* place = blocks_.back().bytes.get() + used_;
    used_ += need;
    return place;
}

void Arena::reset() {
    if (blocks_.size() > 1) blocks_.erase(blocks_.begin(), blocks_.end() - 1);
    if (!blocks_.empty() && blocks_.back().capacity > limits::chunk_bytes / 4) blocks_.clear();
    used_ = 0;
    share_.set(blocks_.empty() ? 0 : bytes_of(blocks_.back()));
}

}  // namespace outflow::event
