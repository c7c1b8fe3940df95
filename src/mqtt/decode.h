// Decodes MQTT packets. Malformed input is an Error whose context names the packet, the reason and the section of the
// specification; bytes that are merely not there yet are no error.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "mqtt/packet.h"

namespace outflow::mqtt {

struct FixedHeader {
    PacketType type = PacketType::connect;
    std::uint8_t flags = 0;         // the low four bits of the first byte
    std::uint8_t header_bytes = 0;  // 2 to 5; 0: more bytes are needed to know
    std::uint32_t remaining_length = 0;

    bool need_more() const { return header_bytes == 0; }
    std::size_t packet_bytes() const { return header_bytes + std::size_t{remaining_length}; }
};

// The fixed header at the start of `bytes`. Wrong type or flags, QoS 3, a fifth length byte and, in v5, a length that
// is not in its shortest form: mqtt_malformed_packet.
Result<FixedHeader> decode_fixed_header(std::string_view bytes, Version version);

// The bytes of the packet at the start of `bytes` as far as known, 0: not known yet or malformed.
std::size_t packet_bytes(std::string_view bytes);

// The hot path: decodes the body of a PUBLISH (what follows the fixed header) into `publish`. The topic is checked
// whole; v5 properties only as to their length, see decode_publish_properties.
Status decode_publish(const FixedHeader& header, std::string_view body, Version version, Publish& publish);

// Checks and decodes the v5 property block of a PUBLISH, overwriting `properties`. An Error (mqtt_malformed_packet,
// or mqtt_protocol_error for a Topic Alias: none was offered) means that the whole packet was malformed.
Status decode_publish_properties(const Publish& publish, PublishProperties& properties);

struct DecodedPacket {
    std::size_t bytes = 0;  // 0: need more
    Packet packet;

    bool need_more() const { return bytes == 0; }
};

// The packet at the start of `bytes`, of either direction, no size limit. The properties of a PUBLISH are not looked
// into. CONNECT with a will and SUBSCRIBE or UNSUBSCRIBE with several filters: mqtt_protocol_error, not supported
// (they go from clients to servers; only tests and tools read them).
Result<DecodedPacket> decode_packet(std::string_view bytes, Version version);

// The body of a packet whose fixed header was decoded and that is there in whole.
Result<Packet> decode_body(const FixedHeader& header, std::string_view body, Version version);

}  // namespace outflow::mqtt
