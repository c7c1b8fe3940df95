// What names, topic filters and topics may look like. Each check gives what is wrong as a sentence, or "".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "task/definition.h"

namespace outflow::task {

inline constexpr std::size_t name_bytes_max = 127;

// Of tasks and instances: 1 to 127 letters, digits, - and _, first a letter or digit.
std::string check_name(std::string_view name);

// An MQTT topic filter (MQTT 5, 4.7 and 4.8.2), maybe a shared one.
std::string check_topic_filter(std::string_view filter);
bool is_shared(std::string_view filter);
bool has_wildcard(std::string_view filter);

// RocketMQ's rule for topics and groups: ^[%|a-zA-Z0-9_-]+$ and a length.
std::string check_rocketmq_name(std::string_view name, std::size_t bytes_max);

}  // namespace outflow::task
