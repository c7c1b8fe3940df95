// Addresses (base/endpoint.h), by the names under which the users of sockets know them.
#pragma once

#include "base/endpoint.h"

namespace outflow::net {

using outflow::Endpoint;
using outflow::to_string;

}  // namespace outflow::net
