// Access keys: the caller's own, and to administrators everybody's.
#pragma once

#include "api/account_rules.h"

namespace outflow::api {

void add_key_routes(Routes& routes, const AccountServices& services);

}  // namespace outflow::api
