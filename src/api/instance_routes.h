// Instances over HTTP, and whether one can be reached.
#pragma once

#include <functional>

#include "api/registry.h"
#include "api/routes.h"

namespace outflow::api {

// Tests an instance in steps and calls back once, on the control loop, with `{"ok":..,"steps":[..]}`; `topic` may be empty.
using ProbeInstance = std::function<void(const task::Instance& instance, const std::string& topic,
                                         std::function<void(std::string)> on_done)>;

// All outlive the routes.
void add_instance_routes(Routes& routes, Registry& registry, ProbeInstance probe);

}  // namespace outflow::api
