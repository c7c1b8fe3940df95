#include "rocketmq/requests.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/bytes.h"
#include "rocketmq/command.h"
#include "rocketmq/frame.h"
#include "rocketmq/instance_namespace.h"
#include "rocketmq/test_bytes.h"

namespace outflow::rocketmq {
namespace {

// Version 479 stands where the captures have 409.
constexpr std::size_t version_at = 11;

std::string with_version_409(std::string frame) {
    put_integer(frame, version_at, std::uint16_t{409});
    return frame;
}

struct Decoded {
    Command command;
    std::string body;
};

// The frame is kept by the caller.
Decoded decode_all(const std::string& bytes) {
    auto frame = decode_frame(bytes);
    EXPECT_TRUE(frame && *frame && (*frame)->size == bytes.size());
    auto command = decode_header(**frame);
    EXPECT_TRUE(command);
    return {*command, std::string((*frame)->body)};
}

Signer signer_of(std::string token = {}) {
    auto signer = Signer::create({"rocketmq2", "12345678", std::move(token)});
    EXPECT_TRUE(signer);
    return std::move(*signer);
}

const SendHeader header{.group = "pg",
                        .topic = "t",
                        .queue_id = 0,
                        .born = std::chrono::milliseconds(1'700'000'000'000),
                        .broker_name = "broker-a"};
constexpr std::string_view properties("UNIQ_KEY\x01K\x02", 11);

TEST(requests, get_route_is_what_real_servers_took) {
    std::string out;
    append_get_route(out, 7, "t");
    EXPECT_EQ(to_hex(with_version_409(out)),
              to_hex(from_hex("00000025 01000021 0069 01 0199 00000007 00000000 00000000 0000000c 0005 746f706963"
                              "00000001 74")));
}

TEST(requests, a_single_send_is_what_real_brokers_took) {
    std::string out = "before";
    std::array records{EncodedRecord{"hi", properties}};
    EXPECT_EQ(append_send(out, 1, header, records), 178u);
    std::string frame = with_version_409(out.substr(6));
    EXPECT_EQ(to_hex(frame), to_hex(from_hex("000000ae 010000a8 0136 01 0199 00000001 00000000 00000000 00000093"
                                             "0001 61 00000002 7067  0001 62 00000001 74  0001 63 00000006 544257313032"
                                             "0001 64 00000001 34  0001 65 00000001 30  0001 66 00000001 30"
                                             "0001 67 0000000d 31373030303030303030303030  0001 68 00000001 30"
                                             "0001 69 0000000b 554e49515f4b4559014b02  0001 6a 00000001 30"
                                             "0001 6b 00000005 66616c7365  0001 6d 00000005 66616c7365"
                                             "0001 6e 00000008 62726f6b65722d61 6869")));
}

TEST(requests, a_batch_is_laid_out_as_the_protocol_says) {
    std::string out;
    std::array records{EncodedRecord{"a", std::string_view("TAGS\x01x\x02", 7)}, EncodedRecord{"bc", ""}};
    append_send(out, 1, header, records);
    Decoded decoded = decode_all(out);
    EXPECT_EQ(decoded.command.code, 320);
    EXPECT_EQ(decoded.command.find_ext("m"), "true");
    EXPECT_EQ(decoded.command.find_ext("i"), std::string("WAIT\x01true\x02"));
    EXPECT_EQ(decoded.command.find_ext("b"), "t");
    EXPECT_EQ(to_hex(decoded.body),
              to_hex(from_hex("0000001e 00000000 00000000 00000000 00000001 61 0007 54414753017802"
                              "00000018 00000000 00000000 00000000 00000002 6263 0000")));
    EXPECT_EQ(decoded.body.size(), batch_entry_bytes(records[0]) + batch_entry_bytes(records[1]));
}

TEST(requests, a_batch_may_hold_one_record) {
    std::string out;
    SendRequest request(out, SendRequest::Kind::batch, header);
    request.append({"a", properties});
    EXPECT_EQ(request.finish(5), out.size());
    EXPECT_EQ(decode_all(out).command.code, 320);
}

TEST(requests, a_resend_differs_in_its_opaque_only) {
    std::array records{EncodedRecord{"a", properties}, EncodedRecord{"b", properties}};
    Signer signer = signer_of();
    std::string first, second;
    append_send(first, 1, header, records, &signer);
    append_send(second, -77, header, records, &signer);
    EXPECT_NE(first, second);
    put_opaque(first, 0, -77);
    EXPECT_EQ(first, second);
}

TEST(requests, a_signed_send_carries_the_known_signature) {
    std::string out = "before";
    Signer signer = signer_of();
    std::array records{EncodedRecord{"hi", properties}};
    append_send(out, 1, header, records, &signer);
    std::string frame = out.substr(6);
    Decoded decoded = decode_all(frame);
    EXPECT_EQ(decoded.command.find_ext("AccessKey"), "rocketmq2");
    EXPECT_EQ(decoded.command.find_ext("Signature"), "2uA1tBCR0+mu9gsqmSXj03aTv/Y=");
}

TEST(requests, the_general_encoder_signs_alike_whatever_the_order_of_the_fields) {
    std::array fields{
        ExtField{"n", "broker-a"}, ExtField{"m", "false"}, ExtField{"k", "false"},         ExtField{"j", "0"},
        ExtField{"i", properties}, ExtField{"h", "0"},     ExtField{"g", "1700000000000"}, ExtField{"f", "0"},
        ExtField{"e", "0"},        ExtField{"d", "4"},     ExtField{"c", "TBW102"},        ExtField{"b", "t"},
        ExtField{"a", "pg"}};
    Signer signer = signer_of();
    for (int round = 0; round < 2; ++round) {
        std::string out;
        append_request(out, 310, 1, fields, "hi", &signer);
        EXPECT_EQ(decode_all(out).command.find_ext("Signature"), "2uA1tBCR0+mu9gsqmSXj03aTv/Y=");
    }
    std::string json;
    append_request(json, 200'050, 1, fields, "hi", &signer);
    EXPECT_EQ(json[4], 0);
    Decoded decoded = decode_all(json);
    EXPECT_EQ(decoded.command.code, 200'050);
    EXPECT_EQ(decoded.command.find_ext("Signature"), "2uA1tBCR0+mu9gsqmSXj03aTv/Y=");
    EXPECT_EQ(decoded.command.find_ext("i"), std::string(properties));
    EXPECT_EQ(decoded.body, "hi");
}

TEST(requests, a_security_token_is_signed_as_well_and_batches_too) {
    Signer signer = signer_of("token");
    std::array records{EncodedRecord{"a", properties}, EncodedRecord{"b", properties}};
    std::string direct;
    append_send(direct, 1, header, records, &signer);
    Decoded decoded = decode_all(direct);
    EXPECT_EQ(decoded.command.find_ext("SecurityToken"), "token");
    std::array fields{ExtField{"a", "pg"},
                      ExtField{"b", "t"},
                      ExtField{"c", "TBW102"},
                      ExtField{"d", "4"},
                      ExtField{"e", "0"},
                      ExtField{"f", "0"},
                      ExtField{"g", "1700000000000"},
                      ExtField{"h", "0"},
                      ExtField{"i", "WAIT\x01true\x02"},
                      ExtField{"j", "0"},
                      ExtField{"k", "false"},
                      ExtField{"m", "true"},
                      ExtField{"n", "broker-a"}};
    std::string general;
    append_request(general, 320, 1, fields, decoded.body, &signer);
    EXPECT_EQ(decode_all(general).command.find_ext("Signature"), decoded.command.find_ext("Signature"));
}

TEST(requests, an_instance_is_said_and_signed_in_fields_of_its_own) {
    auto signer = Signer::create({"user", "12345678", {}, "rmq-cn-x"});
    ASSERT_TRUE(signer);
    const EncodedRecord record{"hi", ""};
    const SendHeader plain{.group = "g", .topic = "t", .queue_id = 1, .broker_name = "b"};
    std::string direct;
    append_send(direct, 1, plain, {&record, 1}, &*signer);
    // As Python's hmac makes it, over the values sorted by name: "user" "g" "t" "TBW102" "4" "1" "0" "0" "0" "" "0"
    // "false" "false" "b" "rmq-cn-x" "true" "hi".
    EXPECT_NE(direct.find("rXRpWEMPBVYdRSA2DWNWdnfMNgk="), std::string::npos);
    EXPECT_NE(direct.find("rmq-cn-x"), std::string::npos);
    std::string general;
    append_get_route(general, 1, "t", &*signer);
    EXPECT_NE(general.find("rmq-cn-x"), std::string::npos);
}

TEST(requests, an_endpoint_names_its_instance) {
    const std::pair<const char*, const char*> rows[] = {
        {"MQ_INST_1234_BXSeZu4V.cn-hangzhou.mq-internal.aliyuncs.com", "MQ_INST_1234_BXSeZu4V"},
        {"MQ_INST_1_a_b.x", "MQ_INST_1_a_b"},
        {"MQ_INST_1_a", ""},
        {"MQ_INST_1.x", ""},
        {"MQ_INST__1.x", ""},
        {"MQ_INST_1_.x", ""},
        {"MQ_INST_1-a_b.x", ""},
        {"rmq-cn-x.cn-hangzhou.rmq.aliyuncs.com", ""},
        {"", ""},
    };
    for (const auto& [host, instance] : rows) EXPECT_EQ(namespace_of_host(host), instance) << host;
    EXPECT_EQ(name_prefix("MQ_INST_1_a"), "MQ_INST_1_a");
    EXPECT_EQ(name_prefix("rmq-cn-x"), "");
}

TEST(requests, keys_are_needed_to_sign) {
    EXPECT_FALSE(Signer::create({"", "secret", ""}));
    EXPECT_FALSE(Signer::create({"key", "", ""}));
}

struct Expected {
    std::int32_t code;
    std::vector<ExtField> fields;
    std::string body;
};

void check_request(const std::string& out, const Expected& expected) {
    Decoded decoded = decode_all(out);
    EXPECT_EQ(decoded.command.code, expected.code);
    EXPECT_EQ(decoded.command.opaque, 9);
    EXPECT_EQ(decoded.command.version, 479);
    EXPECT_EQ(decoded.body, expected.body) << expected.code;
    for (const ExtField& field : expected.fields) {
        EXPECT_EQ(decoded.command.find_ext(field.name), std::string(field.value)) << expected.code << ' ' << field.name;
    }
}

template <class Append>
std::string made_by(Append append) {
    std::string out;
    append(out);
    return out;
}

TEST(requests, every_other_request_has_its_code_fields_and_body) {
    check_request(made_by([](auto& out) { append_get_cluster_info(out, 9); }), {106, {}, ""});
    check_request(made_by([](auto& out) { append_get_all_topics(out, 9); }), {206, {}, ""});
    check_request(made_by([](auto& out) { append_heartbeat(out, 9, "ip@1", "g\"x"); }),
                  {34, {}, R"({"clientID":"ip@1","producerDataSet":[{"groupName":"g\"x"}],"consumerDataSet":[]})"});
    check_request(made_by([](auto& out) { append_create_topic(out, 9, {.topic = "t", .read_queues = 8}); }),
                  {17,
                   {{"topic", "t"},
                    {"readQueueNums", "8"},
                    {"writeQueueNums", "4"},
                    {"perm", "6"},
                    {"defaultTopic", "TBW102"},
                    {"topicFilterType", "SINGLE_TAG"},
                    {"order", "false"}},
                   ""});
    check_request(made_by([](auto& out) { append_get_max_offset(out, 9, "t", 3); }),
                  {30, {{"topic", "t"}, {"queueId", "3"}}, ""});
    check_request(made_by([](auto& out) { append_get_min_offset(out, 9, "t", 3); }),
                  {31, {{"topic", "t"}, {"queueId", "3"}}, ""});
    PullMessage pull{.group = "g", .topic = "t", .queue_id = 2, .queue_offset = 70, .suspend = std::chrono::seconds(5)};
    check_request(made_by([&](auto& out) { append_pull_message(out, 9, pull); }), {11,
                                                                                   {{"consumerGroup", "g"},
                                                                                    {"topic", "t"},
                                                                                    {"queueId", "2"},
                                                                                    {"queueOffset", "70"},
                                                                                    {"maxMsgNums", "32"},
                                                                                    {"sysFlag", "6"},
                                                                                    {"commitOffset", "0"},
                                                                                    {"suspendTimeoutMillis", "5000"},
                                                                                    {"subscription", "*"},
                                                                                    {"subVersion", "0"},
                                                                                    {"expressionType", "TAG"}},
                                                                                   ""});
}

TEST(requests, names_are_wrapped_into_an_instance_namespace) {
    struct Row {
        const char* instance_namespace;
        const char* name;
        const char* wrapped;
    };
    const Row rows[] = {
        {"", "t", "t"},
        {"MQ_INST_1", "t", "MQ_INST_1%t"},
        {"MQ_INST_1", "%RETRY%g", "%RETRY%MQ_INST_1%g"},
        {"MQ_INST_1", "%DLQ%g", "%DLQ%MQ_INST_1%g"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(wrap_namespace(row.instance_namespace, row.name), row.wrapped);
        EXPECT_EQ(wrap_namespace(row.instance_namespace, row.wrapped), row.wrapped) << "wrapped once only";
        EXPECT_EQ(unwrap_namespace(row.instance_namespace, row.wrapped), row.name);
    }
    EXPECT_EQ(wrap_namespace("MQ_INST_1", "TBW102"), "TBW102");
    EXPECT_EQ(unwrap_namespace("MQ_INST_1", "MQ_INST_2%t"), "MQ_INST_2%t");
    EXPECT_EQ(wrap_namespace("MQ", "MQ_INST_1%t"), "MQ%MQ_INST_1%t");
}

}  // namespace
}  // namespace outflow::rocketmq
