// MQTT 3.1.1 and 5 control packets: one struct a packet, the version is a parameter of the codec.
//
//   +------------+------------------+---------------------------------+
//   | type flags | remaining length |  variable header, payload       |     MQTT 5, 2.1; integers are big-endian
//   |   1 byte   |   1 to 4 bytes   |  `remaining length` bytes       |
//   +------------+------------------+---------------------------------+
//
// Views in decoded packets point into the bytes that were decoded and live as long as these.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace outflow::mqtt {

enum class Version : std::uint8_t { v3_1_1 = 4, v5 = 5 };  // the protocol level in CONNECT

enum class PacketType : std::uint8_t {
    connect = 1,
    connack = 2,
    publish = 3,
    puback = 4,
    pubrec = 5,
    pubrel = 6,
    pubcomp = 7,
    subscribe = 8,
    suback = 9,
    unsubscribe = 10,
    unsuback = 11,
    pingreq = 12,
    pingresp = 13,
    disconnect = 14,
    auth = 15,
};

// "PUBLISH", as the specification writes it.
std::string_view to_string(PacketType type);

// 1 to 65,535 on the wire; `none` in a QoS 0 PUBLISH.
enum class PacketId : std::uint16_t { none = 0 };

struct UserProperty {
    std::string_view name;
    std::string_view value;
};

// What a v5 PUBLISH says beside topic and payload (MQTT 5, 3.3.2.3). Absent things are absent, not empty. The vectors
// are reused by decode_publish_properties: keep one object for many messages.
struct PublishProperties {
    std::optional<std::uint8_t> payload_format_indicator;
    std::optional<std::uint32_t> message_expiry_interval;  // seconds
    std::optional<std::string_view> content_type;
    std::optional<std::string_view> response_topic;
    std::optional<std::string_view> correlation_data;
    std::vector<UserProperty> user;  // in the order received, names may repeat
    std::vector<std::uint32_t> subscription_ids;

    void clear();  // keeps the vectors' memory
};

struct Publish {
    std::string_view topic;
    std::string_view payload;
    std::string_view properties;  // v5: the raw property block without its length, not yet checked; else empty
    PacketId packet_id = PacketId::none;
    std::uint8_t qos = 0;
    bool retain = false;
    bool dup = false;
};

struct Connect {
    std::string_view client_id;
    std::optional<std::string_view> username;
    std::optional<std::string_view> password;
    std::uint16_t keep_alive_seconds = 0;
    bool clean_start = false;  // 3.1.1: Clean Session
    // v5 only, ignored in 3.1.1; absent: not sent
    std::optional<std::uint32_t> session_expiry_seconds;
    std::optional<std::uint16_t> receive_maximum;
    std::optional<std::uint16_t> topic_alias_maximum;
    std::optional<bool> request_problem_information;
};

struct Connack {
    bool session_present = false;
    std::uint8_t code = 0;
    // A v5 decoder met the 3.1.1 form, which a server uses that does not speak version 5: `code` is a 3.1.1 code.
    bool without_properties = false;
    // v5 only
    std::optional<std::uint32_t> session_expiry_seconds;
    std::optional<std::uint16_t> receive_maximum;
    std::optional<std::uint8_t> maximum_qos;
    std::optional<bool> retain_available;
    std::optional<std::uint32_t> maximum_packet_size;
    std::optional<std::string_view> assigned_client_id;
    std::optional<std::uint16_t> topic_alias_maximum;
    std::optional<bool> wildcard_subscription_available;
    std::optional<bool> subscription_ids_available;
    std::optional<bool> shared_subscription_available;
    std::optional<std::uint16_t> server_keep_alive_seconds;
    std::string_view server_reference;
    std::string_view reason_string;
};

// PUBACK, PUBREC, PUBREL or PUBCOMP.
struct Acknowledgement {
    PacketType type = PacketType::puback;
    PacketId packet_id = PacketId::none;
    std::uint8_t reason = 0;
    std::string_view reason_string;
};

// What to do with retained messages on SUBSCRIBE (MQTT 5, 3.8.3.1).
enum class RetainHandling : std::uint8_t { send = 0, send_if_new = 1, never = 2 };

struct Subscribe {  // one filter; No Local is never set
    PacketId packet_id = PacketId::none;
    std::string_view filter;
    std::uint8_t qos = 0;
    // v5 only
    bool retain_as_published = true;
    RetainHandling retain_handling = RetainHandling::send_if_new;
};

struct Unsubscribe {
    PacketId packet_id = PacketId::none;
    std::string_view filter;
};

// SUBACK or UNSUBACK; a 3.1.1 UNSUBACK has no codes.
struct SubscriptionResponse {
    PacketType type = PacketType::suback;
    PacketId packet_id = PacketId::none;
    std::string_view codes;  // one byte a filter
    std::string_view reason_string;
};

struct Pingreq {};
struct Pingresp {};

struct Disconnect {
    std::uint8_t reason = 0;
    std::string_view reason_string;
    std::string_view server_reference;
};

struct Auth {
    std::uint8_t reason = 0;
    std::string_view method;
};

using Packet = std::variant<Publish, Connack, Acknowledgement, SubscriptionResponse, Pingresp, Disconnect, Auth,
                            Connect, Subscribe, Unsubscribe, Pingreq>;

}  // namespace outflow::mqtt
