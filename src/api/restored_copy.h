// A database that was restored from a copy, while the original may run on.
#pragma once

#include "base/result.h"
#include "store/database.h"

namespace outflow::api {

// Gives the database an installation id of its own, of which client ids are made. Tasks that name their client id themselves
// are wanted no more, since they would take the original's sessions: enabling one says that the original is gone. All or
// nothing. Before the registry starts.
Status leave_sessions_to_the_original(store::Database& database);

}  // namespace outflow::api
