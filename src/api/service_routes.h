// What the server says of itself.
#pragma once

#include <functional>
#include <string>

#include "api/routes.h"

namespace outflow::api {

struct ServiceFacts {
    std::string version;
    std::string commit;
    std::string installation;                // store::Database::installation_id
    std::function<std::string()> not_ready;  // why not, a sentence; empty: it is ready
};

// Also /v1/openapi.json, with all that is in the table when it is first asked for.
void add_service_routes(Routes& routes, ServiceFacts facts);

}  // namespace outflow::api
