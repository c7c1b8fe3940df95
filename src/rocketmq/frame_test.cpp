#include "rocketmq/frame.h"

#include <gtest/gtest.h>

#include "rocketmq/command.h"
#include "rocketmq/test_bytes.h"

namespace outflow::rocketmq {
namespace {

// GET_ROUTE_BY_TOPIC of topic `t`, opaque 7, taken by real servers.
const std::string get_route =
    from_hex("00000025 01000021 0069 01 0199 00000007 00000000 00000000 0000000c 0005 746f706963 00000001 74");

Result<std::optional<Frame>> decode(std::string_view bytes) { return decode_frame(bytes); }

TEST(frame, a_binary_request_is_decoded) {
    std::string bytes = get_route + "rest";
    auto frame = decode(bytes);
    ASSERT_TRUE(frame && *frame);
    EXPECT_EQ((*frame)->serialize_type, SerializeType::binary);
    EXPECT_EQ((*frame)->size, get_route.size());
    EXPECT_EQ((*frame)->header.size(), 0x21u);
    EXPECT_EQ((*frame)->body, "");
    auto command = decode_header(**frame);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->code, 105);
    EXPECT_EQ(command->version, 409);
    EXPECT_EQ(command->opaque, 7);
    EXPECT_EQ(command->flag, 0u);
    EXPECT_FALSE(command->is_response());
    EXPECT_EQ(command->find_ext("topic"), "t");
    EXPECT_EQ(command->find_ext("topi"), std::nullopt);
}

TEST(frame, every_shorter_prefix_needs_more) {
    for (std::size_t size = 0; size < get_route.size(); ++size) {
        auto frame = decode(std::string_view(get_route).substr(0, size));
        ASSERT_TRUE(frame) << size;
        EXPECT_FALSE(*frame) << size;
    }
}

TEST(frame, an_empty_header_and_body_are_a_frame) {
    std::string bytes = from_hex("00000004 00000000");
    auto frame = decode(bytes);
    ASSERT_TRUE(frame && *frame);
    EXPECT_EQ((*frame)->size, 8u);
    EXPECT_FALSE(decode_header(**frame));
}

TEST(frame, malformed_frames_are_refused_before_the_rest_has_come) {
    struct Row {
        const char* name;
        const char* hex;
    };
    const Row rows[] = {
        {"length too small for the header word", "00000003"},
        {"zero", "00000000"},
        {"length over the limit", "00fffffd"},
        {"an HTTP request", "47455420"},
        {"header longer than the frame", "00000010 0000000d"},
        {"unknown serialize type", "00000010 02000001"},
        {"negative length", "ffffffff"},
    };
    for (const Row& row : rows) {
        std::string bytes = from_hex(row.hex);
        auto frame = decode(bytes);
        ASSERT_FALSE(frame) << row.name;
        EXPECT_EQ(frame.error().code, ErrorCode::rocketmq_malformed_frame) << row.name;
    }
    std::string largest = from_hex("00fffffc 00000000");
    EXPECT_TRUE(decode(largest)) << "the largest length is fine";
}

}  // namespace
}  // namespace outflow::rocketmq
