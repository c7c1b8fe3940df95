// Queues that orderly consumers have locked for themselves: LOCK_BATCH_MQ and UNLOCK_BATCH_MQ.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "devbroker/state.h"

namespace outflow::devbroker {

// A lock ends 60 s after it was last asked for; consumers ask every 20 s.
class QueueLocks {
public:
    static constexpr std::size_t locks_max = 100'000;
    static constexpr std::chrono::milliseconds life{60'000};

    explicit QueueLocks(const State& state) : state_(state) {}

    rocketmq::Response lock(const Request& request, std::chrono::milliseconds now);
    rocketmq::Response unlock(const Request& request);

private:
    using Key = std::tuple<std::string, std::string, std::int32_t>;  // group, topic, queue id
    struct Lock {
        std::string client_id;
        std::chrono::milliseconds at{0};
    };
    bool take(const Key& key, const std::string& client_id, std::chrono::milliseconds now);

    const State& state_;
    std::map<Key, Lock> locks_;
};

}  // namespace outflow::devbroker
