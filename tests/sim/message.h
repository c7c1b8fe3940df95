// A message that somebody publishes, and all that is known of its way.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace outflow::sim {

// What the task has to make of a message.
enum class Fate : std::uint8_t {
    stored,    // in RocketMQ
    filtered,  // nowhere
    letter,    // it cannot be delivered: in the dead-letter file
};

struct Message {
    std::uint32_t number = 0;  // from 1; "#17#" in the payload, or "/17" at the end of the topic when that is too small
    std::string topic;
    std::string order_key;  // what must stay in order with it; empty: nothing
    std::string payload;
    std::uint8_t qos = 1;
    bool retain = false;
    Fate fate = Fate::stored;
    std::uint32_t parts = 1;     // records that it becomes, each with `"part":N` in its body where there are several
    std::int64_t bad_part = -1;  // of one whose fate is a letter: the others are stored; -1: nothing is

    // --- at the MQTT broker
    struct Sending {
        std::uint64_t order;    // among all that the broker sends
        std::uint16_t port;     // of the connection: the client's
        std::uint64_t ends_at;  // byte of the connection at which it is whole
        std::uint16_t id;
        int life;                  // of the bridge: of a process and a worker in it, which know nothing of those before
        bool is_known_redelivery;  // the redelivery rule says that the bridge must know it
        bool is_acked = false;     // the bridge has written its acknowledgement
    };
    std::vector<Sending> sendings;
    bool is_owed = false;  // a session has it: nothing may lose it
    bool is_acknowledged = false;
    bool is_released = false;  // PUBREL was sent: the bridge need not know its id any longer

    // --- in RocketMQ
    struct Storing {
        std::uint64_t order;  // among all that is stored
        std::uint32_t part;   // of the message
        std::string unique_key;
        std::uint16_t from;  // port of the bridge's end of the connection
        int life;            // of the bridge
    };
    std::vector<Storing> storings;

    // --- in the dead-letter file
    int letters = 0;

    bool is_stored() const {
        std::set<std::uint32_t> stored;
        for (const Storing& storing : storings) stored.insert(storing.part);
        return stored.size() == parts;
    }
    bool is_settled() const { return fate == Fate::filtered || letters > 0 || is_stored(); }
};

}  // namespace outflow::sim
