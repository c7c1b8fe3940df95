#include "rocketmq/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "rocketmq/protocol.h"

namespace outflow::rocketmq {

namespace {

constexpr std::size_t shown_bytes_max = 64;

tl::unexpected<Error> illegal(std::string sentence) {
    return failed(ErrorCode::rocketmq_record_illegal, std::move(sentence));
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// For messages: bounded, and nothing that disturbs a terminal.
std::string shown(std::string_view text) {
    std::string result(text.substr(0, shown_bytes_max));
    std::ranges::replace_if(result, is_control, '?');
    if (text.size() > shown_bytes_max) result += "...";
    return result;
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '%' || c == '|' ||
           c == '-' || c == '_';
}

Status check_name(std::string_view what, std::string_view name, std::size_t bytes_max) {
    if (name.empty()) return illegal(fmt::format("The {} is empty.", what));
    if (!has_name_characters(name)) {
        return illegal(fmt::format("The {} \"{}\" has characters that RocketMQ refuses; letters, digits, %, |, - and _ "
                                   "are allowed.",
                                   what, shown(name)));
    }
    if (name.size() > bytes_max) {
        return illegal(fmt::format("The {} \"{}\" has {} bytes; RocketMQ takes at most {}.", what, shown(name),
                                   name.size(), bytes_max));
    }
    return {};
}

constexpr std::array broker_topics{std::string_view{"SCHEDULE_TOPIC_XXXX"},
                                   std::string_view{"RMQ_SYS_TRANS_HALF_TOPIC"},
                                   std::string_view{"RMQ_SYS_TRANS_OP_HALF_TOPIC"},
                                   std::string_view{"TRANS_CHECK_MAX_TIME_TOPIC"},
                                   std::string_view{"SELF_TEST_TOPIC"},
                                   std::string_view{"OFFSET_MOVED_EVENT"}};

}  // namespace

bool has_name_characters(std::string_view name) { return std::ranges::all_of(name, is_name_character); }

bool is_broker_topic(std::string_view topic) { return std::ranges::count(broker_topics, topic) > 0; }

Status check_topic(std::string_view topic) {
    if (Status status = check_name("topic", topic, limits::rocketmq_topic_bytes_max); !status) return status;
    if (topic.starts_with("%RETRY%") || topic.starts_with("%DLQ%")) {
        return illegal(
            fmt::format("The topic \"{}\" belongs to a consumer group's retries; send to another one.", shown(topic)));
    }
    if (is_broker_topic(topic) || topic == auto_create_topic || topic.starts_with("rmq_sys_")) {
        return illegal(fmt::format("The topic \"{}\" is one of RocketMQ's own; send to another one.", shown(topic)));
    }
    return {};
}

Status check_group(std::string_view group) { return check_name("group", group, limits::rocketmq_group_bytes_max); }

Status check_body(std::string_view body) {
    if (body.empty()) return illegal("The body is empty; RocketMQ takes no message without one.");
    if (body.size() > limits::rocketmq_body_bytes_max) {
        return illegal(fmt::format("The body has {} bytes; RocketMQ takes at most {}.", body.size(),
                                   limits::rocketmq_body_bytes_max));
    }
    return {};
}

Status check_properties(std::string_view properties) {
    if (properties.size() > limits::rocketmq_properties_bytes_max) {
        return illegal(fmt::format("The properties, with keys and tags, have {} bytes; at most {} fit.",
                                   properties.size(), limits::rocketmq_properties_bytes_max));
    }
    return {};
}

Status check_record(std::string_view body, std::string_view properties) {
    if (Status status = check_body(body); !status) return status;
    return check_properties(properties);
}

}  // namespace outflow::rocketmq
