#include "devbroker/queue_index.h"

namespace outflow::devbroker {

const QueueIndex::Queue* QueueIndex::find(std::string_view topic, std::int32_t queue_id) const {
    auto queues = topics_.find(topic);
    if (queues == topics_.end()) return nullptr;
    auto queue = queues->second.find(queue_id);
    return queue == queues->second.end() ? nullptr : &queue->second;
}

QueueIndex::Queues& QueueIndex::queues_of(std::string_view topic) {
    auto found = topics_.find(topic);
    if (found == topics_.end()) found = topics_.emplace(topic, Queues{}).first;
    return found->second;
}

bool QueueIndex::add(std::string_view topic, std::int32_t queue_id, std::int64_t offset, const QueueEntry& entry) {
    auto [place, is_new] = queues_of(topic).try_emplace(queue_id);
    Queue& queue = place->second;
    if (is_new) queue.min_offset = offset;
    if (queue.max_offset() != offset) return false;
    queue.entries.push_back(entry);
    return true;
}

void QueueIndex::add_empty(std::string_view topic, std::int32_t queue_id, std::int64_t offset) {
    auto [place, is_new] = queues_of(topic).try_emplace(queue_id);
    if (is_new) place->second.min_offset = offset;
}

bool QueueIndex::forget(std::string_view topic) {
    auto found = topics_.find(topic);
    if (found == topics_.end()) return false;
    topics_.erase(found);
    return true;
}

void QueueIndex::drop_before(std::int64_t physical_offset) {
    for (auto& [topic, queues] : topics_) {
        for (auto& [queue_id, queue] : queues) {
            while (!queue.entries.empty() && queue.entries.front().physical_offset < physical_offset) {
                queue.entries.pop_front();
                ++queue.min_offset;
            }
        }
    }
}

}  // namespace outflow::devbroker
