// PULL_MESSAGE and LITE_PULL_MESSAGE, and long polls: pulls that wait for a message.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "devbroker/consumer_groups.h"
#include "devbroker/state.h"
#include "devbroker/tag_filter.h"

namespace outflow::devbroker {

class Pulls {
public:
    static constexpr std::size_t polls_max = 10'000;
    static constexpr std::size_t messages_max = 32;                // of one response
    static constexpr std::size_t response_bytes_max = 256 * 1024;  // but one message always fits
    static constexpr std::int64_t scanned_max = 10'000;            // messages that one look passes over
    static constexpr std::chrono::milliseconds suspend_max{60'000};

    Pulls(State& state, const ConsumerGroups& groups) : state_(state), groups_(groups) {}

    void handle(const Request& request, const Reply& reply, std::chrono::milliseconds now);
    // Looks at the polls of these queues again.
    void wake(const std::set<QueueKey>& arrivals);
    void wake_topic(std::string_view topic);
    void disconnected(std::uint64_t connection);
    // Answers the polls that have waited long enough. When to call it next.
    std::optional<std::chrono::milliseconds> expire(std::chrono::milliseconds now);

private:
    struct Pull {
        QueueKey queue;
        std::int64_t offset = 0;  // the next to look at
        TagFilter filter;
        std::size_t messages = 0;
        std::size_t bytes = 0;
        bool commits = false;
        std::chrono::milliseconds suspend{0};
        std::chrono::milliseconds deadline{0};
        std::uint64_t connection = 0;
        Reply reply;
    };
    using Polls = std::map<QueueKey, std::list<Pull>>;

    // What is wrong with the request, or nothing and `pull` filled in.
    std::optional<rocketmq::Response> decode(const Request& request, Pull& pull) const;
    std::optional<rocketmq::Response> choose_filter(const Request& request, bool has_subscription, Pull& pull) const;
    void commit(const Request& request, const Pull& pull);
    // The response as of now; advances `pull` over what its filter leaves out.
    rocketmq::Response look(Pull& pull) const;
    rocketmq::Response collect(Pull& pull, std::int64_t end) const;
    void finish(Pull& pull, rocketmq::Response response) const;
    Polls::iterator look_again(Polls::iterator at);

    State& state_;
    const ConsumerGroups& groups_;
    Polls polls_;
    std::size_t poll_count_ = 0;
};

}  // namespace outflow::devbroker
