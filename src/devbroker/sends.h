// SEND_MESSAGE (10), SEND_MESSAGE_V2 (310) and SEND_BATCH_MESSAGE (320).
#pragma once

#include <chrono>
#include <span>

#include "devbroker/state.h"
#include "rocketmq/server_requests.h"
#include "rocketmq/unique_keys.h"

namespace outflow::devbroker {

class Sends {
public:
    static constexpr std::size_t property_bytes_max = 32'767;

    Sends(State& state, std::chrono::milliseconds now);

    rocketmq::Response handle(const Request& request, std::chrono::milliseconds now);

private:
    // What is wrong, as a response; a topic that may come into being does.
    std::optional<rocketmq::Response> check_topic(const rocketmq::SendFields& fields, const Request& request);
    std::optional<rocketmq::Response> create_topic(const rocketmq::SendFields& fields);
    rocketmq::Response send_one(rocketmq::SendFields& fields, const Request& request, std::chrono::milliseconds now);
    rocketmq::Response send_batch(const rocketmq::SendFields& fields, const Request& request);
    // A retry that has been tried too often goes to the dead letters. Errors: TopicTable::set.
    Status redirect_dead(rocketmq::SendFields& fields, const rocketmq::Command& command);
    rocketmq::Response stored(std::int32_t queue_id, std::int64_t queue_offset,
                              std::span<const std::int64_t> physical_offsets, std::string_view transaction_id) const;

    State& state_;
    rocketmq::UniqueKeys keys_;
    std::uint32_t next_queue_ = 0;  // for senders that leave the choice to the broker
};

}  // namespace outflow::devbroker
