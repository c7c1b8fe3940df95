#include "cli/event_input.h"

#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "mqtt/topic.h"
#include "platform/clock.h"
#include "platform/file.h"

namespace outflow::cli {

namespace {

constexpr std::pair<std::string_view, event::DataFormat> formats[] = {
    {"JSON", event::DataFormat::json}, {"Text", event::DataFormat::text}, {"Binary", event::DataFormat::binary}};

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

}  // namespace outflow::cli
