// Memory of events: receive buffers shared by the batches cut from them, and arenas for what a batch makes itself.
//
//   ChunkPool --take--> Chunk [ PUBLISH | PUBLISH | PUBL.. ]      bytes as read from the source
//                         ^ ChunkRef        ^ ChunkRef
//                       Batch 1           Batch 2                  events are views into the chunks
//
// One thread. Both count in a MemoryBudget. A view into a chunk or an arena is valid as long as the Batch holding it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "event/memory_budget.h"

namespace outflow::event {

class ChunkPool;

// A buffer that is filled once, front to back; limits::chunk_padding more bytes behind it are readable.
class Chunk {
public:
    char* data() { return bytes_.get(); }
    std::size_t capacity() const { return capacity_; }

    std::size_t used = 0;  // bytes filled so far

private:
    friend class ChunkPool;
    friend class ChunkRef;
    ChunkPool* pool_ = nullptr;
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::uint32_t holders_ = 0;
};

// Shared ownership of a chunk: the source that fills it and every batch with an event in it.
class ChunkRef {
public:
    ChunkRef() = default;
    ChunkRef(const ChunkRef& other) : chunk_(other.chunk_) {
        if (chunk_ != nullptr) ++chunk_->holders_;
    }
    ChunkRef(ChunkRef&& other) noexcept : chunk_(std::exchange(other.chunk_, nullptr)) {}
    ChunkRef& operator=(ChunkRef other) noexcept {
        std::swap(chunk_, other.chunk_);
        return *this;
    }
    ~ChunkRef();

    Chunk* get() const { return chunk_; }
    Chunk* operator->() const { return chunk_; }
    explicit operator bool() const { return chunk_ != nullptr; }

private:
    friend class ChunkPool;
    explicit ChunkRef(Chunk* chunk) : chunk_(chunk) { ++chunk_->holders_; }
    Chunk* chunk_ = nullptr;
};

// Hands out chunks. Outlives every ChunkRef it gave.
class ChunkPool {
public:
    // The chunks that somebody holds count in `memory`, which outlives the pool.
    explicit ChunkPool(MemoryBudget& memory) : memory_(memory) {}
    ~ChunkPool();  // nobody holds a chunk any more (assertion)
    ChunkPool(const ChunkPool&) = delete;
    ChunkPool& operator=(const ChunkPool&) = delete;

    // A chunk of at least `capacity` bytes. Chunks of the standard size are recycled, limits::spare_chunks_max kept.
    ChunkRef take(std::size_t capacity = limits::chunk_bytes);
    const MemoryBudget& memory() const { return memory_; }

private:
    friend class ChunkRef;
    void give_back(Chunk* chunk);

    MemoryBudget& memory_;
    std::vector<std::unique_ptr<Chunk>> spare_;
    std::size_t held_ = 0;  // chunks
};

// Bump allocation; everything is freed at once by reset(). Keeps its first block for the next use.
class Arena {
public:
    Arena() = default;
    Arena(Arena&&) = default;
    Arena& operator=(Arena&&) = default;

    // Its blocks count in `memory` from now on, which outlives it; null: nobody counts them.
    void count_in(MemoryBudget* memory) { share_.count_in(memory); }
    // Of all its blocks, used or not.
    std::size_t bytes() const { return share_.bytes(); }

    // `size` bytes, with limits::chunk_padding readable bytes behind them, aligned to 8.
    char* allocate(std::size_t size);
    std::string_view copy(std::string_view bytes) {
        if (bytes.empty()) return {};
        char* place = allocate(bytes.size());
        std::memcpy(place, bytes.data(), bytes.size());
        return {place, bytes.size()};
    }
    // Room for `count` values of a trivially copyable and destructible type, not initialised.
    template <class T>
    T* allocate_array(std::size_t count) {
        static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T> && alignof(T) <= 8);
        return reinterpret_cast<T*>(allocate(count * sizeof(T)));
    }
    void reset();

private:
    struct Block {
        std::unique_ptr<char[]> bytes;
        std::size_t capacity = 0;
    };
    static std::size_t bytes_of(const Block& block) { return sizeof(Block) + block.capacity + limits::chunk_padding; }

    std::vector<Block> blocks_;
    std::size_t used_ = 0;  // of the last block
    MemoryShare share_;
};

}  // namespace outflow::event
