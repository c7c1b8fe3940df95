// A copy of the database while the server runs.
#pragma once

#include <string>

#include "api/routes.h"
#include "store/database.h"

namespace outflow::api {

// What a crash has left of copies in `folder`.
Status remove_old_backups(const std::string& folder);
// The copy is made in `folder` and gone when it was sent; the database outlives the server.
void add_backup_route(Routes& routes, store::Database& database, std::string folder);

}  // namespace outflow::api
