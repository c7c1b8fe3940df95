// MQTT as the model of a broker speaks it, 3.1.1 and 5: what it needs, written from the specifications and sharing
// nothing with src/mqtt, so that a mistake there is not made here as well.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outflow::sim {

enum class PacketType : std::uint8_t {
    connect = 1,
    connack,
    publish,
    puback,
    pubrec,
    pubrel,
    pubcomp,
    subscribe,
    suback,
    unsubscribe,
    unsuback,
    pingreq,
    pingresp,
    disconnect,
    auth,
};

struct Packet {
    PacketType type{};
    std::uint8_t flags = 0;
    std::string_view body;
};

// Takes the packet at the front of `bytes` away; nothing when it is not whole yet. The body is a view into `bytes` as
// they were.
std::optional<Packet> take_packet(std::string_view& bytes);

struct ConnectPacket {
    bool is_v5 = false;
    bool clean = false;
    std::string client_id;
    std::uint16_t keep_alive_seconds = 0;
    std::uint32_t session_expiry_seconds = 0;
    std::uint16_t receive_maximum = 65'535;
};
// Nothing: malformed. So for all of these.
std::optional<ConnectPacket> read_connect(std::string_view body);

struct SubscribePacket {
    std::uint16_t id = 0;
    std::string filter;
    std::uint8_t qos = 0;
    std::uint8_t retain_handling = 0;
};
std::optional<SubscribePacket> read_subscribe(std::string_view body, bool is_v5);    // of one filter
std::optional<SubscribePacket> read_unsubscribe(std::string_view body, bool is_v5);  // the same, without QoS

struct AckPacket {
    std::uint16_t id = 0;
    std::uint8_t reason = 0;
};
std::optional<AckPacket> read_ack(std::string_view body, bool is_v5);  // PUBACK, PUBREC, PUBREL, PUBCOMP

struct PublishPacket {
    std::string topic;
    std::string payload;
    std::uint8_t qos = 0;
    std::uint16_t id = 0;
    bool dup = false;
    bool retain = false;
    std::vector<std::pair<std::string, std::string>> user_properties;  // MQTT 5
};

std::string connack(bool is_v5, bool session_present, std::uint8_t code);
std::string publish(bool is_v5, const PublishPacket& packet);
std::string ack(PacketType type, std::uint16_t id);  // with reason 0
std::string suback(bool is_v5, std::uint16_t id, std::uint8_t code);
std::string unsuback(bool is_v5, std::uint16_t id, std::uint8_t code);  // 3.1.1 has no code
std::string pingresp();
std::string disconnect(std::uint8_t reason);  // MQTT 5

// Whether a topic filter with + and # takes the topic.
bool takes(std::string_view filter, std::string_view topic);

}  // namespace outflow::sim
