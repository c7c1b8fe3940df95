#include "connectors/token_notice.h"

#include <charconv>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "json/document.h"
#include "json/value.h"
#include "mqtt/apsaramq.h"
#include "platform/clock.h"

namespace outflow::connectors {

namespace {

constexpr std::size_t topic_bytes_max = 64;

std::optional<std::int64_t> integer_of(const json::Node& object, std::string_view name) {
    const json::Node* node = object.find(name);
    if (node == nullptr) return std::nullopt;
    std::int64_t number = 0;
    const char* end = node->text.data() + node->text.size();
    const auto [stop, error] = std::from_chars(node->text.data(), end, number);
    return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace

TokenNotice read_token_notice(std::string_view topic, std::string_view payload) {
    const bool is_refusal = topic == mqtt::apsara_invalid_topic;
    const auto parsed = json::parse_document(payload);
    if (parsed && parsed->root.is(json::Kind::object)) {
        const json::Node* type = parsed->root.find("type");
        const bool is_type = type != nullptr && (type->text == "R" || type->text == "W" || type->text == "RW");
        const std::string_view name = is_type ? type->text : std::string_view("?");
        if (const auto code = integer_of(parsed->root, "code"); is_refusal && code) {
            return {fmt::format("The MQTT broker refuses the token {}: {} (code {}).", name,
                                mqtt::apsara_invalid_meaning(*code), *code),
                    true};
        }
        if (const auto at = integer_of(parsed->root, "expireTime"); topic == mqtt::apsara_expire_topic && at) {
            return {fmt::format("The token {} expires at {}.", name, platform::format_rfc3339(*at)), false};
        }
    }
    // It may repeat a token.
    return {fmt::format("The MQTT broker gives notice with topic {}, {} bytes that are not as documented.",
                        topic.substr(0, topic_bytes_max), payload.size()),
            is_refusal};
}

std::string render_token_upload(std::string_view type, std::string_view token) {
    std::string text = "{\"token\":";
    json::append_json_string(text, token);
    text += ",\"type\":";
    json::append_json_string(text, type);
    return text += '}';
}

}  // namespace outflow::connectors
