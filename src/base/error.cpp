#include "base/error.h"

namespace outflow {

std::string_view to_string(ErrorCode code) {
    switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::file_error: return "file_error";
    case ErrorCode::network_error: return "network_error";
    case ErrorCode::tls_failed: return "tls_failed";
    case ErrorCode::timeout: return "timeout";
    case ErrorCode::closed: return "closed";
    case ErrorCode::json_malformed: return "json_malformed";
    case ErrorCode::json_too_deep: return "json_too_deep";
    case ErrorCode::jsonpath_invalid: return "jsonpath_invalid";
    case ErrorCode::pattern_invalid: return "pattern_invalid";
    case ErrorCode::payload_unfit: return "payload_unfit";
    case ErrorCode::task_invalid: return "task_invalid";
    case ErrorCode::mqtt_malformed_packet: return "mqtt_malformed_packet";
    case ErrorCode::mqtt_protocol_error: return "mqtt_protocol_error";
    case ErrorCode::mqtt_packet_too_large: return "mqtt_packet_too_large";
    case ErrorCode::mqtt_refused: return "mqtt_refused";
    case ErrorCode::rocketmq_malformed_frame: return "rocketmq_malformed_frame";
    case ErrorCode::rocketmq_malformed_header: return "rocketmq_malformed_header";
    case ErrorCode::rocketmq_malformed_route: return "rocketmq_malformed_route";
    case ErrorCode::rocketmq_malformed_message: return "rocketmq_malformed_message";
    case ErrorCode::rocketmq_refused: return "rocketmq_refused";
    case ErrorCode::rocketmq_no_route: return "rocketmq_no_route";
    case ErrorCode::rocketmq_record_illegal: return "rocketmq_record_illegal";
    }
    return "unknown";
}

}  // namespace outflow
