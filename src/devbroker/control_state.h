// What GET /state and GET /requests show, and what PATCH /settings changes. Inside devbroker only.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "devbroker/server.h"

namespace outflow::devbroker {

std::string state_json(Server& server);
// Recorded requests behind number `after`.
std::string requests_json(const RequestLog& log, std::uint64_t after);

// Changes all that the JSON object names, or nothing. Errors: json_malformed, invalid_argument, naming the field.
Status change_settings(Server& server, std::string_view json);

}  // namespace outflow::devbroker
