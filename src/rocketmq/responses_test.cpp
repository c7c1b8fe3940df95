#include "rocketmq/responses.h"

#include <gtest/gtest.h>

#include "rocketmq/test_bytes.h"

namespace outflow::rocketmq {
namespace {

Response offset_response() {
    Response response;
    response.ext.emplace_back("offset", "12");
    response.body = "hi";
    return response;
}

struct Decoded {
    Frame frame;
    Command command;
};
Decoded decode(const std::string& bytes) {
    auto frame = decode_frame(bytes);
    if (!frame || !*frame) ADD_FAILURE() << "no frame";
    auto command = decode_header(**frame);
    if (!command) ADD_FAILURE() << command.error().context;
    return {**frame, *command};
}

// Both after the description of the headers: code 0, Java, version 479, opaque 7, flag 1, no remark, offset=12.
TEST(responses, a_binary_response_has_the_bytes_of_the_protocol) {
    std::string bytes;
    append_response(bytes, SerializeType::binary, 7, 479, offset_response());
    EXPECT_EQ(to_hex(bytes), to_hex(from_hex("00000029 01000023 0000 00 01df 00000007 00000001 00000000 0000000e"
                                             "0006 6f6666736574 00000002 3132 6869")));
}

TEST(responses, a_json_response_has_the_bytes_of_the_protocol) {
    std::string bytes;
    append_response(bytes, SerializeType::json, 7, 479, offset_response());
    EXPECT_EQ(bytes, from_hex("00000081 0000007b") +
                         R"({"code":0,"extFields":{"offset":"12"},"flag":1,"language":"JAVA","opaque":7,)"
                         R"("serializeTypeCurrentRPC":"JSON","version":479})"
                         "hi");
}

TEST(responses, what_was_encoded_is_decoded_in_both_forms) {
    Response full;
    full.code = 2;
    full.remark = "[REJECTREQUEST]\"busy\"\n\\ \xE4\xB8\xAD";
    full.ext = {{"properties", std::string("a\x01"
                                           "b\x02")},
                {"empty", ""},
                {"msgId", std::string(70'000, 'F')}};
    full.body = std::string("\0\1\2", 3);
    Response negative;
    negative.code = -1000;
    for (SerializeType type : {SerializeType::json, SerializeType::binary}) {
        std::string bytes = "before";
        append_response(bytes, type, -5, 409, full);
        bytes.erase(0, 6);
        Decoded response = decode(bytes);
        EXPECT_EQ(response.frame.serialize_type, type);
        EXPECT_EQ(response.frame.size, bytes.size());
        EXPECT_EQ(response.frame.body, full.body);
        EXPECT_EQ(response.command.code, 2);
        EXPECT_EQ(response.command.opaque, -5);
        EXPECT_EQ(response.command.version, 409);
        EXPECT_TRUE(response.command.is_response());
        EXPECT_EQ(response.command.remark, full.remark);
        EXPECT_EQ(response.command.find_ext("properties"), full.ext[0].second);
        EXPECT_EQ(response.command.find_ext("empty"), std::nullopt);
        EXPECT_EQ(response.command.find_ext("msgId"), full.ext[2].second);
        std::string other;
        append_response(other, type, 1, 409, negative);
        EXPECT_EQ(decode(other).command.code, -1000);
    }
}

TEST(responses, a_code_beyond_16_bits_is_told_in_json) {
    Response response;
    for (auto [code, type] : {std::pair{32'767, SerializeType::binary}, std::pair{32'768, SerializeType::json},
                              std::pair{200'050, SerializeType::json}}) {
        response.code = code;
        std::string bytes;
        append_response(bytes, SerializeType::binary, 1, 479, response);
        Decoded decoded = decode(bytes);
        EXPECT_EQ(decoded.frame.serialize_type, type) << code;
        EXPECT_EQ(decoded.command.code, code);
    }
}

TEST(responses, a_notice_is_a_one_way_request) {
    Response request;
    request.code = 40;
    request.ext = {{"consumerGroup", "g"}};
    for (SerializeType type : {SerializeType::json, SerializeType::binary}) {
        std::string bytes;
        append_server_notice(bytes, type, 3, 479, request);
        Decoded notice = decode(bytes);
        EXPECT_EQ(notice.command.code, 40);
        EXPECT_FALSE(notice.command.is_response());
        EXPECT_TRUE(notice.command.is_one_way());
        EXPECT_EQ(notice.command.find_ext("consumerGroup"), "g");
    }
}

Route two_brokers() {
    Route route;
    route.brokers.push_back({"broker-a", "C", {{0, "127.0.0.1:10911"}, {1, "127.0.0.2:10911"}}});
    route.queue_groups.push_back({"broker-a", 8, 4, 6});
    return route;
}

TEST(responses, a_route_is_as_name_servers_write_it) {
    EXPECT_EQ(route_json(two_brokers(), true),
              R"({"brokerDatas":[{"brokerAddrs":{"0":"127.0.0.1:10911","1":"127.0.0.2:10911"},)"
              R"("brokerName":"broker-a","cluster":"C","enableActingMaster":false}],"filterServerTable":{},)"
              R"("queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":8,"topicSysFlag":0,)"
              R"("writeQueueNums":4}]})");
    EXPECT_NE(route_json(two_brokers(), false).find(R"({0:"127.0.0.1:10911",1:"127.0.0.2:10911"})"), std::string::npos);
}

TEST(responses, routes_are_decoded_again) {
    Route route = two_brokers();
    route.order_topic_conf = "broker-a:4";
    for (bool quoted : {true, false}) {
        auto again = decode_route(route_json(route, quoted));
        ASSERT_TRUE(again);
        EXPECT_EQ(again->order_topic_conf, "broker-a:4");
        ASSERT_EQ(again->brokers.size(), 1u);
        EXPECT_EQ(again->brokers[0].cluster, "C");
        EXPECT_EQ(again->brokers[0].addresses.size(), 2u);
        EXPECT_EQ(again->brokers[0].master_address(), "127.0.0.1:10911");
        ASSERT_EQ(again->queue_groups.size(), 1u);
        EXPECT_EQ(again->queue_groups[0].read_queues, 8u);
        EXPECT_EQ(again->queue_groups[0].write_queues, 4u);
        EXPECT_EQ(again->queue_groups[0].topic_permission, 6u);
    }
    EXPECT_TRUE(decode_route(route_json({}, true)));
}

TEST(responses, cluster_information_and_topics_are_as_name_servers_write_them) {
    ClusterInfo info;
    info.brokers = two_brokers().brokers;
    info.brokers.push_back({"broker-b", "C", {{0, "127.0.0.1:10921"}}});
    std::string json = cluster_info_json(info);
    EXPECT_EQ(json, R"({"brokerAddrTable":{"broker-a":{"brokerAddrs":{0:"127.0.0.1:10911",1:"127.0.0.2:10911"},)"
                    R"("brokerName":"broker-a","cluster":"C"},"broker-b":{"brokerAddrs":{0:"127.0.0.1:10921"},)"
                    R"("brokerName":"broker-b","cluster":"C"}},"clusterAddrTable":{"C":["broker-a","broker-b"]}})");
    auto again = decode_cluster_info(json);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->brokers.size(), 2u);
    EXPECT_EQ(cluster_info_json({}), R"({"brokerAddrTable":{},"clusterAddrTable":{}})");

    EXPECT_EQ(topic_list_json({}), R"({"topicList":[]})");
    EXPECT_EQ(topic_list_json({"a", "%RETRY%g"}), R"({"topicList":["a","%RETRY%g"]})");
    EXPECT_EQ(decode_topic_list(topic_list_json({"a", "b"})).value(), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace outflow::rocketmq
