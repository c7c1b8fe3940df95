// Who has changed what.
#pragma once

#include "api/routes.h"
#include "store/database.h"

namespace outflow::api {

// The database outlives the server.
void add_audit_routes(Routes& routes, store::Database& database);

}  // namespace outflow::api
