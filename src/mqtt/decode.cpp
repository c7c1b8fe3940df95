// Framing and PUBLISH. What is rare stands in decode_rare.cpp.
#include "mqtt/decode.h"

#include <fmt/format.h>

#include "mqtt/properties.h"
#include "mqtt/topic.h"

namespace outflow::mqtt {
namespace {

Status check_first_byte(unsigned type, std::uint8_t flags, Version version) {
    if (type == 0) return failed(ErrorCode::mqtt_malformed_packet, "packet type 0 is reserved (MQTT 5, 2.1.2)");
    auto packet_type = static_cast<PacketType>(type);
    if (packet_type == PacketType::auth && version == Version::v3_1_1) {
        return failed(ErrorCode::mqtt_malformed_packet, "packet type 15 is reserved (MQTT 3.1.1, 2.2.1)");
    }
    if (packet_type == PacketType::publish) {
        if ((flags & 0x06) == 0x06) return malformed(packet_type, "QoS 3", "3.3.1.2");
        if ((flags & 0x0E) == 0x08) return malformed(packet_type, "DUP with QoS 0", "3.3.1.1");
        return {};
    }
    bool with_two = packet_type == PacketType::pubrel || packet_type == PacketType::subscribe ||
                    packet_type == PacketType::unsubscribe;
    if (flags != (with_two ? 2 : 0)) return malformed(packet_type, fmt::format("flags {}", flags), "2.1.3");
    return {};
}

// The cold part of decode_publish: why its topic is refused.
Status refuse_topic(std::string_view topic, Version version) {
    if (topic.empty() && version == Version::v5) {
        return failed(ErrorCode::mqtt_protocol_error,
                      "PUBLISH: empty topic, though no Topic Alias was offered: Topic Alias Maximum is 0 "
                      "(MQTT 5, 3.3.2.3.4)");
    }
    Status status = validate_topic_name(topic);
    return malformed(PacketType::publish, "topic: " + (status ? std::string() : status.error().context), "3.3.2.1");
}

}  // namespace

Result<FixedHeader> decode_fixed_header(std::string_view bytes, Version version) {
    FixedHeader header;
    if (bytes.empty()) return header;
    auto first = static_cast<std::uint8_t>(bytes[0]);
    header.type = static_cast<PacketType>(first >> 4);
    header.flags = first & 0x0F;
    if (header.type != PacketType::publish || (first & 0x06) == 0x06 || (first & 0x0E) == 0x08) {
        if (Status status = check_first_byte(first >> 4, header.flags, version); !status) {
            return failed(std::move(status).error());
        }
    }
    for (std::size_t i = 1; i < bytes.size(); ++i) {
        auto byte = static_cast<std::uint8_t>(bytes[i]);
        header.remaining_length |= static_cast<std::uint32_t>(byte & 0x7F) << (7 * (i - 1));
        if (byte < 0x80) {
            if (byte == 0 && i > 1 && version == Version::v5) {
                return malformed(header.type, "the remaining length is not in its shortest form", "1.5.5");
            }
            header.header_bytes = static_cast<std::uint8_t>(i + 1);
            return header;
        }
        if (i == 4) return malformed(header.type, "the remaining length has more than four bytes", "1.5.5");
    }
    header.remaining_length = 0;
    return header;
}

std::size_t packet_bytes(std::string_view bytes) {
    Result<FixedHeader> header = decode_fixed_header(bytes, Version::v3_1_1);  // the laxer one as to lengths
    return header && !header->need_more() ? header->packet_bytes() : 0;
}

Status decode_publish(const FixedHeader& header, std::string_view body, Version version, Publish& publish) {
    ByteReader reader(body);
    publish.dup = (header.flags & 8) != 0;
    publish.qos = header.flags >> 1 & 3;
    publish.retain = (header.flags & 1) != 0;
    publish.topic = reader.view(reader.u16());
    publish.packet_id = publish.qos > 0 ? PacketId{reader.u16()} : PacketId::none;
    publish.properties = {};
    if (version == Version::v5) {
        std::size_t at = reader.position();
        bool is_none = at < body.size() && body[at] == '\0';  // the usual case
        publish.properties = reader.view(is_none ? reader.u8() : read_variable_integer(reader));
    }
    if (!reader.ok()) return malformed(PacketType::publish, "topic, packet id or properties do not fit", "3.3.2");
    publish.payload = reader.rest();
    if (!is_topic_name(publish.topic)) return refuse_topic(publish.topic, version);
    if (publish.qos > 0 && publish.packet_id == PacketId::none) {
        return malformed(PacketType::publish, "packet id 0", "2.2.1");
    }
    return {};
}

Status decode_publish_properties(const Publish& publish, PublishProperties& properties) {
    properties.clear();
    PropertyReader reader(publish.properties, PacketType::publish);
    while (reader.next()) {
        PropertyId id = reader.id();
        if (id == PropertyId::user_property) {
            properties.user.push_back({reader.text(), reader.value()});
        } else if (id == PropertyId::subscription_id) {
            properties.subscription_ids.push_back(reader.number());
        } else if (id == PropertyId::payload_format_indicator) {
            properties.payload_format_indicator = static_cast<std::uint8_t>(reader.number());
        } else if (id == PropertyId::message_expiry_interval) {
            properties.message_expiry_interval = reader.number();
        } else if (id == PropertyId::content_type) {
            properties.content_type = reader.text();
        } else if (id == PropertyId::response_topic) {
            if (!is_topic_name(reader.text())) {
                return malformed(PacketType::publish, "the response topic is no topic name", "3.3.2.3.5");
            }
            properties.response_topic = reader.text();
        } else if (id == PropertyId::correlation_data) {
            properties.correlation_data = reader.text();
        } else {  // the table admits nothing else but a Topic Alias
            return failed(ErrorCode::mqtt_protocol_error,
                          "PUBLISH: a Topic Alias, though none was offered: Topic Alias Maximum is 0 "
                          "(MQTT 5, 3.3.2.3.4)");
        }
    }
    return reader.status();
}

Result<DecodedPacket> decode_packet(std::string_view bytes, Version version) {
    TRY(FixedHeader header, decode_fixed_header(bytes, version));
    if (header.need_more() || bytes.size() < header.packet_bytes()) return DecodedPacket{};
    TRY(Packet packet, decode_body(header, bytes.substr(header.header_bytes, header.remaining_length), version));
    return DecodedPacket{header.packet_bytes(), packet};
}

}  // namespace outflow::mqtt
