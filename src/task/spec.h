// All that a worker is made of, as owning values, and what one version of it means for a worker of another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "platform/secret.h"
#include "task/definition.h"

namespace outflow::task {

struct TaskSpec {
    TaskDefinition definition;
    std::optional<Instance> mqtt;           // that its source names; none: it needs none
    std::optional<Instance> sink_instance;  // the same of its sink
    std::string client_id;                  // of its session
    platform::Secret source_secret;         // of the instances, as they were when the definition was read
    platform::Secret sink_secret;

    bool operator==(const TaskSpec&) const = default;
};

// What a change asks for; the strongest that any difference needs.
enum class Change : std::uint8_t {
    none,           // nothing that a worker would notice
    in_place,       // filter, mapping, batch: from one message to the next, everything stays connected
    restart,        // a new worker takes over the session of the old one
    other_session,  // another broker or client id: what the old session holds is not in the new one
};

// Where its session lives.
std::string session_address(const TaskSpec& spec);

// Whether the session of one lives at another place than that of the other, whatever its client id.
bool has_other_address(const TaskSpec& one, const TaskSpec& other);

Change compare(const TaskSpec& before, const TaskSpec& after);

}  // namespace outflow::task
