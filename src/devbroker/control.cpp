#include "devbroker/control.h"

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include <arpa/inet.h>

#include <fmt/format.h>

#include "base/format.h"
#include "devbroker/control_state.h"
#include "json/document.h"

namespace outflow::devbroker {

namespace {

ControlResponse refuse(unsigned status, std::string_view sentence) {
    ControlResponse response{.status = status, .body = "{\"error\":"};
    json::append_json_string(response.body, sentence);
    response.body += "}";
    return response;
}

ControlResponse response_for(const Status& status) {
    if (status) return {};
    const ErrorCode code = status.error().code;
    const bool is_ours = code == ErrorCode::file_error || code == ErrorCode::network_error;
    return refuse(is_ours ? 500 : 400, status.error().context);
}

// The host of "host", "host:port", "[IPv6]" and "[IPv6]:port".
std::string host_name(std::string_view host) {
    if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
    return std::string(host.substr(0, host.find(':')));
}

bool is_own_host(std::string_view field, bool is_remote_allowed) {
    const std::string host = host_name(field);
    if (host == "localhost") return true;
    in_addr four{};
    in6_addr six{};
    if (::inet_pton(AF_INET, host.c_str(), &four) == 1) return is_remote_allowed || ntohl(four.s_addr) >> 24 == 127;
    return ::inet_pton(AF_INET6, host.c_str(), &six) == 1 && (is_remote_allowed || IN6_IS_ADDR_LOOPBACK(&six));
}

bool is_json(std::string_view content_type) {
    const std::string_view type = content_type.substr(0, content_type.find(';'));
    return type.substr(0, type.find_last_not_of(' ') + 1) == "application/json";
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// "%25RETRY%25g" -> "%RETRY%g"; nothing when it is no such text.
std::optional<std::string> decode_percent(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out.push_back(text[at]);
            continue;
        }
        if (text.size() - at < 3) return std::nullopt;
        std::uint8_t byte = 0;
        const auto [end, error] = std::from_chars(text.data() + at + 1, text.data() + at + 3, byte, 16);
        if (error != std::errc() || end != text.data() + at + 3) return std::nullopt;
        out.push_back(static_cast<char>(byte));
        at += 2;
    }
    return out;
}

Result<Fault> parse_rule(const json::Node& node) {
    if (node.is(json::Kind::string)) return parse_fault(node.text);
    std::string text;
    json::append_json(text, node);
    return fault_from_json(text);
}

ControlResponse add_faults(Server& server, std::string_view body) {
    auto document = json::parse_document(body);
    if (!document) return refuse(400, document.error().context);
    std::vector<json::Node> nodes;
    if (document->root.is(json::Kind::array)) nodes = std::move(document->root.items);
    else nodes.push_back(std::move(document->root));

    std::vector<Fault> faults;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        auto fault = parse_rule(nodes[i]);
        if (!fault) return refuse(400, fmt::format("Rule {}: {}", i + 1, fault.error().context));
        faults.push_back(std::move(*fault));
    }
    std::vector<std::uint64_t> numbers;
    for (Fault& fault : faults) {
        auto number = server.faults().add(std::move(fault));
        if (!number) {
            for (const std::uint64_t added : numbers) server.faults().remove(added);
            return refuse(400, number.error().context);
        }
        numbers.push_back(*number);
    }
    return {.body = fmt::format("{{\"numbers\":[{}]}}", fmt::join(numbers, ","))};
}

ControlResponse remove_faults(Server& server, std::string_view name) {
    if (name.empty()) {
        server.faults().clear();
        return {};
    }
    const auto number = parse_number(name);
    if (number && server.faults().remove(*number)) return {};
    return refuse(404, fmt::format("There is no rule {}.", name));
}

ControlResponse show_requests(Server& server, std::string_view query) {
    std::uint64_t after = 0;
    if (!query.empty()) {
        const auto number = query.starts_with("after=") ? parse_number(query.substr(6)) : std::nullopt;
        if (!number) return refuse(400, "after: this is the number of a request, as in /requests?after=12.");
        after = *number;
    }
    if (!server.requests().is_enabled()) {
        return refuse(404, "Requests are not recorded: start it with --record-requests.");
    }
    return {.body = requests_json(server.requests(), after)};
}

