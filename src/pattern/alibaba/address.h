// IP addresses and networks as the open-source engine reads them: as Java and Apache Commons Net do. Nothing here asks
// a name server.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace outflow::pattern {

// Java's InetAddress.getByName, less host names: 10.0.0.1, 010.0.0.1 (decimal), 10.1 and 167772161 (the last number
// fills what is left); ::1, [::1], ::ffff:10.0.0.1 (which is 10.0.0.1), fe80::1%2 (the zone, a number, is not
// compared). An empty text is 127.0.0.1.
struct AlibabaAddress {
    std::array<std::uint8_t, 16> bytes{};  // of an IPv4 address the first 4
    bool is_v6 = false;

    bool operator==(const AlibabaAddress&) const = default;
};
std::optional<AlibabaAddress> parse_alibaba_address(std::string_view text);

// An IPv4 network such as 10.0.0.0/24: without its first and last address, so that /31 and /32 hold nothing.
struct AlibabaNetwork {
    std::uint32_t first = 1;
    std::uint32_t last = 0;

    // `text` is an address of four decimal numbers, leading zeros allowed.
    bool contains(std::string_view text) const;
};
std::optional<AlibabaNetwork> parse_alibaba_network(std::string_view text);

}  // namespace outflow::pattern
