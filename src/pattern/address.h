// IP addresses and networks in event patterns. No names, no zones.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace outflow::pattern {

struct Address {
    bool is_v6 = false;
    std::array<std::uint8_t, 16> bytes{};  // in network order; of IPv4 the first four

    bool operator==(const Address&) const = default;
};

// IPv4 as four decimal numbers without leading zeros, IPv6 as RFC 4291, section 2.2, has it, its last 32 bits also as
// IPv4. Nothing for anything else.
std::optional<Address> parse_address(std::string_view text);

struct Network {
    Address base;            // bits behind `bits` do not count
    std::uint32_t bits = 0;  // 0 to 32, IPv6: to 128

    // Inclusive. The families never meet: ::ffff:10.0.0.1 is not in 10.0.0.0/8.
    bool contains(const Address& address) const;
};

// `ADDRESS/BITS`, or an address, which is a network of itself.
std::optional<Network> parse_network(std::string_view text);

}  // namespace outflow::pattern
