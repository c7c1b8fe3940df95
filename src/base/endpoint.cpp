#include "base/endpoint.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace outflow {
namespace {

constexpr std::size_t text_bytes_max = 512;
constexpr std::size_t host_bytes_max = 253;  // RFC 1035, 2.3.4, as text
constexpr std::size_t name_servers_max = 64;
constexpr std::uint16_t name_server_port = 9876;
constexpr std::string_view http_scheme = "http://";

// Of MQTT brokers (EMQX, HiveMQ, Mosquitto, RabbitMQ) and of the web.
constexpr std::pair<std::uint16_t, std::string_view> usual_protocols[] = {
    {80, "HTTP or WebSocket"},    {443, "TLS"},         {5671, "AMQP over TLS"},       {5672, "AMQP"},
    {8000, "WebSocket"},          {8080, "WebSocket"},  {8081, "WebSocket over TLS"},  {8083, "WebSocket"},
    {8084, "WebSocket over TLS"}, {8443, "TLS"},        {mqtts_port, "TLS"},           {8884, "TLS"},
    {9001, "WebSocket"},          {15675, "WebSocket"}, {15676, "WebSocket over TLS"},
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hexadecimal(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Underscores are no host name characters, but container networks use them.
bool is_host_character(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_'; }

bool is_host(std::string_view host) {
    return !host.empty() && host.size() <= host_bytes_max && host.front() != '.' &&
           host.find("..") == std::string_view::npos && std::all_of(host.begin(), host.end(), is_host_character);
}

bool is_ipv4(std::string_view text) {
    for (int part = 0; part < 4; ++part) {
        unsigned number = 256;
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), 3), number);
        if (error != std::errc() || number > 255) return false;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (text.starts_with('.') != (part < 3)) return false;
        if (part < 3) text.remove_prefix(1);
    }
    return text.empty();
}

// How many groups of 16 bits `text` has (RFC 4291, 2.2); nothing when it is malformed. Empty: none.
std::optional<int> count_groups(std::string_view text, bool may_end_with_ipv4) {
    int groups = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(':'), text.size());
        const std::string_view group = text.substr(0, end);
        const bool is_last = end == text.size();
        if (is_last && may_end_with_ipv4 && is_ipv4(group)) return groups + 2;
        if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), is_hexadecimal)) {
            return std::nullopt;
        }
        ++groups;
        text.remove_prefix(is_last ? end : end + 1);
        if (!is_last && text.empty()) return std::nullopt;  // a colon at the end
    }
    return groups;
}

bool is_ipv6(std::string_view text) {
    const std::size_t zone = text.find('%');
    if (zone != std::string_view::npos) {
        const std::string_view name = text.substr(zone + 1);
        if (name.empty() || name.size() > 15 || !std::all_of(name.begin(), name.end(), is_host_character)) return false;
        text = text.substr(0, zone);
    }
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) return count_groups(text, true) == 8;
    const std::optional<int> before = count_groups(text.substr(0, gap), false);
    const std::optional<int> behind = count_groups(text.substr(gap + 2), true);
    return before && behind && *before + *behind < 8;
}

std::string printable(std::string_view text) {
    std::string out(text.substr(0, 80));
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return out;
}

tl::unexpected<Error> wrong(std::string sentence) { return failed(ErrorCode::invalid_argument, std::move(sentence)); }

// `wrong` with the text before it. What stands before an @ may be a password: it is not repeated.
Error about(std::string_view text, const Error& error) {
    if (text.empty()) return error;
    const std::size_t at = text.rfind('@');
    const std::string shown = at == std::string_view::npos ? printable(text) : "..." + printable(text.substr(at));
    return {error.code, fmt::format("\"{}\": {}", shown, error.context)};
}

// Takes `scheme://` off `rest`: lower case, empty when there is none.
Result<std::string> take_scheme(std::string_view& rest) {
    const std::size_t mark = rest.find("://");
    if (mark == std::string_view::npos) return std::string();
    std::string scheme(rest.substr(0, mark));
    rest.remove_prefix(mark + 3);
    const auto is_legal = [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; };
    if (scheme.empty() || !is_letter(scheme[0]) || !std::all_of(scheme.begin(), scheme.end(), is_legal)) {
        return wrong("the part before :// is not a scheme");
    }
    for (char& c : scheme) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return scheme;
}

Result<std::string> take_host(std::string_view& rest) {
    if (rest.starts_with('[')) {
        const std::size_t end = rest.find(']');
        if (end == std::string_view::npos) return wrong("the closing ] is missing");
        std::string host(rest.substr(1, end - 1));
        rest.remove_prefix(end + 1);
        if (!is_ipv6(host)) return wrong("not an IPv6 address between [ and ]");
        return host;
    }
    if (std::count(rest.begin(), rest.end(), ':') > 1) return wrong("an IPv6 address needs brackets, as in [::1]:1883");
    const std::size_t end = std::min(rest.find_first_of(":/"), rest.size());
    std::string host(rest.substr(0, end));
    rest.remove_prefix(end);
    if (host.empty()) return wrong("the host is missing");
    if (!is_host(host)) return wrong(fmt::format("{} is not a host name", printable(host)));
    return host;
}

