#include "task/names.h"

#include <algorithm>

#include <fmt/format.h>

#include "task/object.h"

namespace outflow::task {
namespace {

constexpr std::string_view share_prefix = "$share/";
constexpr std::size_t mqtt_string_bytes_max = 65'535;  // MQTT 5, 1.5.4

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// What a shared subscription subscribes to: behind `$share/<group>/`; empty when that is missing.
std::string_view filter_of_shared(std::string_view filter) {
    filter.remove_prefix(share_prefix.size());
    const std::size_t slash = filter.find('/');
    return slash == std::string_view::npos ? std::string_view{} : filter.substr(slash + 1);
}

std::string check_share(std::string_view filter) {
    const std::string_view rest = filter.substr(share_prefix.size());
    const std::string_view group = rest.substr(0, rest.find('/'));
    if (group.empty()) return "a shared subscription needs a group: $share/GROUP/FILTER";
    if (group.find_first_of("+#") != std::string_view::npos) return "the group of a shared subscription has no + and #";
    if (filter_of_shared(filter).empty()) return "a shared subscription needs a filter: $share/GROUP/FILTER";
    return {};
}

}  // namespace

std::string check_name(std::string_view name) {
    if (name.empty()) return "the name is empty";
    if (name.size() > name_bytes_max) return fmt::format("the name is longer than {} characters", name_bytes_max);
    const auto is_legal = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; };
    const auto bad = std::find_if_not(name.begin(), name.end(), is_legal);
    if (bad != name.end()) return "a name has letters, digits, - and _ only, found " + quote(name);
    if (!is_letter_or_digit(name[0])) return "a name begins with a letter or digit, found " + quote(name);
    return {};
}

std::string check_topic_filter(std::string_view filter) {
    if (filter.empty()) return "the topic filter is empty";
    if (filter.size() > mqtt_string_bytes_max) return "a topic filter has at most 65,535 bytes";
    if (filter.find('\0') != std::string_view::npos) return "a topic filter holds no U+0000";
    if (is_shared(filter)) {
        if (std::string fault = check_share(filter); !fault.empty()) return fault;
        filter = filter_of_shared(filter);
    }
    for (std::size_t begin = 0; begin <= filter.size();) {
        const std::size_t end = std::min(filter.find('/', begin), filter.size());
        const std::string_view level = filter.substr(begin, end - begin);
        if (level.find('#') != std::string_view::npos && (level != "#" || end != filter.size())) {
            return "# stands alone and at the end of a topic filter";
        }
        if (level.find('+') != std::string_view::npos && level != "+") return "+ stands alone between two slashes";
        begin = end + 1;
    }
    return {};
}

bool is_shared(std::string_view filter) { return filter.starts_with(share_prefix); }

bool has_wildcard(std::string_view filter) {
    if (is_shared(filter)) filter = filter_of_shared(filter);
    return filter.find_first_of("+#") != std::string_view::npos;
}

std::string check_rocketmq_name(std::string_view name, std::size_t bytes_max) {
    if (name.empty()) return "expected text, found an empty one";
    if (name.size() > bytes_max) {
        return fmt::format("RocketMQ takes at most {} bytes here, found {}", bytes_max, name.size());
    }
    const auto is_legal = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '%' || c == '|'; };
    if (std::all_of(name.begin(), name.end(), is_legal)) return {};
    return "RocketMQ takes letters, digits, -, _, % and | here, found " + quote(name);
}

std::optional<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port, std::string& fault) {
    Endpoint endpoint;
    endpoint.port = default_port;
    std::string_view port;
    bool has_port = false;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return fault = "the bracket of an IPv6 address is open", std::nullopt;
        endpoint.host = text.substr(1, close - 1);
        const std::string_view rest = text.substr(close + 1);
        has_port = rest.starts_with(':');
        if (!rest.empty() && !has_port) return fault = "expected :PORT behind the bracket", std::nullopt;
        port = has_port ? rest.substr(1) : rest;
        if (endpoint.host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string::npos) {
            return fault = "expected an IPv6 address in the brackets", std::nullopt;
        }
    } else {
        const std::size_t colon = text.find(':');
        has_port = colon != std::string_view::npos;
        endpoint.host = text.substr(0, colon);
        port = has_port ? text.substr(colon + 1) : std::string_view{};
        if (port.find(':') != std::string_view::npos) return fault = "an IPv6 address stands in brackets", std::nullopt;
        const auto is_legal = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; };
        if (!std::all_of(endpoint.host.begin(), endpoint.host.end(), is_legal)) {
            return fault = "expected a host name or address, found " + quote(endpoint.host), std::nullopt;
        }
    }
    if (endpoint.host.empty()) return fault = "the host is missing", std::nullopt;
    if (has_port) {
        const std::optional<std::int64_t> number = parse_integer(port);
        if (!number || *number < 1 || *number > 65'535) {
            return fault = "expected a port from 1 to 65,535, found " + quote(port), std::nullopt;
        }
        endpoint.port = static_cast<std::uint16_t>(*number);
    }
    return endpoint;
}

}  // namespace outflow::task
