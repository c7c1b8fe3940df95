// All that a worker is made of, as owning values, and what one version of it means for a worker of another.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/secret.h"
#include "task/definition.h"

namespace outflow::task {

struct InstanceSecrets {
    platform::Secret own;                  // password, secret key
    platform::Secret key_password;         // of TLS
    std::vector<platform::Secret> tokens;  // of tokens_of, in its order

    bool operator==(const InstanceSecrets&) const = default;
};

// What whoever keeps a definition wants to find with it again; no part of what the task is.
struct Origin {
    std::shared_ptr<const std::string> text;  // with all that the task refers to

    bool operator==(const Origin&) const { return true; }
};

struct TaskSpec {
    TaskDefinition definition;
    std::optional<Instance> source_instance;  // that its source names; none: it needs none
    std::optional<Instance> sink_instance;    // the same of its sink
    std::string client_id;                    // of its session
    InstanceSecrets source_secrets;           // as they were when the definition was read
    InstanceSecrets sink_secrets;
    std::string cannot_start = {};  // why, when something that it needs is not there; a factory gives that as its error
    Origin origin = {};

    bool operator==(const TaskSpec&) const = default;
};

// What a change asks for; the strongest that any difference needs.
enum class Change : std::uint8_t {
    none,           // nothing that a worker would notice
    in_place,       // filter, mapping, batch, rate: from one message to the next, everything stays connected
    restart,        // a new worker takes over the session of the old one
    other_session,  // another broker or client id: what the old session holds is not in the new one
};

// Where its session lives.
std::string session_address(const TaskSpec& spec);

// Gives `to` the session of `from`: a worker of it takes that over, with all else as `to` says.
void take_session(TaskSpec& to, const TaskSpec& from);

Change compare(const TaskSpec& before, const TaskSpec& after);

}  // namespace outflow::task
