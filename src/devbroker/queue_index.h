// What is where: the entries of every queue, in memory.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "devbroker/message_store.h"

namespace outflow::devbroker {

class QueueIndex {
public:
    struct Queue {
        std::int64_t min_offset = 0;  // of the first entry, or the next one when there is none
        std::deque<QueueEntry> entries;

        std::int64_t max_offset() const { return min_offset + static_cast<std::int64_t>(entries.size()); }
    };

    const Queue* find(std::string_view topic, std::int32_t queue_id) const;

    // Adds an entry at `offset`, which must be the queue's max_offset; a new queue begins anywhere. False: it is not.
    bool add(std::string_view topic, std::int32_t queue_id, std::int64_t offset, const QueueEntry& entry);
    // A queue without entries goes on at `offset`; one that is there stays as it is.
    void add_empty(std::string_view topic, std::int32_t queue_id, std::int64_t offset);

    bool forget(std::string_view topic);  // whether it was there
    // Drops the entries of messages that stand before that place in the log.
    void drop_before(std::int64_t physical_offset);

    using Queues = std::map<std::int32_t, Queue>;  // by id
    const std::map<std::string, Queues, std::less<>>& topics() const { return topics_; }

private:
    Queues& queues_of(std::string_view topic);

    std::map<std::string, Queues, std::less<>> topics_;
};

}  // namespace outflow::devbroker
