// Logging in and out, and the caller's own account.
#pragma once

#include "api/account_rules.h"

namespace outflow::api {

void add_account_routes(Routes& routes, const AccountServices& services);

}  // namespace outflow::api
