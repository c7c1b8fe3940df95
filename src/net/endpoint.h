// Addresses as people write them: `mqtt://host:1883`, `host:9876`, `[::1]:1883`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace outflow::net {

struct Endpoint {
    std::string host;         // a name, an IPv4 or an IPv6 address (without brackets)
    std::uint16_t port = 0;
    std::string scheme = {};  // lower case, empty when the text has none

    bool operator==(const Endpoint&) const = default;
};

struct EndpointRules {
    std::uint16_t default_port = 0;  // for a text without a port; 0: the port must be given
    bool port_zero = false;          // whether port 0 is allowed (listen on any free port)
};

// Errors: invalid_argument with a sentence. Whether the scheme is one that the caller speaks is the caller's to judge.
Result<Endpoint> parse_endpoint(std::string_view text, EndpointRules rules = {});

// "127.0.0.1:9876", "[::1]:1883": without the scheme.
std::string to_string(const Endpoint& endpoint);

}  // namespace outflow::net
