// The packets beside PUBLISH.
#include <fmt/format.h>

#include "mqtt/decode.h"
#include "mqtt/properties.h"
#include "mqtt/topic.h"

namespace outflow::mqtt {
namespace {

bool is_one_of(std::uint8_t code, std::string_view codes) { return codes.find(static_cast<char>(code)) != codes.npos; }

// A 16-bit length and that many bytes of UTF-8; the reader fails otherwise.
std::string_view read_string(ByteReader& reader) {
    std::string_view text = reader.view(reader.u16());
    if (!is_utf8_string(text)) reader.fail();
    return text;
}

// Everything was read, nothing is left.
Status check_end(const ByteReader& reader, PacketType type, std::string_view section) {
    if (!reader.ok()) return malformed(type, "shorter than its fields", section);
    if (reader.remaining() > 0) return malformed(type, "bytes behind its last field", section);
    return {};
}

Result<Packet> decode_connack(std::string_view body, Version version) {
    constexpr PacketType type = PacketType::connack;
    ByteReader reader(body);
    std::uint8_t flags = reader.u8();
    Connack connack;
    connack.session_present = flags == 1;
    connack.code = reader.u8();
    PropertySet properties;
    connack.without_properties = reader.remaining() == 0;
    if (version == Version::v5 && reader.ok() && !connack.without_properties) {
        if (Status status = properties.read(reader, type); !status) return failed(std::move(status).error());
    }
    if (Status status = check_end(reader, type, "3.2"); !status) return failed(std::move(status).error());
    if (flags > 1) return malformed(type, "reserved acknowledge flags are set", "3.2.2.1");
    if (connack.code != 0 && connack.session_present) {
        return malformed(type, "refused, but session present", "3.2.2.1.1");
    }
    connack.session_expiry_seconds = properties.number<std::uint32_t>(PropertyId::session_expiry_interval);
    connack.receive_maximum = properties.number<std::uint16_t>(PropertyId::receive_maximum);
    connack.maximum_qos = properties.number<std::uint8_t>(PropertyId::maximum_qos);
    connack.retain_available = properties.number<bool>(PropertyId::retain_available);
    connack.maximum_packet_size = properties.number<std::uint32_t>(PropertyId::maximum_packet_size);
    connack.assigned_client_id = properties.optional_text(PropertyId::assigned_client_id);
    connack.topic_alias_maximum = properties.number<std::uint16_t>(PropertyId::topic_alias_maximum);
    connack.wildcard_subscription_available = properties.number<bool>(PropertyId::wildcard_subscription_available);
    connack.subscription_ids_available = properties.number<bool>(PropertyId::subscription_ids_available);
    connack.shared_subscription_available = properties.number<bool>(PropertyId::shared_subscription_available);
    connack.server_keep_alive_seconds = properties.number<std::uint16_t>(PropertyId::server_keep_alive);
    connack.server_reference = properties.text(PropertyId::server_reference);
    connack.reason_string = properties.text(PropertyId::reason_string);
    return connack;
}

Result<Packet> decode_acknowledgement(PacketType type, std::string_view body, Version version) {
    ByteReader reader(body);
    Acknowledgement acknowledgement;
    acknowledgement.type = type;
    acknowledgement.packet_id = PacketId{reader.u16()};
    PropertySet properties;
    if (version == Version::v5 && reader.remaining() > 0) {
        acknowledgement.reason = reader.u8();
        if (reader.remaining() > 0) {
            if (Status status = properties.read(reader, type); !status) return failed(std::move(status).error());
        }
        acknowledgement.reason_string = properties.text(PropertyId::reason_string);
    }
    if (Status status = check_end(reader, type, "3.4"); !status) return failed(std::move(status).error());
    if (acknowledgement.packet_id == PacketId::none) return malformed(type, "packet id 0", "2.2.1");
    constexpr std::string_view of_publish("\x00\x10\x80\x83\x87\x90\x91\x97\x99", 9);
    constexpr std::string_view of_release("\x00\x92", 2);
    bool is_release = type == PacketType::pubrel || type == PacketType::pubcomp;
    if (!is_one_of(acknowledgement.reason, is_release ? of_release : of_publish)) {
        return malformed(type, fmt::format("reason code 0x{:02X}", acknowledgement.reason), "3.4.2.1");
    }
    return acknowledgement;
}

Result<Packet> decode_subscription_response(PacketType type, std::string_view body, Version version) {
    ByteReader reader(body);
    SubscriptionResponse response;
    response.type = type;
    response.packet_id = PacketId{reader.u16()};
    bool is_suback = type == PacketType::suback;
    if (version == Version::v5 && reader.ok()) {
        PropertySet properties;
        if (Status status = properties.read(reader, type); !status) return failed(std::move(status).error());
        response.reason_string = properties.text(PropertyId::reason_string);
    }
    bool has_codes = is_suback || version == Version::v5;
    if (has_codes) response.codes = reader.rest();
    std::string_view section = is_suback ? "3.9" : "3.11";
    if (Status status = check_end(reader, type, section); !status) return failed(std::move(status).error());
    if (response.packet_id == PacketId::none) return malformed(type, "packet id 0", "2.2.1");
    if (has_codes && response.codes.empty()) return malformed(type, "no reason code", section);
    // 3.1.1 knows 0x80 alone; mochi answers with the codes of MQTT 5 there, too.
    constexpr std::string_view subscribed("\x00\x01\x02\x80\x83\x87\x8F\x91\x97\x9E\xA1\xA2", 12);
    constexpr std::string_view unsubscribed("\x00\x11\x80\x83\x87\x8F\x91", 7);
    std::string_view allowed = is_suback ? subscribed : unsubscribed;
    if (response.codes.find_first_not_of(allowed) != response.codes.npos) {
        return malformed(type, "unknown reason code", section);
    }
    return response;
}

Result<Packet> decode_disconnect(std::string_view body, Version version) {
    constexpr PacketType type = PacketType::disconnect;
    ByteReader reader(body);
    Disconnect disconnect;
    if (version == Version::v5 && !body.empty()) {
        disconnect.reason = reader.u8();
        if (reader.remaining() > 0) {
            PropertySet properties;
            if (Status status = properties.read(reader, type); !status) return failed(std::move(status).error());
            disconnect.reason_string = properties.text(PropertyId::reason_string);
            disconnect.server_reference = properties.text(PropertyId::server_reference);
        }
    }
    if (Status status = check_end(reader, type, "3.14"); !status) return failed(std::move(status).error());
    return disconnect;
}

Result<Packet> decode_auth(std::string_view body) {
    constexpr PacketType type = PacketType::auth;
    ByteReader reader(body);
    Auth auth;
    if (!body.empty()) {
        auth.reason = reader.u8();
        PropertySet properties;
        if (Status status = properties.read(reader, type); !status) return failed(std::move(status).error());
        auth.method = properties.text(PropertyId::authentication_method);
    }
    if (Status status = check_end(reader, type, "3.15"); !status) return failed(std::move(status).error());
    constexpr std::string_view reasons("\x00\x18\x19", 3);
    if (!is_one_of(auth.reason, reasons)) return malformed(type, "unknown reason code", "3.15.2.1");
    return auth;
}

Result<Packet> decode_connect(std::string_view body, Version version) {
    constexpr PacketType type = PacketType::connect;
    ByteReader reader(body);
    std::string_view name = reader.view(reader.u16());
    std::uint8_t level = reader.u8();
    if (reader.ok() && (name != "MQTT" || level != static_cast<std::uint8_t>(version))) {
        return failed(ErrorCode::mqtt_protocol_error, "CONNECT: another protocol or version (MQTT 5, 3.1.2)");
    }
    std::uint8_t flags = reader.u8();
    Connect connect;
    connect.clean_start = (flags & 0x02) != 0;
    connect.keep_alive_seconds = reader.u16();
    if (version == Version::v5 && reader.ok()) {
        PropertySet properties;
        if (Status status = properties.read(reader, type); !status) return failed(std::move(status).error());
        connect.session_expiry_seconds = properties.number<std::uint32_t>(PropertyId::session_expiry_interval);
        connect.receive_maximum = properties.number<std::uint16_t>(PropertyId::receive_maximum);
        connect.topic_alias_maximum = properties.number<std::uint16_t>(PropertyId::topic_alias_maximum);
        connect.request_problem_information = properties.number<bool>(PropertyId::request_problem_information);
    }
    if ((flags & 0x3C) != 0) return failed(ErrorCode::mqtt_protocol_error, "CONNECT: a will is not supported here");
    connect.client_id = read_string(reader);
    if ((flags & 0x80) != 0) connect.username = read_string(reader);
    if ((flags & 0x40) != 0) connect.password = reader.view(reader.u16());
    if (Status status = check_end(reader, type, "3.1"); !status) return failed(std::move(status).error());
    if ((flags & 0x01) != 0) return malformed(type, "the reserved flag is set", "3.1.2.3");
    if (version == Version::v3_1_1 && (flags & 0xC0) == 0x40) {
        return malformed(type, "a password without a user name", "3.1.2.9; MQTT 3.1.1, 3.1.2.9");
    }
    return connect;
}

// SUBSCRIBE and UNSUBSCRIBE up to the end of their only filter.
Status read_request(ByteReader& reader, PacketType type, Version version, PacketId& packet_id,
                    std::string_view& filter) {
    packet_id = PacketId{reader.u16()};
    if (version == Version::v5 && reader.ok()) {
        PropertySet properties;
        if (Status status = properties.read(reader, type); !status) return status;
    }
    filter = reader.view(reader.u16());
    if (!reader.ok()) return malformed(type, "shorter than its fields", "3.8");
    if (packet_id == PacketId::none) return malformed(type, "packet id 0", "2.2.1");
    if (Status status = validate_filter(filter); !status) return malformed(type, status.error().context, "3.8.3");
    return {};
}

Result<Packet> decode_subscribe(std::string_view body, Version version) {
    constexpr PacketType type = PacketType::subscribe;
    ByteReader reader(body);
    Subscribe subscribe;
    Status request = read_request(reader, type, version, subscribe.packet_id, subscribe.filter);
    if (!request) return failed(std::move(request).error());
    std::uint8_t options = reader.u8();
    if (reader.remaining() > 0) {
        return failed(ErrorCode::mqtt_protocol_error, "SUBSCRIBE: several filters are not supported");
    }
    if (Status status = check_end(reader, type, "3.8"); !status) return failed(std::move(status).error());
    subscribe.qos = options & 3;
    subscribe.retain_as_published = (options & 8) != 0;
    subscribe.retain_handling = static_cast<RetainHandling>(options >> 4 & 3);
    unsigned reserved = version == Version::v5 ? 0xC4 : 0xFC;  // No Local is not supported
    if ((options & reserved) != 0 || subscribe.qos == 3 || (options & 0x30) == 0x30) {
        return malformed(type, fmt::format("subscription options 0x{:02X}", options), "3.8.3.1");
    }
    return subscribe;
}

Result<Packet> decode_unsubscribe(std::string_view body, Version version) {
    constexpr PacketType type = PacketType::unsubscribe;
    ByteReader reader(body);
    Unsubscribe unsubscribe;
    Status request = read_request(reader, type, version, unsubscribe.packet_id, unsubscribe.filter);
    if (!request) return failed(std::move(request).error());
    if (Status status = check_end(reader, type, "3.10"); !status) return failed(std::move(status).error());
    return unsubscribe;
}

}  // namespace

Result<Packet> decode_body(const FixedHeader& header, std::string_view body, Version version) {
    switch (header.type) {
    case PacketType::publish: {
        Publish publish;
        Status status = decode_publish(header, body, version, publish);
        if (!status) return failed(std::move(status).error());
        return publish;
    }
    case PacketType::connect: return decode_connect(body, version);
    case PacketType::connack: return decode_connack(body, version);
    case PacketType::puback:
    case PacketType::pubrec:
    case PacketType::pubrel:
    case PacketType::pubcomp: return decode_acknowledgement(header.type, body, version);
    case PacketType::subscribe: return decode_subscribe(body, version);
    case PacketType::unsubscribe: return decode_unsubscribe(body, version);
    case PacketType::suback:
    case PacketType::unsuback: return decode_subscription_response(header.type, body, version);
    case PacketType::pingreq:
    case PacketType::pingresp:
        if (!body.empty()) return malformed(header.type, "a body", "3.12");
        return header.type == PacketType::pingreq ? Packet(Pingreq{}) : Packet(Pingresp{});
    case PacketType::disconnect: return decode_disconnect(body, version);
    case PacketType::auth: return decode_auth(body);
    }
    return failed(ErrorCode::mqtt_malformed_packet, "packet type 0 is reserved (MQTT 5, 2.1.2)");
}

}  // namespace outflow::mqtt
