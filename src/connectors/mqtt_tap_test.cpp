#include "connectors/mqtt_tap.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "connectors/mqtt_broker_rig.h"
#include "mqtt/test_server.h"

namespace outflow::connectors {
namespace {

using mqtt::test::bytes;
using mqtt::test::publish;
using test::accepting;
using test::ScriptedBroker;

const std::string connack = bytes("20 03 00 00 00");
const std::string suback = bytes("90 04 FF FF 00 01");

class MqttTapTest : public testing::Test {
protected:
    // What run() gives; messages go to `seen`, the `count`th ends it.
    Status run(const net::Endpoint& endpoint, std::size_t count, std::string filter = "#") {
        MqttTapOptions options;
        options.broker = endpoint;
        options.filter = std::move(filter);
        MqttTap tap(
            loop, options,
            [this, count](const event::Event& event) {
                seen.push_back(std::string(event.topic) + " " + std::string(event.payload));
                return seen.size() < count;
            },
            [this] { ++subscribed; });
        return tap.run();
    }

    net::EventLoop loop;
    std::vector<std::string> seen;
    int subscribed = 0;
};

TEST_F(MqttTapTest, shows_messages_and_acknowledges_what_it_has_shown) {
    ScriptedBroker broker(loop, accepting(publish({1, "one"}) + publish({0, "two", false, 0}) + publish({2, "three"}) +
                                          publish({3, "four"})));
    EXPECT_TRUE(run(broker.endpoint(), 3));
    broker.read_rest();
    EXPECT_EQ(seen, (std::vector<std::string>{"t one", "t two", "t three"}));
    EXPECT_EQ(subscribed, 1);
    ASSERT_GE(broker.packets.size(), 2U);
    EXPECT_EQ(broker.packets[0][9], '\x02') << "Clean Start alone";
    EXPECT_EQ(broker.packets[0].substr(12, 7), bytes("0D 11 00 00 00 00 21")) << "no session behind the connection";
    EXPECT_NE(broker.packets[0].find("outflow-tap-"), std::string::npos);
    EXPECT_EQ(broker.packets[1], bytes("82 07 FF FF 00 00 01 '#' 19"));
}

TEST_F(MqttTapTest, two_taps_have_different_client_ids) {
    ScriptedBroker broker(loop, accepting(publish({1, "one"})));
    EXPECT_TRUE(run(broker.endpoint(), 1));
    EXPECT_TRUE(run(broker.endpoint(), 2));
    std::vector<std::string> connects;
    for (const std::string& packet : broker.packets) {
        if (packet[0] == '\x10') connects.push_back(packet);
    }
    ASSERT_EQ(connects.size(), 2U);
    EXPECT_NE(connects[0], connects[1]);
}

TEST_F(MqttTapTest, a_large_message_comes_whole) {
    const std::string payload(1'000'000, 'p');
    ScriptedBroker broker(loop, accepting(publish({1, payload}) + publish({2, "last"})));
    EXPECT_TRUE(run(broker.endpoint(), 2));
    EXPECT_EQ(seen, (std::vector<std::string>{"t " + payload, "t last"}));
}

TEST_F(MqttTapTest, falls_back_to_3_1_1) {
    ScriptedBroker broker(loop, [](const std::string& packet) -> std::optional<std::string> {
        if (packet[0] == '\x10') return packet[8] == '\x05' ? std::nullopt : std::optional(bytes("20 02 00 00"));
        if (packet[0] == '\x82') return bytes("90 03 FF FF 01") + publish({1, "one"}, mqtt::Version::v3_1_1);
        return "";
    });
    EXPECT_TRUE(run(broker.endpoint(), 1));
    EXPECT_EQ(seen, (std::vector<std::string>{"t one"}));
    EXPECT_EQ(broker.packets[1][9], '\x02') << "Clean Session alone";
}

TEST_F(MqttTapTest, what_the_broker_refuses_is_told) {
    const struct {
        std::string answer_to_connect;
        std::string answer_to_subscribe;
        std::string_view sentence;
    } rows[] = {
        {bytes("20 03 00 86 00"), "", "The MQTT server refused the connection: "},
        {connack, bytes("90 04 FF FF 00 87"), "The MQTT server refused the subscription to #: "},
    };
    for (const auto& row : rows) {
        ScriptedBroker broker(loop, [&row](const std::string& packet) -> std::optional<std::string> {
            return packet[0] == '\x10' ? row.answer_to_connect : row.answer_to_subscribe;
        });
        const Status status = run(broker.endpoint(), 1);
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code, ErrorCode::mqtt_refused);
        EXPECT_NE(status.error().context.find(row.sentence), std::string::npos) << status.error().context;
        EXPECT_TRUE(status.error().context.starts_with(net::to_string(broker.endpoint()))) << status.error().context;
    }
    EXPECT_TRUE(seen.empty());
}

TEST_F(MqttTapTest, a_connection_that_is_lost_ends_it) {
    ScriptedBroker broker(loop, [](const std::string& packet) -> std::optional<std::string> {
        if (packet[0] == '\x10') return connack;
        if (packet[0] == '\x82') return suback + publish({1, "one"});
        return std::nullopt;  // at the first acknowledgement
    });
    const Status status = run(broker.endpoint(), 2);
    ASSERT_FALSE(status);
    EXPECT_NE(status.error().context.find("closed by the peer"), std::string::npos) << status.error().context;
    EXPECT_EQ(seen, (std::vector<std::string>{"t one"}));
}

TEST_F(MqttTapTest, a_broker_that_is_away_is_told) {
    const Status status = run({"127.0.0.1", 1}, 1);  // nobody listens there
    ASSERT_FALSE(status);
    EXPECT_NE(status.error().context.find("refused"), std::string::npos) << status.error().context;
}

TEST_F(MqttTapTest, filters_that_take_messages_from_others_are_refused) {
    for (const std::string_view filter :
         {"$share/group/a/#", "$share", "$share/", "$queue/a", "$exclusive/a", "a/#/b", ""}) {
        const Status status = run({"127.0.0.1", 1}, 1, std::string(filter));
        ASSERT_FALSE(status) << filter;
        EXPECT_EQ(status.error().code, ErrorCode::invalid_argument) << filter;
    }
    EXPECT_NE(check_tap_filter("$share/group/a/#").error().context.find("takes nothing away"), std::string::npos);
    for (const std::string_view filter : {"#", "a/+/b", "$SYS/#"}) EXPECT_TRUE(check_tap_filter(filter)) << filter;
}

}  // namespace
}  // namespace outflow::connectors
