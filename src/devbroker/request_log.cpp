#include "devbroker/request_log.h"

#include <utility>

namespace outflow::devbroker {

void RequestLog::add(Entry entry) {
    if (!is_enabled_) return;
    entry.number = ++last_number_;
    bytes_ += entry.frame.size();
    entries_.push_back(std::move(entry));
    while (bytes_ > bytes_max && entries_.size() > 1) {
        bytes_ -= entries_.front().frame.size();
        entries_.pop_front();
    }
}

}  // namespace outflow::devbroker
