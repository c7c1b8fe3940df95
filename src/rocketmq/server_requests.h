// What a broker decodes of its clients' requests: sends in all their forms, batches, heartbeats. For the embedded
// broker. Sizes and counts are bounded; views point into what was given.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rocketmq/command.h"

namespace outflow::rocketmq {

// The header of SEND_MESSAGE (10, long names), SEND_MESSAGE_V2 (310) and SEND_BATCH_MESSAGE (320).
struct SendFields {
    std::string group;
    std::string topic;
    std::string default_topic;  // whose settings a missing topic inherits; nothing else makes it come into being
    std::uint32_t default_topic_queues = 4;
    std::int32_t queue_id = 0;  // -1: the broker chooses
    std::uint32_t sys_flag = 0;
    std::uint32_t flag = 0;
    std::chrono::milliseconds born{0};  // since the epoch
    std::string properties;             // of a batch: the outer ones
    std::uint32_t reconsume_times = 0;
    bool is_batch = false;  // field `m` decides, not the code
};
// Errors: rocketmq_malformed_header, naming the field.
Result<SendFields> decode_send_fields(const Command& command);

// One record in the body of a batch.
struct BatchEntry {
    std::uint32_t flag = 0;
    std::string_view body;
    std::string_view properties;
};
// Errors: rocketmq_malformed_message; also for an empty batch and for more than 100,000 records.
Result<std::vector<BatchEntry>> decode_batch(std::string_view body);

// The body of HEART_BEAT.
struct Subscription {
    std::string topic;
    std::string expression;       // "*", "a || b"; SQL text for other types
    std::string expression_type;  // "TAG" when absent
    std::int64_t version = 0;
};
struct ConsumerData {
    std::string group;
    bool is_broadcasting = false;  // messageModel
    std::vector<Subscription> subscriptions;
};
struct HeartBeat {
    std::string client_id;
    std::vector<std::string> producer_groups;
    std::vector<ConsumerData> consumers;
};
// Errors: rocketmq_malformed_message. At most 1,000 groups and 10,000 subscriptions.
Result<HeartBeat> decode_heart_beat(std::string_view json);

// Java's String.hashCode over UTF-16 of `text` (UTF-8): what tag filters compare.
std::int32_t java_hash(std::string_view text);

// The tags of a TAG expression: "a || b" gives a and b; "*" and empty give none, which means all.
std::vector<std::string> parse_tag_expression(std::string_view expression);

}  // namespace outflow::rocketmq
