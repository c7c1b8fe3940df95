// The closed list of error codes and the value that carries one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace outflow {

enum class ErrorCode : std::uint8_t {
    invalid_argument,
    // files and the machine
    file_error,
    network_error,
    tls_failed,
    timeout,
    closed,
    // text and data
    json_malformed,
    json_too_deep,
    jsonpath_invalid,
    pattern_invalid,
    payload_unfit,
    task_invalid,
    // MQTT
    mqtt_malformed_packet,
    mqtt_protocol_error,
    mqtt_packet_too_large,
    mqtt_refused,
    // RocketMQ
    rocketmq_malformed_frame,
    rocketmq_malformed_header,
    rocketmq_malformed_route,
    rocketmq_malformed_message,
    rocketmq_refused,
    rocketmq_no_route,
    rocketmq_record_illegal,
};

struct Error {
    ErrorCode code;
    std::string context;  // a sentence for people: what failed, where, why, what to do; no secrets
};

// The stable text id of a code, e.g. "mqtt_malformed_packet". Valid forever.
std::string_view to_string(ErrorCode code);

}  // namespace outflow
