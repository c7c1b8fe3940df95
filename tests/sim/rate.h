// How much of something that is only counted came within a span of time, looked at once a second. Counts begin at 0.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

namespace outflow::sim {

class Rate {
public:
    explicit Rate(std::size_t seconds) : seconds_(seconds) {}

    // Once a second: the count so far.
    void look(std::uint64_t count) {
        counts_.push_back(count);
        if (counts_.size() > seconds_ + 1) counts_.pop_front();
        most_ = std::max(most_, lately());
    }
    std::uint64_t lately() const { return counts_.back() - counts_.front(); }
    std::uint64_t most() const { return most_; }

private:
    std::size_t seconds_;
    std::deque<std::uint64_t> counts_{0};
    std::uint64_t most_ = 0;
};

}  // namespace outflow::sim
