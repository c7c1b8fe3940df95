// Addresses (base/endpoint.h), by the names under which the users of sockets know them.
#pragma once

#include "base/endpoint.h"

namespace outflow::net {

using outflow::Endpoint;
using outflow::to_string;

// Whether the host is surely this machine: `localhost`, or an address of loopback. Another name never is, wherever it leads.
bool is_loopback(const std::string& host);

}  // namespace outflow::net
