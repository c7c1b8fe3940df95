#include "connectors/mqtt_event.h"

#include <string>

#include <gtest/gtest.h>

#include "mqtt/test_bytes.h"

namespace outflow::connectors {
namespace {

using mqtt::test::bytes;

TEST(MqttEvent, malformed_properties_are_named) {
    const std::pair<const char*, const char*> rows[] = {
        {"23 00 05", "its MQTT properties are malformed: PUBLISH: a Topic Alias, though none was offered"},
        {"26 00 01 'k'", "its MQTT properties are malformed: PUBLISH: "},
    };
    for (const auto& [text, reason] : rows) {
        const std::string block = bytes(text);
        mqtt::Arrival arrival;
        arrival.publish.topic = "a/1";
        arrival.publish.properties = block;
        event::Arena arena;
        mqtt::PublishProperties properties;
        const event::Event event = make_event(arrival, 0, arena, properties);
        EXPECT_TRUE(event.poison.starts_with(reason)) << event.poison;
        EXPECT_EQ(event.properties, nullptr);
    }
}

TEST(MqttEvent, user_properties_are_carried) {
    const std::string block = bytes("26 00 01 'k' 00 01 'v'");
    mqtt::Arrival arrival;
    arrival.publish.properties = block;
    event::Arena arena;
    mqtt::PublishProperties properties;
    const event::Event event = make_event(arrival, 7, arena, properties);
    EXPECT_EQ(event.poison, "");
    ASSERT_NE(event.properties, nullptr);
    ASSERT_EQ(event.properties->user.size(), 1U);
    EXPECT_EQ(event.properties->user[0].name, "k");
}

}  // namespace
}  // namespace outflow::connectors
