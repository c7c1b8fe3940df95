// Golden bytes, written from the grammar of MQTT 5 and 3.1.1.
#include <gtest/gtest.h>

#include "mqtt/decode.h"
#include "mqtt/encode.h"
#include "mqtt/test_bytes.h"

namespace outflow::mqtt {
namespace {

using test::bytes;

struct Golden {
    const char* name;
    Version version;
    const char* text;
};

// Every kind of packet; the first byte is type and flags, the second the remaining length.
const Golden goldens[] = {
    {"connack_v3", Version::v3_1_1, "20 02 01 00"},          // session present, accepted
    {"connack_v3_refused", Version::v3_1_1, "20 02 00 05"},  // not authorized
    {"connack_v5_plain", Version::v5, "20 03 00 00 00"},     // no properties
    {"connack_v5_v3_form", Version::v5, "20 02 00 01"},      // what a 3.1.1 server answers
    {"connack_v5", Version::v5,
     "20 32 01 00 2F "                                          // session present, success, 47 bytes of properties
     "11 00 00 0E 10 "                                          // session expiry 3,600
     "21 00 14 "                                                // receive maximum 20
     "24 01 25 01 "                                             // maximum QoS 1, retain available
     "27 00 1E 84 80 "                                          // maximum packet size 2,000,000
     "12 00 03 'a-1' "                                          // assigned client id
     "22 00 0A "                                                // topic alias maximum 10
     "28 00 29 00 2A 00 "                                       // no wildcards, subscription ids, shared subscriptions
     "13 00 1E "                                                // server keep alive 30
     "1F 00 02 'ok' "                                           // reason string
     "26 00 01 'k' 00 01 'v'"},                                 // user property
    {"publish_v3_qos0", Version::v3_1_1, "30 05 00 03 'a/b'"},  // empty payload
    {"publish_v3_qos1", Version::v3_1_1, "32 09 00 03 'a/b' 00 07 'hi'"},
    {"publish_v5_qos0", Version::v5, "31 08 00 03 'a/b' 00 'hi'"},        // RETAIN
    {"publish_v5_qos2", Version::v5, "3D 0A 00 03 'a/b' FF FF 00 'hi'"},  // DUP, QoS 2, RETAIN
    {"puback_v3", Version::v3_1_1, "40 02 00 01"},
    {"puback_v5_short", Version::v5, "40 02 00 01"},
    {"puback_v5_reason", Version::v5, "40 03 00 01 10"},
    {"puback_v5_properties", Version::v5, "40 09 00 01 87 05 1F 00 02 'no'"},
    {"pubrec", Version::v5, "50 02 12 34"},
    {"pubrel", Version::v5, "62 02 12 34"},
    {"pubrel_reason", Version::v5, "62 04 12 34 92 00"},
    {"pubcomp", Version::v3_1_1, "70 02 12 34"},
    {"suback_v3", Version::v3_1_1, "90 03 00 01 01"},
    {"suback_v5", Version::v5, "90 04 00 01 00 02"},
    {"unsuback_v3", Version::v3_1_1, "B0 02 00 02"},
    {"unsuback_v5", Version::v5, "B0 04 00 02 00 11"},
    {"pingresp", Version::v3_1_1, "D0 00"},
    {"disconnect_v5_empty", Version::v5, "E0 00"},
    {"disconnect_v5_reason", Version::v5, "E0 01 8E"},
    {"disconnect_v5_properties", Version::v5, "E0 07 9D 05 1C 00 02 'b2'"},  // server reference
    {"auth", Version::v5, "F0 07 18 05 15 00 02 'kx'"},
    {"connect_v5", Version::v5, "10 16 00 04 'MQTT' 05 80 00 3C 03 21 01 F4 00 02 'c1' 00 02 'me'"},
    {"subscribe_v5", Version::v5, "82 09 00 01 00 00 03 'a/#' 19"},  // QoS 1, RAP, Retain Handling 1
    {"unsubscribe_v3", Version::v3_1_1, "A2 07 00 02 00 03 'a/#'"},
    {"pingreq", Version::v3_1_1, "C0 00"},
};

TEST(Packet, every_prefix_needs_more_and_the_whole_decodes) {
    for (const Golden& golden : goldens) {
        std::string packet = bytes(golden.text);
        for (std::size_t size = 0; size < packet.size(); ++size) {
            auto decoded = decode_packet(std::string_view(packet).substr(0, size), golden.version);
            ASSERT_TRUE(decoded) << golden.name << " " << decoded.error().context;
            EXPECT_TRUE(decoded->need_more()) << golden.name << " at " << size;
        }
        auto decoded = decode_packet(packet + "\x30", golden.version);
        ASSERT_TRUE(decoded) << golden.name << ": " << decoded.error().context;
        EXPECT_EQ(decoded->bytes, packet.size()) << golden.name;
        bool is_auth = packet[0] == '\xF0';  // not known to 3.1.1
        EXPECT_EQ(packet_bytes(packet), is_auth ? 0 : packet.size()) << golden.name;
    }
}

template <class T>
T decode_as(std::string_view text, Version version) {
    static std::string kept;  // the views of the result point into it
    kept = bytes(text);
    auto decoded = decode_packet(kept, version);
    EXPECT_TRUE(decoded) << decoded.error().context;
    const T* packet = std::get_if<T>(&decoded->packet);
    EXPECT_NE(packet, nullptr);
    return packet == nullptr ? T{} : *packet;
}

TEST(Packet, connack_properties_are_all_read) {
    auto connack = decode_as<Connack>(goldens[4].text, Version::v5);
    EXPECT_TRUE(connack.session_present);
    EXPECT_EQ(connack.session_expiry_seconds, 3600U);
    EXPECT_EQ(connack.receive_maximum, 20);
    EXPECT_EQ(connack.maximum_qos, 1);
    EXPECT_EQ(connack.retain_available, true);
    EXPECT_EQ(connack.maximum_packet_size, 2'000'000U);
    EXPECT_EQ(connack.assigned_client_id, "a-1");
    EXPECT_EQ(connack.topic_alias_maximum, 10);
    EXPECT_EQ(connack.wildcard_subscription_available, false);
    EXPECT_EQ(connack.subscription_ids_available, false);
    EXPECT_EQ(connack.shared_subscription_available, false);
    EXPECT_EQ(connack.server_keep_alive_seconds, 30);
    EXPECT_EQ(connack.reason_string, "ok");
    EXPECT_FALSE(connack.without_properties);
}

TEST(Packet, publish_fields_are_read) {
    auto publish = decode_as<Publish>("3D 0A 00 03 'a/b' FF FF 00 'hi'", Version::v5);
    EXPECT_EQ(publish.topic, "a/b");
    EXPECT_EQ(publish.payload, "hi");
    EXPECT_EQ(publish.packet_id, PacketId{65'535});
    EXPECT_EQ(publish.qos, 2);
    EXPECT_TRUE(publish.retain);
    EXPECT_TRUE(publish.dup);
    publish = decode_as<Publish>("30 05 00 03 'a/b'", Version::v3_1_1);
    EXPECT_EQ(publish.payload, "");
    EXPECT_EQ(publish.packet_id, PacketId::none);
}

TEST(Packet, publish_properties_are_decoded_on_demand) {
    auto publish = decode_as<Publish>("30 34 00 01 't' 2E "          // 46 bytes of properties
                                      "01 01 02 00 00 00 3C "        // payload format 1, expiry 60
                                      "03 00 02 'js' 08 00 01 'r' "  // content type, response topic
                                      "09 00 02 00 FF "              // correlation data, not text
                                      "26 00 01 'k' 00 01 '1' 26 00 01 'j' 00 00 26 00 01 'k' 00 01 '2' "
                                      "0B 07 0B 80 01 "  // subscription ids 7 and 128
                                      "'xy'",
                                      Version::v5);
    PublishProperties properties;
    Status status = decode_publish_properties(publish, properties);
    ASSERT_TRUE(status) << status.error().context;
    EXPECT_EQ(publish.payload, "xy");
    EXPECT_EQ(properties.payload_format_indicator, 1);
    EXPECT_EQ(properties.message_expiry_interval, 60U);
    EXPECT_EQ(properties.content_type, "js");
    EXPECT_EQ(properties.response_topic, "r");
    EXPECT_EQ(properties.correlation_data, std::string_view("\x00\xFF", 2));
    ASSERT_EQ(properties.user.size(), 3U);
    EXPECT_EQ(properties.user[0].name, "k");
    EXPECT_EQ(properties.user[1].value, "");
    EXPECT_EQ(properties.user[2].value, "2");
    EXPECT_EQ(properties.subscription_ids, (std::vector<std::uint32_t>{7, 128}));
    properties.clear();
    EXPECT_FALSE(properties.content_type);
    EXPECT_TRUE(properties.user.empty());
}

TEST(Packet, responses_are_read) {
    auto acknowledgement = decode_as<Acknowledgement>("40 09 00 01 87 05 1F 00 02 'no'", Version::v5);
    EXPECT_EQ(acknowledgement.packet_id, PacketId{1});
    EXPECT_EQ(acknowledgement.reason, 0x87);
    EXPECT_EQ(acknowledgement.reason_string, "no");
    auto response = decode_as<SubscriptionResponse>("90 04 00 01 00 02", Version::v5);
    EXPECT_EQ(response.codes, "\x02");
    auto disconnect = decode_as<Disconnect>("E0 07 9D 05 1C 00 02 'b2'", Version::v5);
    EXPECT_EQ(disconnect.reason, 0x9D);
    EXPECT_EQ(disconnect.server_reference, "b2");
    EXPECT_TRUE(decode_as<Connack>("20 02 00 01", Version::v5).without_properties);
}

TEST(Packet, connect_is_encoded_as_the_specification_says) {
    Connect connect;
    connect.client_id = "c1";
    connect.username = "me";
    connect.password = "pw";
    connect.keep_alive_seconds = 60;
    std::string out;
    encode_connect(out, connect, Version::v3_1_1);
    EXPECT_EQ(out, bytes("10 16 00 04 'MQTT' 04 C0 00 3C 00 02 'c1' 00 02 'me' 00 02 'pw'"));  // clean session 0

    connect.session_expiry_seconds = 0xFFFFFFFF;
    connect.receive_maximum = 500;
    connect.topic_alias_maximum = 0;
    connect.request_problem_information = true;
    connect.password.reset();
    out.clear();
    encode_connect(out, connect, Version::v5);
    EXPECT_EQ(out, bytes("10 20 00 04 'MQTT' 05 80 00 3C "
                         "0D 11 FF FF FF FF 21 01 F4 22 00 00 17 01 "
                         "00 02 'c1' 00 02 'me'"));
}

TEST(Packet, requests_and_acknowledgements_are_encoded_as_the_specification_says) {
    std::string out;
    encode_subscribe(out, {PacketId{1}, "a/#", 1, true, RetainHandling::send_if_new}, Version::v5);
    EXPECT_EQ(out, bytes("82 09 00 01 00 00 03 'a/#' 19"));
    out.clear();
    encode_subscribe(out, {PacketId{1}, "a/#", 1, true, RetainHandling::never}, Version::v5);
    EXPECT_EQ(out, bytes("82 09 00 01 00 00 03 'a/#' 29"));
    out.clear();
    encode_subscribe(out, {PacketId{1}, "a/#", 2, true, RetainHandling::never}, Version::v3_1_1);
    EXPECT_EQ(out, bytes("82 08 00 01 00 03 'a/#' 02"));
    out.clear();
    encode_unsubscribe(out, {PacketId{2}, "a/#"}, Version::v5);
    EXPECT_EQ(out, bytes("A2 08 00 02 00 00 03 'a/#'"));
    out.clear();
    encode_acknowledgement(out, {PacketType::puback, PacketId{0x1234}, 0, {}}, Version::v5);
    encode_acknowledgement(out, {PacketType::pubrec, PacketId{1}, 0, {}}, Version::v3_1_1);
    encode_acknowledgement(out, {PacketType::pubrel, PacketId{1}, 0, {}}, Version::v5);
    encode_acknowledgement(out, {PacketType::pubcomp, PacketId{1}, 0x92, {}}, Version::v5);
    encode_acknowledgement(out, {PacketType::pubcomp, PacketId{1}, 0x92, {}}, Version::v3_1_1);
    encode_pingreq(out);
    encode_disconnect(out, 0, Version::v5);
    encode_disconnect(out, 0x81, Version::v5);
    EXPECT_EQ(out, bytes("40 02 12 34  50 02 00 01  62 02 00 01  70 03 00 01 92  70 02 00 01  C0 00  E0 00  E0 01 81"));
}

TEST(Packet, publish_is_encoded_as_the_specification_says) {
    PublishProperties properties;
    properties.content_type = "js";
    properties.user = {{"k", "v"}};
    Publish publish;
    publish.topic = "a/b";
    publish.payload = "hi";
    publish.qos = 1;
    publish.packet_id = PacketId{7};
    std::string out;
    encode_publish(out, publish, &properties, Version::v5);
    EXPECT_EQ(out, bytes("32 16 00 03 'a/b' 00 07 0C 03 00 02 'js' 26 00 01 'k' 00 01 'v' 'hi'"));
    out.clear();
    encode_publish(out, publish, nullptr, Version::v3_1_1);
    EXPECT_EQ(out, bytes("32 09 00 03 'a/b' 00 07 'hi'"));
}

TEST(Packet, remaining_length_has_one_to_four_bytes) {
    struct Row {
        const char* text;
        std::uint32_t length;
        int bytes;
    };
    for (const Row& row : {Row{"30 7F", 127, 2}, Row{"30 80 01", 128, 3}, Row{"30 FF 7F", 16'383, 3},
                           Row{"30 80 80 80 01", 2'097'152, 5}, Row{"30 FF FF FF 7F", 268'435'455, 5}}) {
        auto header = decode_fixed_header(bytes(row.text), Version::v5);
        ASSERT_TRUE(header) << row.text;
        EXPECT_EQ(header->remaining_length, row.length) << row.text;
        EXPECT_EQ(header->header_bytes, row.bytes) << row.text;
    }
}

}  // namespace
}  // namespace outflow::mqtt
