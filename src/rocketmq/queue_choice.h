// Which message queue a key belongs to: rendezvous (highest random weight) hashing over (broker, queue id).
#pragma once

#include <cstdint>
#include <vector>

#include "rocketmq/route.h"

namespace outflow::rocketmq {

// A key goes to the queue of which hash(queue, key) is greatest. When queues go, only their keys move; when queues
// come, only the keys that they take. It depends neither on the order of the queues nor on anything before.
class QueueChoice {
public:
    QueueChoice() = default;
    // Repeated queues count once.
    explicit QueueChoice(std::vector<MessageQueue> queues);

    // Sorted by broker name and queue id; the indices of `choose` are into it.
    const std::vector<MessageQueue>& queues() const { return queues_; }
    bool empty() const { return queues_.empty(); }

    // Index of the queue for a key's 64-bit hash. There must be a queue. Time is linear in the queues, constant when
    // the key was asked for lately.
    std::size_t choose(std::uint64_t key_hash);

private:
    struct Remembered {
        std::uint64_t key_hash = 0;
        std::uint32_t index = 0;
        bool is_set = false;
    };
    std::size_t heaviest(std::uint64_t key_hash) const;
    void remember_more();

    std::vector<MessageQueue> queues_;
    std::vector<std::uint64_t> hashes_;   // of the queues
    std::vector<Remembered> remembered_;  // direct-mapped; a topic with few keys needs few
    std::size_t misses_ = 0;              // since it grew
};

}  // namespace outflow::rocketmq
