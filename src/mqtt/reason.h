// What the codes of CONNACK, SUBACK and DISCONNECT mean for a bridge (MQTT 5, 2.4; MQTT 3.1.1, 3.2.2.3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mqtt/packet.h"

namespace outflow::mqtt {

enum class EndAction : std::uint8_t {
    reconnect,          // with the usual back-off
    wait,               // back off at least 30 s: somebody else holds our client id, or a server wants us elsewhere
    fallback_to_3_1_1,  // the server does not speak version 5: this one connection again with 3.1.1
    fail_task,          // a person must change something
};

struct ReasonMeaning {
    EndAction action;
    // The server says that we broke the protocol: reconnect once, the second time soon after fails the task.
    bool our_fault;
    std::string_view meaning;  // "not authorized", without a full stop
};

// `code` is what the packet says; an unknown one gives `reconnect`.
ReasonMeaning connack_meaning(std::uint8_t code, Version version);
ReasonMeaning suback_meaning(std::uint8_t code);
ReasonMeaning disconnect_meaning(std::uint8_t code);

}  // namespace outflow::mqtt
