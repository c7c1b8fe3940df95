// Reads what the bridge writes to the MQTT broker, as it leaves: an acknowledgement that was written is forgotten by the
// bridge, whether or not it arrives.
#pragma once

#include <map>
#include <string>

#include "mqtt_packets.h"
#include "oracle.h"

namespace outflow::sim {

class AckWatch {
public:
    AckWatch(Network& network, Oracle& oracle) {
        network.on_sent = [this, &oracle](const Network::Sent& sent) {
            if (sent.to != "mqtt" || !sent.by_client) return;
            std::string& kept = kept_[sent.client_port];
            kept += sent.bytes;
            std::string_view rest = kept;
            while (const auto packet = take_packet(rest)) {
                if (packet->type != PacketType::puback && packet->type != PacketType::pubrec) continue;
                if (const auto ack = read_ack(packet->body, true)) oracle.ack_leaves(sent.client_port, ack->id);
            }
            kept.erase(0, kept.size() - rest.size());
        };
    }

private:
    std::map<std::uint16_t, std::string> kept_;  // by the client's port: the beginning of a packet
};

}  // namespace outflow::sim
