#include "connectors/mqtt_event.h"

#include <algorithm>

#include <fmt/format.h>

namespace outflow::connectors {

namespace {

const event::MessageProperties* make_properties(const mqtt::PublishProperties& properties, event::Arena& arena) {
    auto* user = arena.allocate_array<event::Property>(properties.user.size());
    for (std::size_t i = 0; i < properties.user.size(); ++i)
        new (user + i) event::Property{properties.user[i].name, properties.user[i].value};
    auto* ids = arena.allocate_array<std::uint32_t>(properties.subscription_ids.size());
    std::copy(properties.subscription_ids.begin(), properties.subscription_ids.end(), ids);
    auto* made = arena.allocate_array<event::MessageProperties>(1);
    new (made) event::MessageProperties{properties.payload_format_indicator,
                                        properties.message_expiry_interval,
                                        properties.content_type,
                                        properties.response_topic,
                                        properties.correlation_data,
                                        {user, properties.user.size()},
                                        {ids, properties.subscription_ids.size()}};
    return made;
}

}  // namespace

event::Event make_event(const mqtt::Arrival& arrival, std::int64_t received_ms, event::Arena& arena,
                        mqtt::PublishProperties& properties) {
    const mqtt::Publish& publish = arrival.publish;
    event::Event event;
    event.topic = publish.topic;
    event.payload = publish.payload;
    event.received_ms = received_ms;
    event.qos = publish.qos;
    event.retain = publish.retain;
    event.dup = publish.dup;
    if (arrival.oversize) {
        event.topic = arena.copy(publish.topic);
        event.payload = arena.copy(publish.payload);
        event.poison = arena.copy(fmt::format(
            "its payload has {} bytes (XXH3 {:016x}), more than the {} that a message "
            "may have; only the beginning is kept",
            arrival.oversize->payload_bytes, arrival.oversize->payload_hash, limits::mqtt_packet_bytes_max));
    }
    if (publish.properties.empty()) return event;
    if (const Status decoded = mqtt::decode_publish_properties(publish, properties)) {
        event.properties = make_properties(properties, arena);
    } else {
        event.poison = arena.copy("its MQTT properties are malformed: " + decoded.error().context);
    }
    return event;
}

}  // namespace outflow::connectors
