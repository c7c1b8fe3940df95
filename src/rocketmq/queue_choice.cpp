#include "rocketmq/queue_choice.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/hash.h"

namespace outflow::rocketmq {

namespace {

constexpr std::size_t remembered_least = 64;  // powers of four
constexpr std::size_t remembered_most = 4'096;

// A bijection that spreads every bit (the finisher of splitmix64, Steele et al. 2014).
std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
    return value ^ (value >> 31);
}

}  // namespace

QueueChoice::QueueChoice(std::vector<MessageQueue> queues) : queues_(std::move(queues)) {
    std::ranges::sort(queues_);
    queues_.erase(std::unique(queues_.begin(), queues_.end()), queues_.end());
    hashes_.reserve(queues_.size());
    for (const MessageQueue& queue : queues_) {
        hashes_.push_back(hash_bytes(queue.broker_name, static_cast<std::uint32_t>(queue.queue_id)));
    }
}

// When keys push one another out: four times the room.
void QueueChoice::remember_more() {
    misses_ = 0;
    const std::size_t room = remembered_.empty() ? remembered_least : remembered_.size() * 4;
    remembered_.assign(room, {});
}

// Equal weights (of queues whose hashes are equal) go to the first in the order of names, whatever else is there.
std::size_t QueueChoice::heaviest(std::uint64_t key_hash) const {
    std::size_t best = 0;
    std::uint64_t best_weight = mix(hashes_[0] ^ key_hash);
    for (std::size_t i = 1; i < hashes_.size(); ++i) {
        std::uint64_t weight = mix(hashes_[i] ^ key_hash);
        if (weight > best_weight) {
            best = i;
            best_weight = weight;
        }
    }
    return best;
}

std::size_t QueueChoice::choose(std::uint64_t key_hash) {
    OUTFLOW_ASSERT(!queues_.empty());
    if (queues_.size() == 1) return 0;
    if (misses_ >= remembered_.size() && remembered_.size() < remembered_most) remember_more();
    Remembered& slot = remembered_[key_hash & (remembered_.size() - 1)];
    if (!slot.is_set || slot.key_hash != key_hash) {
        ++misses_;
        slot = {key_hash, static_cast<std::uint32_t>(heaviest(key_hash)), true};
    }
    return slot.index;
}

}  // namespace outflow::rocketmq
