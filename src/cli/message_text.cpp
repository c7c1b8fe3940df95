#include "cli/message_text.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "app/preview_json.h"
#include "base/base64.h"
#include "base/format.h"
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

void append_visible(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const bool is_c1 = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (c == '\n') out += "\\n";
        else if (c == '\r') out += "\\r";
        else if (c == '\t') out += "\\t";
        else if (c < 0x20 || c == 0x7F) append_format(out, "\\u{:04x}", c);
        else if (is_c1) append_format(out, "\\u{:04x}", static_cast<unsigned char>(text[++i]));
        else out += text[i];
    }
}

void append_record_line(std::string& out, std::string_view properties) {
    namespace name = rocketmq::property_name;
    append_field(out, "keys", rocketmq::find_property(properties, name::keys));
    append_field(out, "tags", rocketmq::find_property(properties, name::tags));
    append_field(out, "sharding_key", rocketmq::find_property(properties, name::sharding_key));
    out += '\n';
}

void append_property_line(std::string& out, std::string_view properties) {
    std::string users;
    for (const rocketmq::Property& property : rocketmq::decode_properties(properties)) {
        if (!rocketmq::is_reserved_property(property.name)) append_field(users, property.name, property.value);
    }
    if (!users.empty()) out += "  properties:" + users + '\n';
}

void append_body_line(std::string& out, std::string_view body) {
    if (!is_printable(body)) {
        append_format(out, "  body (Base64 of {} bytes): {}\n", body.size(), encode_base64(body));
        return;
    }
    out += "  body: ";
    append_visible(out, body);
    out += '\n';
}

std::string render_message_text(const ReadMessage& message) {
    const rocketmq::StoredMessage& stored = message.stored;
    std::string out = "queue=";
    platform::LogValue(message.broker).append_to(out);
    append_format(out, "/{} offset={} stored=", stored.queue_id, stored.queue_offset);
    platform::append_rfc3339(out, stored.stored.count());
    append_record_line(out, stored.properties);
    append_property_line(out, stored.properties);
    const Body body = read_body(stored);
    if (!body.fault.empty()) append_format(out, "  body is shown as stored: {}\n", body.fault);
    append_body_line(out, body.bytes);
    return out;
}

std::string render_message_json(const ReadMessage& message) {
    const rocketmq::StoredMessage& stored = message.stored;
    std::string out = "{\"topic\":";
    json::append_json_string(out, message.topic);
    app::append_json_member(out, "broker", message.broker);
    append_format(out, ",\"queue\":{},\"offset\":{}", stored.queue_id, stored.queue_offset);
    app::append_json_member(out, "stored", platform::format_rfc3339(stored.stored.count()));
    append_format(out, ",\"stored_ms\":{},\"born_ms\":{}", stored.stored.count(), stored.born.count());
    app::append_json_properties(out, stored.properties);
    const Body body = read_body(stored);
    if (body.fault.empty()) {
        app::append_json_body(out, body.bytes);
    } else {
        app::append_json_member(out, "body_fault", body.fault);
        app::append_json_member(out, "body_base64", encode_base64(body.bytes));
    }
    out += "}\n";
    return out;
}

}  // namespace outflow::cli
