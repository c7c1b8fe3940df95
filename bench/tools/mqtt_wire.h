// The little of MQTT that the tools decode themselves, and the opening of a client's connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "mqtt/packet.h"
#include "socket.h"

namespace outflow::bench {

struct RawPacket {
    std::uint8_t first = 0;  // type and flags
    std::string_view body;
    std::size_t bytes = 0;  // of all of it; 0: not there yet

    mqtt::PacketType type() const { return static_cast<mqtt::PacketType>(first >> 4); }
};

inline std::uint16_t read_u16(const char* at) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(at[0]) << 8 | static_cast<unsigned char>(at[1]));
}

// The packet at the start of `bytes`. A fifth length byte counts as the end of the length.
inline RawPacket next_packet(std::string_view bytes) {
    RawPacket packet;
    if (bytes.size() < 2) return packet;
    std::size_t length = 0;
    std::size_t at = 1;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        if (at == bytes.size()) return packet;
        auto byte = static_cast<unsigned char>(bytes[at++]);
        length |= static_cast<std::size_t>(byte & 0x7F) << shift;
        if (byte < 0x80) break;
    }
    if (bytes.size() - at < length) return packet;
    packet.first = static_cast<std::uint8_t>(bytes[0]);
    packet.body = bytes.substr(at, length);
    packet.bytes = at + length;
    return packet;
}

// The packet id of a PUBLISH with QoS 1; 0: it has none.
inline std::uint16_t publish_id(const RawPacket& packet) {
    if ((packet.first & 0x06) == 0 || packet.body.size() < 2) return 0;
    std::size_t id_at = 2 + std::size_t{read_u16(packet.body.data())};
    return packet.body.size() < id_at + 2 ? std::uint16_t{0} : read_u16(packet.body.data() + id_at);
}

struct MqttClient {
    Socket socket;
    ReceiveBuffer in;
    std::uint16_t server_receive_maximum = 65'535;
};

// Connects with a clean session, no keep alive, and waits at most 10 seconds for the server's yes.
Result<MqttClient> open_mqtt(const Endpoint& endpoint, mqtt::Version version, std::string_view client_id);

// Waits at most 10 seconds for the next packet; it stays in `client.in` until it is consumed.
Result<RawPacket> await_packet(MqttClient& client);

}  // namespace outflow::bench
