#include "devbroker/control_state.h"

#include <charconv>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/format.h"
#include "base/limits.h"
#include "json/document.h"

namespace outflow::devbroker {

namespace {

constexpr std::size_t response_frame_bytes_max = 16 * 1024 * 1024;  // but one frame always fits

void append_settings(std::string& out, Server& server) {
    const BrokerSettings& settings = server.broker().settings();
    append_format(out,
                  "{{\"auto_create\":{},\"is_registered\":{},\"is_disk_full\":{},\"message_bytes_max\":{},\"route\":",
                  settings.auto_create, settings.is_registered, settings.is_disk_full, settings.message_bytes_max);
    out += settings.route ? rocketmq::route_json(*settings.route, true) : "null";
    append_format(out, ",\"quoted_keys\":{}",
                  !settings.quoted_keys   ? "null"
                  : *settings.quoted_keys ? "true"
                                          : "false");
    const bool is_json = server.options().serialize == rocketmq::SerializeType::json;
    append_format(out, ",\"serialize\":\"{}\",\"version\":{}}}", is_json ? "json" : "binary", server.options().version);
}

void append_topics(std::string& out, Server& server) {
    out.push_back('[');
    for (const auto& [name, topic] : server.broker().topics().all()) {
        if (out.back() != '[') out.push_back(',');
        out += "{\"name\":";
        json::append_json_string(out, name);
        append_format(out, ",\"queues\":{}}}", topic.write_queues);
    }
    out.push_back(']');
}

void append_rules(std::string& out, Server& server) {
    out.push_back('[');
    for (const FaultTable::Rule& rule : server.faults().rules()) {
        if (out.back() != '[') out.push_back(',');
        append_format(out, "{{\"number\":{},\"seen\":{},\"decided\":{},\"rule\":{}}}", rule.number, rule.seen,
                      rule.decided, fault_to_json(rule.fault));
    }
    out.push_back(']');
}

// Everything that may be changed at once.
struct Changes {
    BrokerSettings settings;
    rocketmq::SerializeType serialize;
    std::int32_t version;
};

struct StateRow {
    std::string_view name;
    bool (*set)(Changes&, const json::Node&);  // false: the value does not fit
    std::string_view values;
};

bool set_flag(bool& field, const json::Node& value) {
    if (!value.is(json::Kind::boolean)) return false;
    field = value.text == "true";
    return true;
}

template <class T>
bool set_number(T& field, const json::Node& value, T min, T max) {
    T number{};
    const char* end = value.text.data() + value.text.size();
    const auto [stop, error] = std::from_chars(value.text.data(), end, number);
    if (!value.is(json::Kind::number) || error != std::errc() || stop != end) return false;
    if (number < min || number > max) return false;
    field = number;
    return true;
}

bool set_route(Changes& changes, const json::Node& value) {
    changes.settings.route.reset();
    if (value.is(json::Kind::null)) return true;
    std::string text;
    json::append_json(text, value);
    auto route = rocketmq::decode_route(text);
    if (!route) return false;
    changes.settings.route = std::move(*route);
    return true;
}

bool set_quoted_keys(Changes& changes, const json::Node& value) {
    changes.settings.quoted_keys.reset();
    return value.is(json::Kind::null) || set_flag(changes.settings.quoted_keys.emplace(), value);
}

bool set_serialize(Changes& changes, const json::Node& value) {
    if (!value.is(json::Kind::string) || (value.text != "json" && value.text != "binary")) return false;
    changes.serialize = value.text == "json" ? rocketmq::SerializeType::json : rocketmq::SerializeType::binary;
    return true;
}

constexpr StateRow state_rows[] = {
    {"auto_create", [](Changes& c, const json::Node& v) { return set_flag(c.settings.auto_create, v); },
     "true or false"},
    {"is_registered", [](Changes& c, const json::Node& v) { return set_flag(c.settings.is_registered, v); },
     "true or false"},
    {"is_disk_full", [](Changes& c, const json::Node& v) { return set_flag(c.settings.is_disk_full, v); },
     "true or false"},
    {"message_bytes_max",
     [](Changes& c, const json::Node& v) {
         return set_number<std::uint32_t>(c.settings.message_bytes_max, v, 1, limits::rocketmq_frame_bytes_max);
     },
     "a whole number from 1 to 16,777,216"},
    {"route", set_route, "a route as name servers give it, or null"},
    {"quoted_keys", set_quoted_keys, "true, false or null"},
    {"serialize", set_serialize, "\"json\" or \"binary\""},
    {"version", [](Changes& c, const json::Node& v) { return set_number(c.version, v, 0, 32'767); },
     "a whole number from 0 to 32,767"},
};

Status set_member(Changes& changes, const json::Member& member) {
    for (const StateRow& row : state_rows) {
        if (row.name != member.name) continue;
        if (row.set(changes, member.value)) return {};
        return failed(ErrorCode::invalid_argument, fmt::format("{}: this is {}.", row.name, row.values));
    }
    return failed(ErrorCode::invalid_argument, fmt::format("{}: there is no such setting.", member.name));
}

}  // namespace

std::string state_json(Server& server) {
    std::string out;
    append_format(out,
                  "{{\"port\":{},\"is_listening\":{},\"connections\":{},\"accepted\":{},\"bytes_kept\":{},"
                  "\"settings\":",
                  server.port(), server.is_listening(), server.connections(), server.accepted(),
                  server.broker().bytes_kept());
    append_settings(out, server);
    out += ",\"topics\":";
    append_topics(out, server);
    out += ",\"faults\":";
    append_rules(out, server);
    out += "}";
    return out;
}

std::string requests_json(const RequestLog& log, std::uint64_t after) {
    std::string out = "{\"requests\":[";
    std::size_t frame_bytes = 0;
    for (const RequestLog::Entry& entry : log.entries()) {
        if (entry.number <= after) continue;
        if (frame_bytes > 0 && frame_bytes + entry.frame.size() > response_frame_bytes_max) break;
        append_format(out, "{}{{\"number\":{},\"connection\":{},\"monotonic_us\":{},", frame_bytes > 0 ? "," : "",
                      entry.number, entry.connection, entry.monotonic_us);
        append_format(out, "\"code\":{},\"stored\":{},\"frame\":\"{}\"}}", entry.code, entry.is_stored,
                      encode_base64(entry.frame));
        frame_bytes += entry.frame.size();
    }
    append_format(out, "],\"last\":{}}}", log.entries().empty() ? 0 : log.entries().back().number);
    return out;
}

Status change_settings(Server& server, std::string_view json) {
    TRY(const json::Document document, json::parse_document(json));
    if (!document.root.is(json::Kind::object)) {
        return failed(ErrorCode::invalid_argument, "Settings are an object of what is to change.");
    }
    Changes changes{server.broker().settings(), server.options().serialize, server.options().version};
    for (const json::Member& member : document.root.members) {
        if (Status set = set_member(changes, member); !set) return set;
    }
    server.broker().settings() = std::move(changes.settings);
    server.options().serialize = changes.serialize;
    server.options().version = changes.version;
    return {};
}

}  // namespace outflow::devbroker
