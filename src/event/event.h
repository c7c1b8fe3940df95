// An event: one message of a source as a CloudEvents 1.0 event, as views.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace outflow::event {

enum class DataFormat : std::uint8_t { json, text, binary };  // how `data.body` shows the payload

// `off` judges a payload only where something reads inside it; `full` judges all of every payload, always.
enum class Validate : std::uint8_t { off, full };

struct Property {
    std::string_view name;
    std::string_view value;
};

// What an MQTT 5 PUBLISH says beside topic and payload. Absent things are absent, not empty.
struct MessageProperties {
    std::optional<std::uint8_t> payload_format_indicator;
    std::optional<std::uint32_t> message_expiry_interval;  // seconds
    std::optional<std::string_view> content_type;
    std::optional<std::string_view> response_topic;
    std::optional<std::string_view> correlation_data;  // raw bytes; Base64 in the event
    std::span<const Property> user;                    // in the order received, names may repeat
    std::span<const std::uint32_t> subscription_ids;
};

// Plain views, valid as long as the Batch that the event stands in. The payload has limits::chunk_padding readable
// bytes behind it.
struct Event {
    std::string_view topic;
    std::string_view payload;
    const MessageProperties* properties = nullptr;  // null: none
    std::uint64_t number = 0;                       // with EventContext::id_prefix the id, the same for every resend
    std::int64_t received_ms = 0;                   // Unix time, milliseconds
    std::uint8_t qos = 0;
    bool retain = false;
    bool dup = false;
    // Not empty: why the event cannot be processed at all, e.g. a message over the size limit, of which `payload`
    // then holds only the beginning. Such an event goes to dead letter.
    std::string_view poison;
    // Behind the id of the event that this one was made of: `-3` for the fourth part of it. Empty: it is as received.
    std::string_view id_suffix;
};

// What all events of a task have in common.
struct EventContext {
    std::string source = "acs:mqtt";
    std::string type = "mqtt:Topic:SendMessage";
    std::string subject_prefix;  // "acs:mqtt:<region>:<account>:<instance>/", the topic follows
    std::string id_prefix;       // the id is this, 16 hexadecimal digits of Event::number, and Event::id_suffix
    DataFormat format = DataFormat::json;
    Validate validate = Validate::off;
    std::string client_id_property;  // the user property that carries the publisher's client id; empty: none
};

}  // namespace outflow::event
