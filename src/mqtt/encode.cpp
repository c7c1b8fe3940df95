#include "mqtt/encode.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "mqtt/properties.h"

namespace outflow::mqtt {
namespace {

void append_string(std::string& out, std::string_view text) {
    OUTFLOW_ASSERT(text.size() <= 65'535);
    append_integer(out, static_cast<std::uint16_t>(text.size()));
    out += text;
}

void append_id(std::string& out, PacketId packet_id) {
    OUTFLOW_ASSERT(packet_id != PacketId::none);
    append_integer(out, static_cast<std::uint16_t>(packet_id));
}

template <class T>
void append_property(std::string& out, PropertyId id, T value) {
    out.push_back(static_cast<char>(id));
    append_integer(out, value);
}

void append_text_property(std::string& out, PropertyId id, std::string_view text) {
    out.push_back(static_cast<char>(id));
    append_string(out, text);
}

void append_block(std::string& out, std::string_view properties) {
    append_variable_integer(out, static_cast<std::uint32_t>(properties.size()));
    out += properties;
}

void append_packet(std::string& out, PacketType type, unsigned flags, std::string_view body) {
    OUTFLOW_ASSERT(body.size() <= limits::mqtt_remaining_length_max);
    out.push_back(static_cast<char>(static_cast<unsigned>(type) << 4 | flags));
    append_variable_integer(out, static_cast<std::uint32_t>(body.size()));
    out += body;
}

std::string encode_properties(const PublishProperties& properties) {
    std::string block;
    if (properties.payload_format_indicator) {
        append_property(block, PropertyId::payload_format_indicator, *properties.payload_format_indicator);
    }
    if (properties.message_expiry_interval) {
        append_property(block, PropertyId::message_expiry_interval, *properties.message_expiry_interval);
    }
    if (properties.content_type) append_text_property(block, PropertyId::content_type, *properties.content_type);
    if (properties.response_topic) append_text_property(block, PropertyId::response_topic, *properties.response_topic);
    if (properties.correlation_data) {
        append_text_property(block, PropertyId::correlation_data, *properties.correlation_data);
    }
    for (std::uint32_t id : properties.subscription_ids) {
        block.push_back(static_cast<char>(PropertyId::subscription_id));
        append_variable_integer(block, id);
    }
    for (const UserProperty& property : properties.user) {
        append_text_property(block, PropertyId::user_property, property.name);
        append_string(block, property.value);
    }
    return block;
}

}  // namespace

void encode_connect(std::string& out, const Connect& connect, Version version) {
    std::string body;
    append_string(body, "MQTT");
    body.push_back(static_cast<char>(version));
    unsigned flags =
        (connect.username ? 0x80U : 0U) | (connect.password ? 0x40U : 0U) | (connect.clean_start ? 0x02U : 0U);
    OUTFLOW_ASSERT(version == Version::v5 || connect.username || !connect.password);
    body.push_back(static_cast<char>(flags));
    append_integer(body, connect.keep_alive_seconds);
    if (version == Version::v5) {
        std::string block;
        if (connect.session_expiry_seconds) {
            append_property(block, PropertyId::session_expiry_interval, *connect.session_expiry_seconds);
        }
        if (connect.receive_maximum) append_property(block, PropertyId::receive_maximum, *connect.receive_maximum);
        if (connect.topic_alias_maximum) {
            append_property(block, PropertyId::topic_alias_maximum, *connect.topic_alias_maximum);
        }
        if (connect.request_problem_information) {
            auto value = static_cast<std::uint8_t>(*connect.request_problem_information ? 1 : 0);
            append_property(block, PropertyId::request_problem_information, value);
        }
        append_block(body, block);
    }
    append_string(body, connect.client_id);
    if (connect.username) append_string(body, *connect.username);
    if (connect.password) append_string(body, *connect.password);
    append_packet(out, PacketType::connect, 0, body);
}

void encode_subscribe(std::string& out, const Subscribe& subscribe, Version version) {
    std::string body;
    append_id(body, subscribe.packet_id);
    if (version == Version::v5) append_block(body, {});
    append_string(body, subscribe.filter);
    unsigned options = subscribe.qos;
    if (version == Version::v5) {
        options |= (subscribe.retain_as_published ? 8U : 0U) | static_cast<unsigned>(subscribe.retain_handling) << 4;
    }
    body.push_back(static_cast<char>(options));
    append_packet(out, PacketType::subscribe, 2, body);
}

void encode_unsubscribe(std::string& out, const Unsubscribe& unsubscribe, Version version) {
    std::string body;
    append_id(body, unsubscribe.packet_id);
    if (version == Version::v5) append_block(body, {});
    append_string(body, unsubscribe.filter);
    append_packet(out, PacketType::unsubscribe, 2, body);
}

void encode_acknowledgement(std::string& out, const Acknowledgement& acknowledgement, Version version) {
    auto id = static_cast<unsigned>(acknowledgement.packet_id);
    OUTFLOW_ASSERT(id != 0);
    bool has_reason = version == Version::v5 && acknowledgement.reason != 0;
    unsigned flags = acknowledgement.type == PacketType::pubrel ? 2 : 0;
    char bytes[5] = {static_cast<char>(static_cast<unsigned>(acknowledgement.type) << 4 | flags),
                     static_cast<char>(has_reason ? 3 : 2), static_cast<char>(id >> 8), static_cast<char>(id & 0xFF),
                     static_cast<char>(acknowledgement.reason)};
    out.append(bytes, has_reason ? 5 : 4);
}

void encode_pingreq(std::string& out) { append_packet(out, PacketType::pingreq, 0, {}); }

void encode_disconnect(std::string& out, std::uint8_t reason, Version version) {
    char code = static_cast<char>(reason);
    bool has_reason = version == Version::v5 && reason != 0;
    append_packet(out, PacketType::disconnect, 0, std::string_view(&code, has_reason ? 1 : 0));
}

void encode_publish(std::string& out, const Publish& publish, const PublishProperties* properties, Version version) {
    std::string body;
    append_string(body, publish.topic);
    if (publish.qos > 0) append_id(body, publish.packet_id);
    if (version == Version::v5) {
        append_block(body, properties != nullptr ? encode_properties(*properties) : std::string());
    }
    body += publish.payload;
    unsigned flags = (publish.dup ? 8U : 0U) | static_cast<unsigned>(publish.qos) << 1 | (publish.retain ? 1U : 0U);
    append_packet(out, PacketType::publish, flags, body);
}

}  // namespace outflow::mqtt
