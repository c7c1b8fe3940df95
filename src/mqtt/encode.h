// Encodes MQTT packets, appending to a caller's string.
#pragma once

#include <string>

#include "mqtt/packet.h"

namespace outflow::mqtt {

// Strings must fit 65,535 bytes and the packet limits::mqtt_remaining_length_max: checked by assertion, validate
// configuration first.
void encode_connect(std::string& out, const Connect& connect, Version version);
void encode_subscribe(std::string& out, const Subscribe& subscribe, Version version);
void encode_unsubscribe(std::string& out, const Unsubscribe& unsubscribe, Version version);
// Four bytes for reason 0 and in 3.1.1, else five; a reason in 3.1.1 is dropped.
void encode_acknowledgement(std::string& out, const Acknowledgement& acknowledgement, Version version);
void encode_pingreq(std::string& out);
// 3.1.1 knows only the normal DISCONNECT.
void encode_disconnect(std::string& out, std::uint8_t reason, Version version);

// For tests and tools: `publish.properties` is ignored, v5 properties are given decoded (null: none).
void encode_publish(std::string& out, const Publish& publish, const PublishProperties* properties, Version version);

}  // namespace outflow::mqtt
