#include "connectors/send_queue.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "rocketmq/requests.h"

namespace outflow::connectors {

std::size_t SendQueue::begin_batch(std::size_t bytes_max, std::chrono::milliseconds now) {
    OUTFLOW_ASSERT(!pending_.empty());
    if (batch_records_ > 0) return batch_records_;
    batch_born_ = now;
    if (!planned_.empty()) {
        batch_records_ = planned_.front().records;
        batch_split_ = planned_.front().split;
        planned_.pop_front();
        return batch_records_;
    }
    batch_split_ = none;
    splits_.clear();
    std::size_t bytes = 0;
    std::size_t most = std::min(pending_.size(), limits::batch_records_max);
    while (batch_records_ < most && pending_[batch_records_].compressed == pending_.front().compressed) {
        const PendingRecord& record = pending_[batch_records_];
        bytes += rocketmq::batch_entry_bytes({record.body, record.properties});
        if (batch_records_ > 0 && bytes > bytes_max) break;
        ++batch_records_;
    }
    return batch_records_;
}

std::size_t SendQueue::finish_batch(std::vector<pipeline::Token>& stored) {
    std::size_t bytes = batch_split_ == none ? 0 : bytes_of(batch_records_);
    for (; batch_records_ > 0; --batch_records_) {
        stored.push_back(pending_.front().token);
        pending_.pop_front();
    }
    if (batch_split_ == none) return 0;
    Split& split = splits_[std::exchange(batch_split_, none)];
    split.larger_half_bytes = std::max(split.larger_half_bytes, bytes);
    return ++split.stored_halves == 2 ? split.larger_half_bytes : 0;
}

void SendQueue::split_batch() {
    OUTFLOW_ASSERT(batch_records_ > 1);
    std::size_t split = splits_.size();
    splits_.push_back({});
    std::size_t first = batch_records_ / 2;
    planned_.push_front({batch_records_ - first, split});
    planned_.push_front({first, split});
    batch_records_ = 0;
    batch_split_ = none;
}

PendingRecord SendQueue::reject_batch() {
    OUTFLOW_ASSERT(batch_records_ == 1);
    PendingRecord record = pending_.front();
    pending_.pop_front();
    batch_records_ = 0;
    batch_split_ = none;
    return record;
}

std::deque<PendingRecord> SendQueue::take_all() {
    batch_records_ = 0;
    return take_rest();
}

std::deque<PendingRecord> SendQueue::take_rest() {
    planned_.clear();
    splits_.clear();
    batch_split_ = none;
    auto batch_end = pending_.begin() + static_cast<std::ptrdiff_t>(batch_records_);
    std::deque<PendingRecord> rest(batch_end, pending_.end());
    pending_.erase(batch_end, pending_.end());
    return rest;
}

std::size_t SendQueue::bytes_of(std::size_t records) const {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < records; ++i)
        bytes += rocketmq::batch_entry_bytes({pending_[i].body, pending_[i].properties});
    return bytes;
}

}  // namespace outflow::connectors
