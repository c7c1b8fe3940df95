#include "net/endpoint.h"

#include <arpa/inet.h>

namespace outflow::net {

bool is_loopback(const std::string& host) {
    constexpr std::uint32_t network = 127;
    in_addr four{};
    in6_addr six{};
    if (host == "localhost") return true;
    if (::inet_aton(host.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24U == network;
    return ::inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

}  // namespace outflow::net
