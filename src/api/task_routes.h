// Tasks and instances over HTTP.
#pragma once

#include "api/registry.h"
#include "api/routes.h"
#include "api/status_board.h"

namespace outflow::api {

// All outlive the routes.
void add_task_routes(Routes& routes, Registry& registry, StatusBoard& board);
void add_apply_routes(Routes& routes, Registry& registry);

}  // namespace outflow::api
