#include "cli/message_text.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "base/base64.h"
#include "json/value.h"
#include "platform/clock.h"
#include "platform/log.h"
#include "rocketmq/properties.h"

namespace outflow::cli {

namespace {

struct Body {
    std::string bytes;
    std::string fault;  // not empty: why `bytes` are as stored, and compressed
};

Body read_body(const rocketmq::StoredMessage& stored) {
    auto plain = rocketmq::plain_body(stored);
    if (plain) return {std::move(*plain), {}};
    return {std::string(stored.body), plain.error().context};
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out += ' ';
    platform::LogValue(name).append_to(out);
    out += '=';
    platform::LogValue(value).append_to(out);
}

void append_body_text(std::string& out, const Body& body) {
    if (!body.fault.empty()) fmt::format_to(std::back_inserter(out), "  body is shown as stored: {}\n", body.fault);
    if (!is_printable(body.bytes)) {
        fmt::format_to(std::back_inserter(out), "  body (Base64 of {} bytes): {}\n", body.bytes.size(),
                       encode_base64(body.bytes));
        return;
    }
    out += "  body: ";
    for (const char c : body.bytes) {
        if (c == '\n') out += "\\n";
        else if (c == '\r') out += "\\r";
        else if (c == '\t') out += "\\t";
        else out += c;
    }
    out += '\n';
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
    out += ',';
    json::append_json_string(out, name);
    out += ':';
    json::append_json_string(out, value);
}

void append_json_properties(std::string& out, const std::vector<rocketmq::Property>& properties) {
    out += ",\"properties\":{";
    std::vector<std::string_view> seen;
    for (const rocketmq::Property& property : properties) {
        if (property.name == rocketmq::property_name::keys || property.name == rocketmq::property_name::tags) continue;
        if (std::find(seen.begin(), seen.end(), property.name) != seen.end()) continue;
        if (!seen.empty()) out += ',';
        seen.push_back(property.name);
        json::append_json_string(out, property.name);
        out += ':';
        json::append_json_string(out, property.value);
    }
    out += '}';
}

}  // namespace

bool is_printable(std::string_view text) {
    if (!json::is_utf8(text)) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c == 0x7F || (c < 0x20 && c != '\t' && c != '\n' && c != '\r')) return false;
        if (c == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return false;  // U+0080 to U+009F
    }
    return true;
}

std::string render_message_text(const ReadMessage& message) {
    const rocketmq::StoredMessage& stored = message.stored;
    const std::vector<rocketmq::Property> properties = rocketmq::decode_properties(stored.properties);
    std::string out = "queue=";
    platform::LogValue(message.broker).append_to(out);
    fmt::format_to(std::back_inserter(out), "/{} offset={} stored=", stored.queue_id, stored.queue_offset);
    platform::append_rfc3339(out, stored.stored.count());
    append_field(out, "keys", rocketmq::find_property(stored.properties, rocketmq::property_name::keys));
    append_field(out, "tags", rocketmq::find_property(stored.properties, rocketmq::property_name::tags));
    append_field(out, "sharding_key",
                 rocketmq::find_property(stored.properties, rocketmq::property_name::sharding_key));
    out += '\n';
    std::string users;
    for (const rocketmq::Property& property : properties) {
        if (!rocketmq::is_reserved_property(property.name)) append_field(users, property.name, property.value);
    }
    if (!users.empty()) out += "  properties:" + users + '\n';
    append_body_text(out, read_body(stored));
    return out;
}

std::string render_message_json(const ReadMessage& message) {
    const rocketmq::StoredMessage& stored = message.stored;
    const std::string_view keys = rocketmq::find_property(stored.properties, rocketmq::property_name::keys);
    const std::string_view tags = rocketmq::find_property(stored.properties, rocketmq::property_name::tags);
    std::string out = "{\"topic\":";
    json::append_json_string(out, message.topic);
    append_member(out, "broker", message.broker);
    fmt::format_to(std::back_inserter(out), ",\"queue\":{},\"offset\":{}", stored.queue_id, stored.queue_offset);
    append_member(out, "stored", platform::format_rfc3339(stored.stored.count()));
    fmt::format_to(std::back_inserter(out), ",\"stored_ms\":{},\"born_ms\":{}", stored.stored.count(),
                   stored.born.count());
    if (!keys.empty()) append_member(out, "keys", keys);
    if (!tags.empty()) append_member(out, "tags", tags);
    append_json_properties(out, rocketmq::decode_properties(stored.properties));
    const Body body = read_body(stored);
    if (!body.fault.empty()) append_member(out, "body_fault", body.fault);
    if (body.fault.empty() && json::is_utf8(body.bytes)) append_member(out, "body", body.bytes);
    else append_member(out, "body_base64", encode_base64(body.bytes));
    out += "}\n";
    return out;
}

}  // namespace outflow::cli
