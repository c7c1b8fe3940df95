#include "connectors/send_queue.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "rocketmq/requests.h"

namespace outflow::connectors {

std::size_t SendQueue::begin_part(std::size_t bytes_max, std::chrono::milliseconds now) {
    OUTFLOW_ASSERT(!pending_.empty());
    if (part_records_ > 0) return part_records_;
    part_born_ = now;
    if (!planned_.empty()) {
        part_records_ = planned_.front().records;
        part_split_ = planned_.front().split;
        planned_.pop_front();
        return part_records_;
    }
    part_split_ = none;
    splits_.clear();
    std::size_t bytes = 0;
    std::size_t most = std::min(pending_.size(), limits::batch_records_max);
    while (part_records_ < most && pending_[part_records_].compressed == pending_.front().compressed) {
        const PendingRecord& record = pending_[part_records_];
        bytes += rocketmq::batch_entry_bytes({record.body, record.properties});
        if (part_records_ > 0 && bytes > bytes_max) break;
        ++part_records_;
    }
    return part_records_;
}

std::size_t SendQueue::finish_part(std::vector<pipeline::Token>& stored) {
    std::size_t bytes = part_split_ == none ? 0 : bytes_of(part_records_);
    for (; part_records_ > 0; --part_records_) {
        stored.push_back(pending_.front().token);
        pending_.pop_front();
    }
    if (part_split_ == none) return 0;
    Split& split = splits_[std::exchange(part_split_, none)];
    split.larger_half_bytes = std::max(split.larger_half_bytes, bytes);
    return ++split.stored_halves == 2 ? split.larger_half_bytes : 0;
}

void SendQueue::split_part() {
    OUTFLOW_ASSERT(part_records_ > 1);
    std::size_t split = splits_.size();
    splits_.push_back({});
    std::size_t first = part_records_ / 2;
    planned_.push_front({part_records_ - first, split});
    planned_.push_front({first, split});
    part_records_ = 0;
    part_split_ = none;
}

PendingRecord SendQueue::reject_part() {
    OUTFLOW_ASSERT(part_records_ == 1);
    PendingRecord record = pending_.front();
    pending_.pop_front();
    part_records_ = 0;
    part_split_ = none;
    return record;
}

std::deque<PendingRecord> SendQueue::take_all() {
    part_records_ = 0;
    return take_rest();
}

std::deque<PendingRecord> SendQueue::take_rest() {
    planned_.clear();
    splits_.clear();
    part_split_ = none;
    auto part_end = pending_.begin() + static_cast<std::ptrdiff_t>(part_records_);
    std::deque<PendingRecord> rest(part_end, pending_.end());
    pending_.erase(part_end, pending_.end());
    return rest;
}

std::size_t SendQueue::bytes_of(std::size_t records) const {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < records; ++i)
        bytes += rocketmq::batch_entry_bytes({pending_[i].body, pending_[i].properties});
    return bytes;
}

}  // namespace outflow::connectors
