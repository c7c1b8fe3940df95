#include "pipeline/window.h"

#include <algorithm>

namespace outflow::pipeline {

void BatchWindow::add(Waiting waiting, Clock::time_point now) {
    waiting.since = now;
    waiting_.push_back(std::move(waiting));
}

std::size_t BatchWindow::due(Clock::time_point now, bool end_of_read, bool under_pressure) {
    const std::size_t all = waiting_.size();
    if (all == 0) return 0;
    const std::size_t most = std::min<std::size_t>(all, push_.messages);
    const bool are_enough = all >= push_.messages || (send_ahead_ != 0 && all >= send_ahead_);
    const bool at_once = under_pressure || are_enough || (push_.interval.count() == 0 && end_of_read);
    const bool have_waited = push_.interval.count() > 0 && now - waiting_.front().since >= push_.interval;
    if (!at_once && !have_waited) return 0;
    pushed_by_interval_ = at_once ? 0 : most;
    return most;
}

BatchWindow::Waiting BatchWindow::take() {
    Waiting front = std::move(waiting_.front());
    waiting_.pop_front();
    return front;
}

std::optional<Clock::time_point> BatchWindow::deadline() const {
    if (waiting_.empty() || push_.interval.count() == 0) return std::nullopt;
    return waiting_.front().since + push_.interval;
}

}  // namespace outflow::pipeline
