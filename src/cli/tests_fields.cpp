#include "cli/tests_fields.h"

namespace outflow::cli {

std::span<const task::FieldRule> test_fields() {
    using enum task::FieldType;
    // clang-format off
    static constexpr task::FieldRule rows[] = {
        {"file", "files", texts, true, "the task files, from the folder of this file"},
        {"file", "tests", list, true, "messages, and what is expected of them"},

        {"test", "name", text, true, "what the test shows, in a few words", {}, 1},
        {"test", "task", text, false, "the name of a task; left out, the only one", {}, 1},
        {"test", "message", object, false, "what the task gets"},
        {"test", "messages", list, false, "the same, several of them"},
        {"test", "expect", anything, true, "{ records: [...] }, filtered, undeliverable or { undeliverable: REASON }"},

        {"message", "topic", text, true, "the MQTT topic", {}, 1},
        {"message", "payload", text, false, "the payload as text"},
        {"message", "payload_base64", text, false, "the payload in Base64"},
        {"message", "payload_file", text, false, "the file that is the payload", {}, 1},
        {"message", "qos", integer, false, "the QoS of the publisher", {}, 0, 2},
        {"message", "retain", boolean, false, "whether it is a retained message"},
        {"message", "time", text, false, "when it comes, in RFC 3339", {}, 1},
        {"message", "content_type", text, false, "the content type (MQTT 5)"},
        {"message", "response_topic", text, false, "the response topic (MQTT 5)", {}, 1},
        {"message", "correlation_data", text, false, "the correlation data (MQTT 5)"},
        {"message", "user_properties", named, false, "the user properties (MQTT 5)"},

        {"expect", "records", list, false, "the records, in their order"},
        {"expect", "undeliverable", text, false, "a part of the reason"},

        {"record", "topic", text, false, "the RocketMQ topic", {}, 1},
        {"record", "keys", text, false, "the keys"},
        {"record", "tags", text, false, "the tag"},
        {"record", "sharding_key", text, false, "the sharding key"},
        {"record", "properties", named, false, "properties; others are not looked at"},
        {"record", "body", text, false, "the body, byte for byte"},
        {"record", "body_base64", text, false, "the body in Base64"},
        {"record", "body_json", anything, false, "the body as JSON, by value"},
    };
    // clang-format on
    return rows;
}

}  // namespace outflow::cli
