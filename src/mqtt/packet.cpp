#include "mqtt/packet.h"

namespace outflow::mqtt {

std::string_view to_string(PacketType type) {
    switch (type) {
    case PacketType::connect: return "CONNECT";
    case PacketType::connack: return "CONNACK";
    case PacketType::publish: return "PUBLISH";
    case PacketType::puback: return "PUBACK";
    case PacketType::pubrec: return "PUBREC";
    case PacketType::pubrel: return "PUBREL";
    case PacketType::pubcomp: return "PUBCOMP";
    case PacketType::subscribe: return "SUBSCRIBE";
    case PacketType::suback: return "SUBACK";
    case PacketType::unsubscribe: return "UNSUBSCRIBE";
    case PacketType::unsuback: return "UNSUBACK";
    case PacketType::pingreq: return "PINGREQ";
    case PacketType::pingresp: return "PINGRESP";
    case PacketType::disconnect: return "DISCONNECT";
    case PacketType::auth: return "AUTH";
    }
    return "packet";
}

void PublishProperties::clear() {
    payload_format_indicator.reset();
    message_expiry_interval.reset();
    content_type.reset();
    response_topic.reset();
    correlation_data.reset();
    user.clear();
    subscription_ids.clear();
}

}  // namespace outflow::mqtt
