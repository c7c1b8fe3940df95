// The OpenAPI 3.1 document of the table of routes.
#pragma once

#include <string>
#include <string_view>

#include "api/routes.h"

namespace outflow::api {

// JSON: paths, parameters, bodies, every status that a route can answer with, and how to log in.
std::string openapi_document(const Routes& routes, std::string_view version);

}  // namespace outflow::api
