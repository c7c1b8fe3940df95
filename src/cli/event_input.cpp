#include "cli/event_input.h"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "event/render.h"
#include "json/elements.h"
#include "mqtt/topic.h"
#include "platform/clock.h"
#include "platform/file.h"

namespace outflow::cli {

namespace {

constexpr std::pair<std::string_view, event::DataFormat> formats[] = {
    {"JSON", event::DataFormat::json}, {"Text", event::DataFormat::text}, {"Binary", event::DataFormat::binary}};

std::string decoded(const json::Value& string) {
    std::string scratch;
    return std::string(json::string_text(string, scratch));
}

json::Node to_tree(const json::Value& value) {
    json::Node node;
    node.kind = value.kind;
    json::ElementReader elements(value);
    if (value.kind == json::Kind::array) {
        for (json::Value element; elements.next(element);) node.items.push_back(to_tree(element));
    } else if (value.kind == json::Kind::object) {
        std::set<std::string> names;
        for (json::Value name, member; elements.next(name, member);) {
            std::string text = decoded(name);
            if (names.insert(text).second) node.members.emplace_back(std::move(text), to_tree(member));
        }
    } else if (value.kind == json::Kind::string) {
        node.text = decoded(value);
    } else if (value.kind != json::Kind::null) {
        node.text = value.raw;
    }
    return node;
}

}  // namespace

void add_event_options(Command& command, EventOptions& options) {
    Option event = command.add_option("-e,--event", options.event, "A whole event as JSON, or @FILE with it");
    event.type_name("EVENT");
    Option payload =
        command.add_option("--payload", options.payload, "Or a message: the file with its payload; -: standard input");
    payload.type_name("FILE").excludes(event);
    command.add_option("--topic", options.topic, "The message's MQTT topic").type_name("TOPIC");
    command.add_option("--property", options.properties, "A user property of the message; may be given several times")
        .type_name("NAME=VALUE")
        .one_each()  // each takes one: what follows may be a FILE
        .needs(payload);
}

void check_event_options(const EventOptions& options) {
    if (!options.payload.empty() && options.topic.empty()) throw UsageError{"--payload requires --topic"};
    if (options.payload.empty() && !options.topic.empty()) throw UsageError{"--topic requires --payload"};
}

void add_data_format(Command& command, event::DataFormat& format) {
    const auto take = [&format](const std::string& word) {
        for (const auto& [name, value] : formats) {
            if (word != name) continue;
            format = value;
            return;
        }
        throw UsageError{"--data-format: say JSON, Text or Binary, not " + word};
    };
    command.add_option("--data-format", take, "How data.body shows the payload: JSON, Text or Binary")
        .type_name("FORMAT");
}

Result<std::string> read_argument(const std::string& argument, std::size_t bytes_max) {
    if (!argument.starts_with('@')) return argument;
    TRY(std::string text, platform::read_input(argument.substr(1), bytes_max));
    return std::string(json::without_byte_order_mark(text));
}

std::string name_argument(const std::string& argument, std::string_view what) {
    return argument.starts_with('@') ? argument.substr(1) : std::string(what);
}

Result<event::OwnedEvent> read_message(const EventOptions& options, const event::EventContext& context,
                                       std::uint8_t qos) {
    if (Status good = mqtt::validate_topic_name(options.topic); !good) {
        return failed(ErrorCode::invalid_argument, "--topic: " + good.error().context);
    }
    TRY(const std::string payload, platform::read_input(options.payload, limits::mqtt_packet_bytes_max));
    event::OwnedEvent owned;
    owned.context = context;
    owned.event.topic = owned.memory.copy(options.topic);
    owned.event.payload = owned.memory.copy(payload);
    owned.event.received_ms = platform::unix_ms();
    owned.event.qos = qos;
    if (options.properties.empty()) return owned;
    auto* user = owned.memory.allocate_array<event::Property>(options.properties.size());
    for (std::size_t i = 0; i < options.properties.size(); ++i) {
        const std::string_view text = owned.memory.copy(options.properties[i]);
        const std::size_t sign = text.find('=');
        if (sign == std::string_view::npos || !mqtt::is_utf8_string(text)) {
            return failed(ErrorCode::invalid_argument,
                          fmt::format("--property: expected NAME=VALUE in UTF-8, found {}", options.properties[i]));
        }
        new (user + i) event::Property{text.substr(0, sign), text.substr(sign + 1)};
    }
    auto* properties = owned.memory.allocate_array<event::MessageProperties>(1);
    owned.event.properties = new (properties) event::MessageProperties{};
    properties->user = {user, options.properties.size()};
    return owned;
}

PaddedText::PaddedText(std::string_view text) : bytes_(text), size_(text.size()) {
    bytes_.append(limits::chunk_padding, ' ');
}

std::string event_line(const event::Event& event, const event::EventContext& context, bool* fits) {
    json::Walker walker;
    std::string text;
    const event::Rendered rendered = event::render_event(event, context, walker, text);
    if (fits != nullptr) *fits = rendered.fits;
    std::string line;
    json::append_compact_json(line, {json::Kind::object, false, text});
    return line;
}

json::Node event_tree(std::string_view text) {
    const std::string array = fmt::format("[{}]", text);
    json::ElementReader elements({json::Kind::array, false, array});
    json::Value whole;
    return elements.next(whole) ? to_tree(whole) : json::Node{};
}

}  // namespace outflow::cli
