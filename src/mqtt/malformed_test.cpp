// One row for every way of being wrong.
#include <gtest/gtest.h>

#include "mqtt/decode.h"
#include "mqtt/test_bytes.h"

namespace outflow::mqtt {
namespace {

using test::bytes;

struct Row {
    Version version;
    const char* text;
    const char* reason;  // part of the sentence
};

constexpr Version v3 = Version::v3_1_1;
constexpr Version v5 = Version::v5;

const Row rows[] = {
    {v5, "00 00", "packet type 0"},
    {v3, "F0 00", "packet type 15"},
    {v5, "36 05 00 01 't' 00 01", "QoS 3"},
    {v5, "38 03 00 01 't'", "DUP with QoS 0"},
    {v5, "41 02 00 01", "flags 1"},
    {v5, "60 02 00 01", "flags 0"},
    {v5, "21 02 00 00", "flags 1"},
    {v5, "D1 00", "flags 1"},
    {v5, "30 80 80 80 80 01", "more than four bytes"},
    {v5, "30 FF FF FF FF", "more than four bytes"},
    {v5, "30 80 00", "shortest form"},
    // PUBLISH
    {v3, "30 02 00 00", "must not be empty"},
    {v5, "30 03 00 00 00", "Topic Alias Maximum is 0"},
    {v5, "30 00", "do not fit"},
    {v5, "30 01 00", "do not fit"},
    {v5, "30 04 00 03 'ab'", "do not fit"},
    {v5, "32 04 00 01 't' 00", "do not fit"},
    {v5, "30 03 00 01 't'", "do not fit"},  // no property length
    {v5, "30 05 00 01 't' 02 01", "do not fit"},
    {v5, "30 05 00 01 't' 80 00", "do not fit"},  // property length not in its shortest form
    {v5, "30 08 00 01 't' FF FF FF FF 01", "do not fit"},
    {v5, "32 06 00 01 't' 00 00 00", "packet id 0"},
    {v5, "30 06 00 03 'a/+' 00", "must not contain"},
    {v3, "30 05 00 03 'a/#'", "must not contain"},
    {v3, "30 0C 00 0A '123456789#'", "must not contain"},
    {v5, "30 06 00 03 'a' 00 'b' 00", "U+0000"},
    {v5, "30 05 00 02 C0 80 00", "not UTF-8"},        // over-long
    {v5, "30 06 00 03 ED A0 80 00", "not UTF-8"},     // a surrogate
    {v5, "30 07 00 04 F4 90 80 80 00", "not UTF-8"},  // over U+10FFFF
    {v5, "30 04 00 01 80 00", "not UTF-8"},
    {v5, "30 0C 00 09 '12345678' FF 00", "not UTF-8"},
    // CONNACK
    {v5, "20 00", "shorter"},
    {v5, "20 01 00", "shorter"},
    {v3, "20 03 00 00 00", "behind its last field"},
    {v5, "20 03 02 00 00", "reserved acknowledge flags"},
    {v5, "20 03 01 87 00", "session present"},
    {v5, "20 04 00 00 00 00", "behind its last field"},
    {v5, "20 06 00 00 03 21 00 00", "property 0x21 must not be 0"},
    {v5, "20 09 00 00 06 21 00 01 21 00 01", "occurs twice"},
    {v5, "20 05 00 00 02 24 02", "property 0x24 must not be 2"},
    {v5, "20 05 00 00 02 01 00", "does not belong"},
    {v5, "20 05 00 00 02 7F 00", "unknown property 0x7F"},
    {v5, "20 05 00 00 02 04 00", "unknown property 0x04"},
    {v5, "20 05 00 00 02 13 00", "cut off"},
    {v5, "20 08 00 00 05 27 00 00 00 00", "property 0x27 must not be 0"},
    {v5, "20 07 00 00 04 1F 00 01 FF", "not UTF-8"},
    {v5, "20 05 00 00 03 24 01", "do not fit"},
    // the rest
    {v5, "40 01 00", "shorter"},
    {v5, "40 02 00 00", "packet id 0"},
    {v3, "40 03 00 01 00", "behind its last field"},
    {v5, "40 03 00 01 92", "reason code 0x92"},
    {v5, "62 03 00 01 10", "reason code 0x10"},
    {v5, "40 05 00 01 00 00 00", "behind its last field"},
    {v3, "90 02 00 01", "no reason code"},
    {v3, "90 03 00 01 03", "unknown reason code"},
    {v5, "90 04 00 01 00 03", "unknown reason code"},
    {v5, "90 03 00 01 00", "no reason code"},
    {v5, "90 04 00 00 00 00", "packet id 0"},
    {v3, "B0 03 00 01 00", "behind its last field"},
    {v5, "B0 03 00 01 00", "no reason code"},
    {v5, "D0 01 00", "a body"},
    {v3, "E0 01 00", "behind its last field"},
    {v5, "E0 07 00 05 11 00 00 00 00", "does not belong"},  // a session expiry from a server
    {v5, "E0 03 00 00 00", "behind its last field"},
    {v5, "F0 02 17 00", "unknown reason code"},
    {v5, "F0 01 00", "do not fit"},
    {v5, "10 0F 00 04 'MQTT' 05 03 00 3C 00 00 02 'c1'", "reserved flag"},
    {v3, "10 0E 00 04 'MQTT' 03 00 00 3C 00 02 'c1'", "another protocol"},
    {v3, "82 08 00 01 00 03 'a/#' 03", "subscription options"},
    {v5, "82 09 00 01 00 00 03 'a/#' 39", "subscription options"},
    {v5, "82 09 00 01 00 00 03 '#/a' 01", "whole last level"},
};

TEST(Malformed, each_is_refused_with_its_reason) {
    for (const Row& row : rows) {
        auto decoded = decode_packet(bytes(row.text), row.version);
        ASSERT_FALSE(decoded) << row.text;
        EXPECT_NE(decoded.error().context.find(row.reason), std::string::npos)
            << row.text << ": " << decoded.error().context;
        EXPECT_NE(decoded.error().context.find("MQTT"), std::string::npos) << row.text;  // the section
    }
}

TEST(Malformed, publish_properties_are_refused_with_their_reason) {
    const std::pair<const char*, const char*> blocks[] = {
        {"23 00 01", "Topic Alias Maximum is 0"},
        {"23 00 00", "property 0x23 must not be 0"},
        {"01 02", "property 0x01 must not be 2"},
        {"01 00 01 00", "occurs twice"},
        {"0B 00", "property 0x0B must not be 0"},
        {"0B FF FF FF FF 01", "cut off"},
        {"02 00 00", "cut off"},
        {"26 00 01 'k'", "cut off"},
        {"26 00 01 FF 00 00", "not UTF-8"},
        {"26 00 01 'k' 00 01 00", "not UTF-8"},
        {"08 00 01 '#'", "response topic"},
        {"08 00 00", "response topic"},
        {"11 00 00 00 00", "does not belong"},
        {"80 01 00", "unknown property 0x80"},
    };
    for (auto [text, reason] : blocks) {
        std::string block = bytes(text);
        Publish publish;
        publish.properties = block;
        PublishProperties properties;
        Status status = decode_publish_properties(publish, properties);
        ASSERT_FALSE(status) << text;
        EXPECT_NE(status.error().context.find(reason), std::string::npos) << text << ": " << status.error().context;
    }
}

}  // namespace
}  // namespace outflow::mqtt
