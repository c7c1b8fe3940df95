#include "rocketmq/stored_message.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "rocketmq/compress.h"
#include "rocketmq/protocol.h"
#include "rocketmq/test_bytes.h"

namespace outflow::rocketmq {
namespace {

// After the layout that brokers store: "hi" in topic `t`, queue 3, offset 5, place 187, TAGS=x.
const std::string version_1 =
    from_hex("00000065 daa320a7 00000001 00000003 00000007 0000000000000005 00000000000000bb 00000000"
             "0000018bcfe56800 7f000001 00003039 0000018bcfe56801 7f000001 00002a9f 00000002 0000000000000000"
             "00000002 6869 01 74 0007 54414753017802");
// The same with IPv6 hosts and two bytes for the topic's length.
const std::string version_2 =
    from_hex("0000007e daa320ab 00000001 00000003 00000007 0000000000000005 00000000000000bb 00000030"
             "0000018bcfe56800 00000000000000000000000000000001 00003039"
             "0000018bcfe56801 00000000000000000000000000000001 00002a9f 00000002 0000000000000000"
             "00000002 6869 0001 74 0007 54414753017802");
// zlib.compress of Python, level 5, of 20 times "temperature ".
const std::string compressed = from_hex("785e2b49cd2d482d4a2c292d4a552819016c005f876019");

std::string plain_text() {
    std::string text;
    for (int i = 0; i < 20; ++i) text += "temperature ";
    return text;
}

TEST(stored_message, both_versions_are_decoded) {
    std::string bytes = version_1 + version_2 + version_1;
    auto messages = decode_stored_messages(bytes);
    ASSERT_TRUE(messages) << messages.error().context;
    ASSERT_EQ(messages->size(), 3u);
    for (const StoredMessage& message : *messages) {
        EXPECT_EQ(message.topic, "t");
        EXPECT_EQ(message.queue_id, 3);
        EXPECT_EQ(message.flag, 7u);
        EXPECT_EQ(message.queue_offset, 5);
        EXPECT_EQ(message.physical_offset, 187);
        EXPECT_EQ(message.born.count(), 1'700'000'000'000);
        EXPECT_EQ(message.stored.count(), 1'700'000'000'001);
        EXPECT_EQ(message.reconsume_times, 2u);
        EXPECT_EQ(message.body, "hi");
        EXPECT_EQ(message.properties, "TAGS\x01x\x02");
        EXPECT_EQ(plain_body(message).value(), "hi");
    }
    EXPECT_EQ(offset_message_id((*messages)[0]), "7F00000100002A9F00000000000000BB");
    EXPECT_EQ(offset_message_id((*messages)[1]), "0000000000000000000000000000000100002A9F00000000000000BB");
    EXPECT_TRUE(decode_stored_messages("")->empty());
}

TEST(stored_message, a_message_is_stored_as_it_was) {
    auto one = decode_stored_messages(version_1);
    ASSERT_TRUE(one);
    std::string again = "before";
    append_stored_message(again, one->front());
    EXPECT_EQ(to_hex(again), to_hex("before" + version_1));
    // Topics above 127 bytes need the second version; hosts are as long as the flags say.
    auto ipv6 = decode_stored_messages(version_2);
    ASSERT_TRUE(ipv6);
    for (std::size_t topic_bytes : {1u, 127u, 128u, 255u}) {
        StoredMessage message = ipv6->front();
        std::string topic(topic_bytes, 'x');
        message.topic = topic;
        std::string bytes;
        append_stored_message(bytes, message);
        EXPECT_EQ(to_hex(bytes.substr(4, 4)), topic_bytes <= 127 ? "daa320a7" : "daa320ab");
        std::size_t size = 0;
        const std::string more = bytes + "behind";
        auto decoded = decode_stored_message(more, size);
        ASSERT_TRUE(decoded);
        EXPECT_EQ(size, bytes.size());
        EXPECT_EQ(decoded->topic, topic);
        EXPECT_EQ(decoded->store_host, message.store_host);
        EXPECT_EQ(decoded->properties, message.properties);
    }
    std::size_t size = 0;
    EXPECT_FALSE(decode_stored_message("", size));
}

TEST(stored_message, what_does_not_fit_is_refused) {
    for (std::size_t size = 1; size < version_1.size(); ++size) {
        auto messages = decode_stored_messages(std::string_view(version_1).substr(0, size));
        ASSERT_FALSE(messages) << size;
        EXPECT_EQ(messages.error().code, ErrorCode::rocketmq_malformed_message);
    }
    struct Row {
        const char* name;
        std::size_t at;
        std::uint32_t value;
    };
    const Row rows[] = {
        {"total size one less", 0, 0x64},
        {"total size zero", 0, 0},
        {"total size huge", 0, 0xFFFFFFFF},
        {"filler at the end of a file", 4, 0xCBD43194},
        {"another magic", 4, 0},
        {"body length", 84, 0xFFFFFFFF},
        {"body length one more", 84, 3},
        {"body length one less", 84, 1},
    };
    for (const Row& row : rows) {
        std::string bytes = version_1;
        put_integer(bytes, row.at, row.value);
        EXPECT_FALSE(decode_stored_messages(bytes)) << row.name;
    }
}

TEST(stored_message, the_checksum_is_the_broker_s) { EXPECT_EQ(body_crc("hello"), 907'060'870u); }

TEST(stored_message, compressed_bodies_are_read_where_zlib_made_them) {
    StoredMessage message;
    message.body = compressed;
    for (std::uint32_t flag : {0x1u, 0x301u, 0x331u}) {
        message.sys_flag = flag;
        EXPECT_EQ(plain_body(message).value(), plain_text());
    }
    for (std::uint32_t flag : {0x101u, 0x201u, 0x701u}) {
        message.sys_flag = flag;
        EXPECT_FALSE(plain_body(message)) << flag;
    }
    message.sys_flag = 0;
    EXPECT_EQ(plain_body(message).value(), compressed);
}

TEST(compress, a_body_comes_back) {
    for (std::size_t repeat : {1u, 10u, 100'000u}) {
        std::string body;
        for (std::size_t i = 0; i < repeat; ++i) body += "{\"temperature\":81.5,\"line\":\"press\"}";
        std::optional<std::string> packed = compress_body(body);
        if (repeat == 1) continue;
        ASSERT_TRUE(packed);
        EXPECT_LT(packed->size(), body.size());
        EXPECT_EQ(decompress_body(*packed).value(), body);
        EXPECT_EQ(decompress_body(*packed, body.size()).value(), body);
        EXPECT_FALSE(decompress_body(*packed, body.size() - 1));
    }
}

TEST(compress, what_would_not_be_smaller_stays) {
    for (std::string_view body : {"", "x", "hi", "0123456789abcdef"}) EXPECT_FALSE(compress_body(body)) << body;
}

TEST(compress, damaged_streams_are_refused) {
    EXPECT_TRUE(decompress_body(compressed));
    for (std::size_t size = 0; size < compressed.size(); ++size) {
        EXPECT_FALSE(decompress_body(std::string_view(compressed).substr(0, size))) << size;
    }
    EXPECT_FALSE(decompress_body(compressed + "x"));
    EXPECT_FALSE(decompress_body("not zlib at all"));
    std::string flipped = compressed;
    flipped.back() = static_cast<char>(flipped.back() ^ 1);
    EXPECT_FALSE(decompress_body(flipped)) << "checksum";
}

}  // namespace
}  // namespace outflow::rocketmq
