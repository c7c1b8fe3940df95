#include "rocketmq/command.h"

#include <gtest/gtest.h>

#include "rocketmq/test_bytes.h"

namespace outflow::rocketmq {
namespace {

Frame json_frame(std::string_view header) { return {SerializeType::json, header, {}, header.size() + 8}; }
Frame binary_frame(std::string_view header) { return {SerializeType::binary, header, {}, header.size() + 8}; }

TEST(command, a_json_response_is_decoded) {
    std::string header =
        R"({"code":0,"extFields":{"queueId":"0","TRACE_ON":"true","MSG_REGION":"DefaultRegion",)"
        R"("msgId":"7F00000100002A9F00000000000000BB","queueOffset":"12"},"flag":1,"language":"JAVA","opaque":-3,)"
        R"("serializeTypeCurrentRPC":"JSON","version":413})";
    auto command = decode_header(json_frame(header));
    ASSERT_TRUE(command);
    EXPECT_EQ(command->code, 0);
    EXPECT_EQ(command->opaque, -3);
    EXPECT_EQ(command->version, 413);
    EXPECT_TRUE(command->is_response());
    EXPECT_FALSE(command->is_one_way());
    EXPECT_EQ(command->remark, "");
    EXPECT_EQ(command->find_ext("msgId"), "7F00000100002A9F00000000000000BB");
    EXPECT_EQ(command->find_ext_integer("queueOffset"), 12);
    EXPECT_EQ(command->find_ext_integer("TRACE_ON"), std::nullopt);
    EXPECT_EQ(command->find_ext("absent"), std::nullopt);
}

TEST(command, json_escapes_nulls_and_unknown_fields_are_taken) {
    std::string header =
        R"( { "opaque" : 1 , "code":2, "future":{"a":[1,2.5e3,{"b":null}],"c":true}, "remark":"a\"\\\/\b\f\n\r\t\u4e2d)"
        R"(\ud83d\ude00\ud800x", "extFields":{"n":null,"e":"","k\u0001":"v\u0002","bare":7}, "flag":3 } )";
    auto command = decode_header(json_frame(header));
    ASSERT_TRUE(command);
    EXPECT_EQ(command->remark, "a\"\\/\b\f\n\r\t\xE4\xB8\xAD\xF0\x9F\x98\x80\xEF\xBF\xBDx");
    EXPECT_TRUE(command->is_one_way());
    EXPECT_EQ(command->find_ext("n"), std::nullopt);
    EXPECT_EQ(command->find_ext("e"), std::nullopt);
    EXPECT_EQ(command->find_ext("k\x01"), "v\x02");
    EXPECT_EQ(command->find_ext_integer("bare"), 7);
    auto without = decode_header(json_frame(R"({"code":105,"opaque":7,"remark":null,"extFields":null})"));
    ASSERT_TRUE(without);
    EXPECT_EQ(without->find_ext("topic"), std::nullopt);
}

TEST(command, a_binary_response_is_decoded) {
    // code 2, Java, version 409, opaque -2, flag 1, remark "busy", ext {a=1, b=""}
    std::string header = from_hex("0002 00 0199 fffffffe 00000001 00000004 62757379 0000000f"
                                  "0001 61 00000001 31  0001 62 00000000");
    auto command = decode_header(binary_frame(header));
    ASSERT_TRUE(command);
    EXPECT_EQ(command->code, 2);
    EXPECT_EQ(command->opaque, -2);
    EXPECT_EQ(command->remark, "busy");
    EXPECT_TRUE(command->is_response());
    EXPECT_EQ(command->find_ext("a"), "1");
    EXPECT_EQ(command->find_ext("b"), std::nullopt);
    for (std::size_t size = 0; size < header.size(); ++size) {
        EXPECT_FALSE(decode_header(binary_frame(std::string_view(header).substr(0, size)))) << size;
    }
}

TEST(command, malformed_binary_headers_are_refused) {
    struct Row {
        const char* name;
        const char* hex;
    };
    const Row rows[] = {
        {"empty", ""},
        {"remark longer than the header", "0002 00 0199 00000001 00000001 00000005 62757379 00000000"},
        {"negative remark length", "0002 00 0199 00000001 00000001 ffffffff 00000000"},
        {"ext shorter than it says", "0002 00 0199 00000001 00000001 00000000 00000008 0001 61 00000001"},
        {"bytes left over", "0002 00 0199 00000001 00000001 00000000 00000000 00"},
        {"value longer than ext", "0002 00 0199 00000001 00000001 00000000 00000008 0001 61 00000002 31"},
    };
    for (const Row& row : rows) {
        std::string header = from_hex(row.hex);
        auto command = decode_header(binary_frame(header));
        ASSERT_FALSE(command) << row.name;
        EXPECT_EQ(command.error().code, ErrorCode::rocketmq_malformed_header) << row.name;
    }
}

TEST(command, malformed_json_headers_are_refused) {
    std::string deep = R"({"code":1,"opaque":1,"x":)" + std::string(100'000, '[');
    std::string deep_ext =
        R"({"code":1,"opaque":1,"extFields":{"x":)" + std::string(50, '[') + std::string(50, ']') + "}}";
    const std::string headers[] = {
        "",
        "{",
        "null",
        "[]",
        "{}",
        R"({"code":1})",
        R"({"opaque":1})",
        R"({"code":"1","opaque":1})",
        R"({"code":1.5,"opaque":1})",
        R"({"code":1e2,"opaque":1})",
        R"({"code":4294967296,"opaque":1})",
        R"({"code":1,"opaque":99999999999999999999})",
        R"({"code":1,"opaque":1,})",
        R"({"code":1 "opaque":1})",
        R"({"code":1,"opaque":1}x)",
        R"({"code":1,"opaque":1,"extFields":[]})",
        R"({"code":1,"opaque":1,"extFields":{"a":"b"})",
        R"({"code":1,"opaque":1,"remark":"\x"})",
        R"({"code":1,"opaque":1,"remark":"\u12g4"})",
        "{\"code\":1,\"opaque\":1,\"remark\":\"a\nb\"}",
        R"({"code":1,"opaque":1,"x":01})",
        R"({"code":1,"opaque":1,"x":nul})",
        deep,
        deep_ext,
    };
    for (const std::string& header : headers) {
        auto command = decode_header(json_frame(header));
        ASSERT_FALSE(command) << header.substr(0, 100);
        EXPECT_EQ(command.error().code, ErrorCode::rocketmq_malformed_header);
    }
}

TEST(command, every_prefix_of_a_json_header_is_refused) {
    std::string header = R"({"code":17,"flag":1,"opaque":1,"remark":"No \u0041","extFields":{"a":"b"},"version":473})";
    ASSERT_TRUE(decode_header(json_frame(header)));
    for (std::size_t size = 0; size < header.size(); ++size) {
        EXPECT_FALSE(decode_header(json_frame(std::string_view(header).substr(0, size)))) << size;
    }
}

}  // namespace
}  // namespace outflow::rocketmq
