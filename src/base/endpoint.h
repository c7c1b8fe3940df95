// Addresses as people write them, in files and options alike: `mqtt://host:1883`, `host:9876`, `[::1]:1883`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace outflow {

inline constexpr std::uint16_t mqtt_port = 1883;   // as registered with IANA: over plain TCP
inline constexpr std::uint16_t mqtts_port = 8883;  // over TLS

struct Endpoint {
    std::string host;  // a name, an IPv4 or an IPv6 address (without brackets)
    std::uint16_t port = 0;

    bool operator==(const Endpoint&) const = default;
};

struct EndpointRules {
    std::uint16_t default_port = 0;  // for a text without a port; 0: the port must be given
    bool port_zero = false;          // whether port 0 is allowed (listen on any free port)
};

// Errors of all: invalid_argument with a sentence that shows the text, but nothing that may be a password.

// HOST:PORT, without a scheme.
Result<Endpoint> parse_endpoint(std::string_view text, EndpointRules rules = {});

struct MqttAddress {
    Endpoint endpoint;
    bool is_tls = false;

    bool operator==(const MqttAddress&) const = default;
};

// An MQTT broker: mqtt://HOST[:PORT], or mqtts:// over TLS. Without a scheme it is mqtt://. The port is 1883 or 8883 if left
// out.
Result<MqttAddress> parse_mqtt_address(std::string_view text);

// RocketMQ name servers: HOST[:PORT], separated by `;` or `,`; at least one, none twice. The port is 9876 if left out. What
// consoles of clouds show as http://HOST:PORT means the same, as for RocketMQ's own clients (NameServerAddressUtils).
// Adds them to `servers`, which keeps what stands before a fault.
Status add_name_servers(std::string_view text, std::vector<Endpoint>& servers);

// "127.0.0.1:9876", "[::1]:1883".
std::string to_string(const Endpoint& endpoint);

// What usually listens on `port`, where it is not MQTT over plain TCP, or over TLS with `is_tls`: "TLS" for 8883;
// empty: nothing is known.
std::string_view usual_protocol(std::uint16_t port, bool is_tls);

}  // namespace outflow
