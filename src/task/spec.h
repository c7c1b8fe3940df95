// All that a worker is made of, as owning values, and what one version of it means for a worker of another.
#pragma once

#include <cstdint>
#include <string>

#include "platform/secret.h"
#include "task/definition.h"

namespace outflow::task {

struct TaskSpec {
    TaskDefinition definition;
    MqttInstance mqtt;          // that the definition names
    RocketmqInstance rocketmq;  // the same
    std::string client_id;      // of its MQTT session
    platform::Secret mqtt_password;  // as they were when the definition was read
    platform::Secret rocketmq_secret_key;

    bool operator==(const TaskSpec&) const = default;
};

// What a change asks for; the strongest that any difference needs.
enum class Change : std::uint8_t {
    none,           // nothing that a worker would notice
    in_place,       // filter, mapping, batch: from one message to the next, everything stays connected
    restart,        // a new worker takes over the MQTT session of the old one
    other_session,  // another broker or client id: what the old session holds is not in the new one
};

Change compare(const TaskSpec& before, const TaskSpec& after);

}  // namespace outflow::task
