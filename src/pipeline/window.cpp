#include "pipeline/window.h"

#include <algorithm>

namespace outflow::pipeline {

namespace {
constexpr std::chrono::milliseconds refill_time{20};
}

void BatchWindow::set_learn_limit(bool learn) {
    learn_limit_ = learn;
    if (!learn) learnt_limit_ = 0;
}

void BatchWindow::add(Waiting waiting, Clock::time_point now) {
    waiting.since = now;
    waiting_.push_back(std::move(waiting));
    if (!learn_limit_ || learnt_limit_ != 0 || !acknowledged_at_) return;
    if (now - *acknowledged_at_ > refill_time) acknowledged_at_.reset();
    else if (waiting_.size() == pushed_by_interval_) learnt_limit_ = pushed_by_interval_;
}

std::size_t BatchWindow::due(Clock::time_point now, bool end_of_read, bool under_pressure) {
    std::size_t all = waiting_.size();
    if (all == 0) return 0;
    std::size_t most = std::min<std::size_t>(all, push_.messages);
    if (under_pressure || all >= push_.messages) return most;
    if (learnt_limit_ != 0 && all >= learnt_limit_) return most;
    if (push_.interval.count() == 0) return end_of_read ? most : 0;
    if (now - waiting_.front().since < push_.interval) return 0;
    pushed_by_interval_ = static_cast<std::uint32_t>(most);
    acknowledged_at_.reset();
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

void BatchWindow::on_all_acknowledged(Clock::time_point now) {
    if (learn_limit_ && learnt_limit_ == 0 && pushed_by_interval_ > 0 && waiting_.empty()) acknowledged_at_ = now;
}

}  // namespace outflow::pipeline