Result<std::uint16_t> parse_port(std::string_view rest, EndpointRules rules) {
    if (rest.empty() && rules.default_port != 0) return rules.default_port;
    if (rest.empty()) return wrong("the port is missing, as in host:1883");
    if (rest.front() == '/') return wrong(fmt::format("an address has no path: leave out {}", printable(rest)));
    if (rest.front() != ':') return wrong("after the host only :PORT may follow");
    rest.remove_prefix(1);
    if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
        return wrong(fmt::format("an address has no path: leave out {}", printable(rest.substr(slash))));
    }
    unsigned port = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), port);
    const bool is_number = error == std::errc() && end == rest.data() + rest.size();
    if (!is_number || port > 65'535 || (port == 0 && !rules.port_zero)) {
        return wrong(fmt::format("the port must be a number from {} to 65535", rules.port_zero ? 0 : 1));
    }
    return static_cast<std::uint16_t>(port);
}

// What stands behind the scheme.
Result<Endpoint> parse_authority(std::string_view rest, EndpointRules rules) {
    if (rest.find('@') != std::string_view::npos) {
        return wrong("an address holds no user name and no password: they are given apart");
    }
    if (rest.find_first_of(",;") != std::string_view::npos) return wrong("expected one address, found several");
    Endpoint endpoint;
    TRY(endpoint.host, take_host(rest));
    TRY(endpoint.port, parse_port(rest, rules));
    return endpoint;
}

Result<Endpoint> parse_plain(std::string_view rest, EndpointRules rules) {
    if (rest.empty()) return wrong("an address is missing, as in host:1883");
    if (rest.size() > text_bytes_max) return wrong("longer than 512 bytes");
    TRY(const std::string scheme, take_scheme(rest));
    if (!scheme.empty()) return wrong(fmt::format("an address here is HOST:PORT, without {}://", scheme));
    return parse_authority(rest, rules);
}

// Gives whether it is TLS.
Result<bool> check_mqtt_scheme(std::string_view scheme) {
    if (scheme.empty() || scheme == "mqtt") return false;
    if (scheme == "mqtts") return true;
    if (scheme == "ssl" || scheme == "tls") return wrong(fmt::format("write mqtts:// in place of {}://", scheme));
    if (scheme == "ws" || scheme == "wss") {
        return wrong(fmt::format("MQTT over WebSocket ({}://) is not supported yet: use mqtt:// on a network that you "
                                 "trust",
                                 scheme));
    }
    if (scheme == "tcp") return wrong("write mqtt:// in place of tcp://");
    return wrong(fmt::format("an MQTT broker is mqtt://HOST:PORT, not {}://", scheme));
}

Result<MqttAddress> parse_mqtt(std::string_view rest) {
    if (rest.empty()) return wrong("an address is missing, as in mqtt://host:1883");
    if (rest.size() > text_bytes_max) return wrong("longer than 512 bytes");
    TRY(const std::string scheme, take_scheme(rest));
    MqttAddress address;
    TRY(address.is_tls, check_mqtt_scheme(scheme));
    if (!scheme.empty() && rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.find('@') == std::string_view::npos && rest.find_first_of(",;") != std::string_view::npos) {
        return wrong("one broker only: for a cluster give the address of its load balancer, or a host name that stands "
                     "for all its nodes");
    }
    TRY(address.endpoint, parse_authority(rest, {.default_port = address.is_tls ? mqtts_port : mqtt_port}));
    return address;
}

std::string_view trim(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text, EndpointRules rules) {
    Result<Endpoint> endpoint = parse_plain(text, rules);
    if (!endpoint) return failed(about(text, endpoint.error()));
    return endpoint;
}

Result<MqttAddress> parse_mqtt_address(std::string_view text) {
    Result<MqttAddress> address = parse_mqtt(text);
    if (!address) return failed(about(text, address.error()));
    return address;
}

Status add_name_servers(std::string_view text, std::vector<Endpoint>& servers) {
    if (trim(text).empty()) return wrong("expected at least one name server, as in host:9876");
    while (!trim(text).empty()) {  // a separator may stand at the end, as in RocketMQ's own settings
        const std::size_t end = std::min(text.find_first_of(",;"), text.size());
        std::string_view address = trim(text.substr(0, end));
        if (address.starts_with(http_scheme)) address.remove_prefix(http_scheme.size());
        TRY(Endpoint server, parse_endpoint(address, {.default_port = name_server_port}));
        if (std::find(servers.begin(), servers.end(), server) != servers.end()) {
            return wrong(fmt::format("the name server {} is given twice: keep one of them", to_string(server)));
        }
        if (servers.size() == name_servers_max)
            return wrong(fmt::format("more than {} name servers", name_servers_max));
        servers.push_back(std::move(server));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return {};
}

std::string to_string(const Endpoint& endpoint) {
    const bool is_v6 = endpoint.host.find(':') != std::string::npos;
    return is_v6 ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
                 : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

std::string_view usual_protocol(std::uint16_t port, bool is_tls) {
    if (is_tls && port == mqtt_port) return "MQTT over plain TCP";
    for (const auto& [known, protocol] : usual_protocols) {
        if (known == port) return is_tls && protocol == "TLS" ? std::string_view() : protocol;
    }
    return {};
}

}  // namespace outflow
