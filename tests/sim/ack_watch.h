// Reads what the bridge writes to the MQTT broker: an acknowledgement that was written is forgotten by the bridge, even
// if the connection is lost before it has left.
#pragma once

#include <map>
#include <string>

#include "mqtt_packets.h"
#include "oracle.h"

namespace outflow::sim {

class AckWatch {
public:
    AckWatch(Network& network, Oracle& oracle) {
        network.on_output = [this, &oracle](const Network::Output& output) {
            if (output.to != "mqtt" || !output.by_client) return;
            std::string& kept = kept_[output.client_port];
            kept += output.bytes;
            std::string_view rest = kept;
            while (const auto packet = take_packet(rest)) {
                if (packet->type != PacketType::puback && packet->type != PacketType::pubrec) continue;
                if (const auto ack = read_ack(packet->body, true)) oracle.ack_written(output.client_port, ack->id);
            }
            kept.erase(0, kept.size() - rest.size());
        };
    }

private:
    std::map<std::uint16_t, std::string> kept_;  // by the client's port: the beginning of a packet
};

}  // namespace outflow::sim
