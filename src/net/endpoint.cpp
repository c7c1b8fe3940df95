#include "net/endpoint.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace outflow::net {
namespace {

constexpr std::size_t text_bytes_max = 512;
constexpr std::size_t host_bytes_max = 253;  // RFC 1035, 2.3.4, as text

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Underscores are no host name characters, but container networks use them.
bool is_host_character(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_'; }

bool is_host(std::string_view host) {
    return !host.empty() && host.size() <= host_bytes_max && host.front() != '.' &&
           host.find("..") == std::string_view::npos && std::all_of(host.begin(), host.end(), is_host_character);
}

bool is_ipv6(std::string_view text) {
    const std::size_t zone = text.find('%');
    if (zone != std::string_view::npos) {
        const std::string_view name = text.substr(zone + 1);
        if (name.empty() || name.size() > 15 || !std::all_of(name.begin(), name.end(), is_host_character)) return false;
        text = text.substr(0, zone);
    }
    in6_addr address{};
    return ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

std::string printable(std::string_view text) {
    std::string out(text.substr(0, 80));
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return out;
}

Result<std::string> take_scheme(std::string_view& rest) {
    const std::size_t mark = rest.find("://");
    if (mark == std::string_view::npos) return std::string();
    std::string scheme(rest.substr(0, mark));
    rest.remove_prefix(mark + 3);
    if (scheme.empty() || !is_letter(scheme[0]) || !std::all_of(scheme.begin(), scheme.end(), [](char c) {
            return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
        })) {
        return failed(ErrorCode::invalid_argument, "the part before :// is not a scheme");
    }
    for (char& c : scheme) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return scheme;
}

Result<std::string> take_host(std::string_view& rest) {
    if (rest.starts_with('[')) {
        const std::size_t end = rest.find(']');
        if (end == std::string_view::npos) return failed(ErrorCode::invalid_argument, "the closing ] is missing");
        std::string host(rest.substr(1, end - 1));
        rest.remove_prefix(end + 1);
        if (!is_ipv6(host)) return failed(ErrorCode::invalid_argument, "not an IPv6 address between [ and ]");
        return host;
    }
    if (std::count(rest.begin(), rest.end(), ':') > 1) {
        return failed(ErrorCode::invalid_argument, "an IPv6 address needs brackets, as in [::1]:1883");
    }
    const std::size_t end = std::min(rest.find(':'), rest.size());
    std::string host(rest.substr(0, end));
    rest.remove_prefix(end);
    if (host.empty()) return failed(ErrorCode::invalid_argument, "the host is missing");
    if (!is_host(host)) return failed(ErrorCode::invalid_argument, fmt::format("{} is not a host name", printable(host)));
    return host;
}

Result<std::uint16_t> parse_port(std::string_view rest, EndpointRules rules) {
    if (rest.empty() && rules.default_port != 0) return rules.default_port;
    if (rest.empty()) return failed(ErrorCode::invalid_argument, "the port is missing, as in host:1883");
    if (rest.front() != ':') return failed(ErrorCode::invalid_argument, "after the host only :PORT may follow");
    rest.remove_prefix(1);
    unsigned port = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), port);
    const bool is_number = error == std::errc() && end == rest.data() + rest.size();
    if (!is_number || port > 65'535 || (port == 0 && !rules.port_zero)) {
        return failed(ErrorCode::invalid_argument,
                      fmt::format("the port must be a number from {} to 65535", rules.port_zero ? 0 : 1));
    }
    return static_cast<std::uint16_t>(port);
}

Result<Endpoint> parse(std::string_view rest, EndpointRules rules) {
    if (rest.empty()) return failed(ErrorCode::invalid_argument, "an address is missing, as in host:1883");
    if (rest.size() > text_bytes_max) return failed(ErrorCode::invalid_argument, "longer than 512 bytes");
    Endpoint endpoint;
    TRY(endpoint.scheme, take_scheme(rest));
    if (rest.find('@') != std::string_view::npos) {
        return failed(ErrorCode::invalid_argument, "user name and password do not belong into an address");
    }
    if (!endpoint.scheme.empty() && rest.ends_with('/')) rest.remove_suffix(1);
    TRY(endpoint.host, take_host(rest));
    TRY(endpoint.port, parse_port(rest, rules));
    return endpoint;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text, EndpointRules rules) {
    Result<Endpoint> endpoint = parse(text, rules);
    if (endpoint || text.empty()) return endpoint;
    // What stands before an @ may be a password: it is not repeated.
    const std::size_t at = text.rfind('@');
    const std::string shown = at == std::string_view::npos ? printable(text) : "..." + printable(text.substr(at));
    return failed(endpoint.error().code, fmt::format("\"{}\": {}", shown, endpoint.error().context));
}

std::string to_string(const Endpoint& endpoint) {
    const bool is_v6 = endpoint.host.find(':') != std::string::npos;
    return is_v6 ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
                 : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

}  // namespace outflow::net
