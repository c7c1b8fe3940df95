// What RocketMQ refuses, found before it is sent. Every error is rocketmq_record_illegal with a sentence for people.
#pragma once

#include <string_view>

#include "base/result.h"

namespace outflow::rocketmq {

// Only letters, digits, %, |, - and _: `^[%|a-zA-Z0-9_-]*$`, the alphabet of topics and groups.
bool has_name_characters(std::string_view name);

// A topic of a broker's own, to which clients must not send (brokers answer 16).
bool is_broker_topic(std::string_view topic);

// Letters, digits, %, |, - and _, 1 to limits::rocketmq_topic_bytes_max of them; no system topic, retry or dead-letter
// topic. With an instance namespace: of the wrapped name.
Status check_topic(std::string_view topic);

// The same letters, at most limits::rocketmq_group_bytes_max.
Status check_group(std::string_view group);

// 1 byte to limits::rocketmq_body_bytes_max. (4.x brokers store an empty body, 5.x ones refuse it.)
Status check_body(std::string_view body);

// Properties in wire form, keys and tag among them: at most limits::rocketmq_properties_bytes_max. Brokers look at
// nothing else of a tag or of keys.
Status check_properties(std::string_view properties);

// check_body and check_properties: what is left to judge of a record that is ready to go.
Status check_record(std::string_view body, std::string_view properties);

}  // namespace outflow::rocketmq
