// How long to wait before trying again: exponential with full jitter. Pure; the same seed gives the same sequence.
#pragma once

#include <chrono>
#include <cstdint>

namespace outflow::net {

struct BackoffLimits {
    std::chrono::milliseconds first{100};  // upper bound of the first delay; each further one's is twice as large
    std::chrono::milliseconds ceiling{30'000};
    std::chrono::milliseconds floor{10};  // no delay is shorter
};

class Backoff {
public:
    explicit Backoff(std::uint64_t seed, BackoffLimits limits = {}) : limits_(limits), random_(seed) {}

    // Uniform in [floor, min(ceiling, first * 2^attempts())]; counts an attempt.
    std::chrono::milliseconds next();
    // After a success that lasted.
    void reset() { attempts_ = 0; }
    std::uint32_t attempts() const { return attempts_; }

private:
    BackoffLimits limits_;
    std::uint64_t random_;
    std::uint32_t attempts_ = 0;
};

}  // namespace outflow::net