ControlResponse set_topic(Server& server, std::string_view body) {
    const auto document = json::parse_document(body);
    if (!document) return refuse(400, document.error().context);
    if (!document->root.is(json::Kind::object)) return refuse(400, "A topic is an object with name and queues.");
    std::string name;
    std::optional<std::uint64_t> queues = 4;
    for (const json::Member& member : document->root.members) {
        const bool is_number = member.value.is(json::Kind::number);
        if (member.name == "name" && member.value.is(json::Kind::string)) name = member.value.text;
        else if (member.name == "queues" && is_number) queues = parse_number(member.value.text);
        else return refuse(400, fmt::format("{}: a topic has a name (text) and queues (a number).", member.name));
    }
    if (name.empty()) return refuse(400, "name: it is missing.");
    if (!queues || *queues > UINT32_MAX) return refuse(400, "queues: this is a whole number.");
    return response_for(server.broker().set_topic(name, static_cast<std::uint32_t>(*queues)));
}

ControlResponse remove_topic(Server& server, std::string_view encoded) {
    const auto name = decode_percent(encoded);
    if (!name || server.broker().topics().find(*name) == nullptr) {
        return refuse(404, fmt::format("There is no topic {}.", encoded));
    }
    return response_for(server.broker().remove_topic(*name));
}

struct ControlCall {
    Server& server;
    std::string_view rest;  // of the path, behind the slash
    const ControlRequest& request;
};

struct ControlRow {
    std::string_view method;
    std::string_view path;
    bool has_rest;  // whether the path may go on
    ControlResponse (*respond)(const ControlCall&);
};

constexpr ControlRow control_rows[] = {
    {"GET", "/state", false, [](const ControlCall& call) { return ControlResponse{.body = state_json(call.server)}; }},
    {"GET", "/requests", false, [](const ControlCall& call) { return show_requests(call.server, call.request.query); }},
    {"POST", "/faults", false, [](const ControlCall& call) { return add_faults(call.server, call.request.body); }},
    {"DELETE", "/faults", true, [](const ControlCall& call) { return remove_faults(call.server, call.rest); }},
    {"PATCH", "/settings", false,
     [](const ControlCall& call) { return response_for(change_settings(call.server, call.request.body)); }},
    {"POST", "/settings", false,
     [](const ControlCall& call) { return response_for(change_settings(call.server, call.request.body)); }},
    {"POST", "/topics", false, [](const ControlCall& call) { return set_topic(call.server, call.request.body); }},
    {"DELETE", "/topics", true, [](const ControlCall& call) { return remove_topic(call.server, call.rest); }},
    {"POST", "/listen", false, [](const ControlCall& call) { return response_for(call.server.listen_again()); }},
    {"POST", "/unlisten", false,
     [](const ControlCall& call) {
         call.server.unlisten();
         return ControlResponse{};
     }},
    {"POST", "/drop", false,
     [](const ControlCall& call) {
         call.server.drop_connections();
         return ControlResponse{};
     }},
};

}  // namespace

ControlResponse Control::handle(const ControlRequest& request) {
    if (!is_own_host(request.host, is_remote_allowed_)) {
        return refuse(403, "Host: the control is reached by its IP address or as localhost only.");
    }
    const std::size_t end = std::min(request.path.find('/', 1), request.path.size());
    const std::string_view path = request.path.substr(0, end);
    const std::string_view rest = request.path.substr(std::min(end + 1, request.path.size()));
    const bool changes_by_body = request.method != "GET" && request.method != "DELETE";
    std::string allow;
    for (const ControlRow& row : control_rows) {
        if (row.path != path || (!rest.empty() && !row.has_rest)) continue;
        append_format(allow, "{}{}", allow.empty() ? "" : ", ", row.method == "GET" ? "GET, HEAD" : row.method);
        if (row.method != request.method) continue;
        if (changes_by_body && !is_json(request.content_type)) {
            return refuse(415, "Content-Type: what changes something is sent as application/json.");
        }
        return row.respond({server_, rest, request});
    }
    if (!allow.empty()) {
        ControlResponse response = refuse(405, fmt::format("{} does not take {}.", request.path, request.method));
        response.allow = std::move(allow);
        return response;
    }
    return refuse(404, "This path does not exist.");
}

}  // namespace outflow::devbroker
