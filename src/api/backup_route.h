// A copy of the database while the server runs.
#pragma once

#include <string>

#include "api/routes.h"
#include "store/database.h"

namespace outflow::api {

// The copy is made in `folder` and gone when it was sent; the database outlives the server.
void add_backup_route(Routes& routes, store::Database& database, std::string folder);

}  // namespace outflow::api
