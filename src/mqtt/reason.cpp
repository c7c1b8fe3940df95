#include "mqtt/reason.h"

#include <array>

namespace outflow::mqtt {
namespace {

struct Row {
    std::uint8_t code;
    EndAction action;
    bool our_fault;
    std::string_view meaning;
};

constexpr EndAction reconnect = EndAction::reconnect;
constexpr EndAction wait = EndAction::wait;
constexpr EndAction fail_task = EndAction::fail_task;

// MQTT 3.1.1, table 3.1.
constexpr std::array v3_connack = {
    Row{0x01, fail_task, false, "it does not speak MQTT 3.1.1"},
    Row{0x02, fail_task, false,
        "it does not accept the client id, or keep_alive_seconds is too long for it (Mosquitto: max_keepalive)"},
    Row{0x03, reconnect, false, "its MQTT service is unavailable"},
    Row{0x04, fail_task, false, "bad user name or password"},
    Row{0x05, fail_task, false, "not authorized"},
};

// MQTT 5, 2.4: what CONNACK and DISCONNECT share.
constexpr std::array v5_codes = {
    Row{0x00, reconnect, false, "normal disconnection"},
    Row{0x80, reconnect, false, "unspecified error"},
    Row{0x81, reconnect, true, "it found a packet malformed"},
    Row{0x82, reconnect, true, "it saw a protocol error"},
    Row{0x83, reconnect, false, "implementation specific error"},
    Row{0x84, EndAction::fallback_to_3_1_1, false, "it does not speak MQTT 5"},
    Row{0x85, fail_task, false, "it does not accept the client id"},
    Row{0x86, fail_task, false, "bad user name or password"},
    Row{0x87, fail_task, false, "not authorized"},
    Row{0x88, reconnect, false, "the server is unavailable"},
    Row{0x89, reconnect, false, "the server is busy"},
    Row{0x8A, fail_task, false, "this client is banned"},
    Row{0x8B, reconnect, false, "the server is shutting down"},
    Row{0x8C, fail_task, false, "it wants another authentication method"},
    Row{0x8D, reconnect, false, "it heard nothing from us within the keep alive time"},
    Row{0x8E, wait, false, "another client took the session over with our client id"},
    Row{0x8F, fail_task, false, "it does not accept the topic filter"},
    Row{0x90, reconnect, true, "it does not accept the topic name"},
    Row{0x93, reconnect, true, "its receive maximum was exceeded"},
    Row{0x94, reconnect, true, "the topic alias is invalid"},
    Row{0x95, reconnect, true, "a packet was too large for it"},
    Row{0x96, reconnect, false, "the message rate is too high"},
    Row{0x97, reconnect, false, "a quota was exceeded"},
    Row{0x98, wait, false, "it was closed by an administrative action"},
    Row{0x99, reconnect, true, "the payload format is invalid"},
    Row{0x9A, reconnect, false, "it does not support retained messages"},
    Row{0x9B, fail_task, false, "it does not support the QoS"},
    Row{0x9C, wait, false, "it wants us to use another server for now"},
    Row{0x9D, wait, false, "the server has moved"},
    Row{0x9E, fail_task, false, "it does not support shared subscriptions"},
    Row{0x9F, reconnect, false, "the connection rate is too high"},
    Row{0xA0, reconnect, false, "the maximum connect time has passed"},
    Row{0xA1, fail_task, false, "it does not support subscription identifiers"},
    Row{0xA2, fail_task, false, "it does not support wildcard subscriptions"},
};

// MQTT 5, 3.9.3; 3.1.1 has 0x80 only.
constexpr std::array suback_codes = {
    Row{0x80, fail_task, false, "it refused the subscription without a reason"},
    Row{0x83, fail_task, false, "implementation specific error"},
    Row{0x87, fail_task, false, "not authorized"},
    Row{0x8F, fail_task, false, "it does not accept the topic filter"},
    Row{0x91, reconnect, false, "the packet identifiers that were tried are in use"},
    Row{0x97, reconnect, false, "a quota was exceeded"},
    Row{0x9E, fail_task, false, "it does not support shared subscriptions"},
    Row{0xA1, fail_task, false, "it does not support subscription identifiers"},
    Row{0xA2, fail_task, false, "it does not support wildcard subscriptions"},
};

template <class Rows>
ReasonMeaning find(const Rows& rows, std::uint8_t code) {
    for (const Row& row : rows) {
        if (row.code == code) return {row.action, row.our_fault, row.meaning};
    }
    return {EndAction::reconnect, false, "a reason that the specification does not know"};
}

}  // namespace

ReasonMeaning connack_meaning(std::uint8_t code, Version version) {
    return version == Version::v3_1_1 ? find(v3_connack, code) : find(v5_codes, code);
}

ReasonMeaning suback_meaning(std::uint8_t code) { return find(suback_codes, code); }

ReasonMeaning disconnect_meaning(std::uint8_t code) {
    ReasonMeaning meaning = find(v5_codes, code);
    // Once connected, the version is no question any more.
    if (meaning.action == EndAction::fallback_to_3_1_1) meaning.action = EndAction::reconnect;
    return meaning;
}

}  // namespace outflow::mqtt
