// Users: an administrator's.
#pragma once

#include "api/account_rules.h"

namespace outflow::api {

void add_user_routes(Routes& routes, const AccountServices& services);

}  // namespace outflow::api
