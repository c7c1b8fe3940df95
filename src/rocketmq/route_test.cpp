#include "rocketmq/route.h"

#include <gtest/gtest.h>

#include "rocketmq/protocol.h"

namespace outflow::rocketmq {
namespace {

std::string route_with_keys(const std::string& master, const std::string& slave) {
    return R"({"brokerDatas":[{"brokerAddrs":{)" + slave + R"(:"127.0.0.2:10911",)" + master +
           R"(:"127.0.0.1:10911"},"brokerName":"broker-b","cluster":"DefaultCluster","enableActingMaster":false},)"
           R"({"brokerAddrs":{)" +
           master +
           R"(:"127.0.0.1:20911"},"brokerName":"broker-a","cluster":"DefaultCluster"},)"
           R"({"brokerAddrs":{1:"127.0.0.3:10911"},"brokerName":"broker-c","cluster":"DefaultCluster"}],)"
           R"("filterServerTable":{},"queueDatas":[)"
           R"({"brokerName":"broker-b","perm":6,"readQueueNums":4,"topicSysFlag":0,"writeQueueNums":2},)"
           R"({"brokerName":"broker-a","perm":6,"readQueueNums":1,"topicSysFlag":0,"writeQueueNums":1},)"
           R"({"brokerName":"broker-c","perm":6,"readQueueNums":4,"topicSysFlag":0,"writeQueueNums":4},)"
           R"({"brokerName":"broker-d","perm":6,"readQueueNums":4,"topicSysFlag":0,"writeQueueNums":4}]})";
}

Route read(const std::string& json) {
    auto route = decode_route(json);
    EXPECT_TRUE(route) << json;
    return route ? *route : Route{};
}

TEST(route, both_kinds_of_names_are_read) {
    for (const std::string& json : {route_with_keys("0", "1"), route_with_keys("\"0\"", "\"1\"")}) {
        Route route = read(json);
        ASSERT_EQ(route.brokers.size(), 3u);
        EXPECT_EQ(route.brokers[0].name, "broker-b");
        EXPECT_EQ(route.brokers[0].cluster, "DefaultCluster");
        EXPECT_EQ(route.brokers[0].master_address(), "127.0.0.1:10911");
        EXPECT_EQ(route.find_broker("broker-c")->master_address(), "");
        EXPECT_EQ(route.find_broker("broker-d"), nullptr);
        ASSERT_EQ(route.queue_groups.size(), 4u);
        EXPECT_EQ(route.queue_groups[0].write_queues, 2u);
        EXPECT_EQ(route.queue_groups[0].read_queues, 4u);
        EXPECT_EQ(route.queue_groups[0].topic_permission, 6u);
    }
}

TEST(route, only_writable_queues_of_masters_are_published_to_by_broker_name) {
    Route route = read(route_with_keys("0", "1"));
    std::vector<MessageQueue> expected{{"broker-a", 0}, {"broker-b", 0}, {"broker-b", 1}};
    EXPECT_EQ(publish_queues(route), expected);
    EXPECT_EQ(read_queues(route).size(), 5u);
    route.queue_groups[0].topic_permission = permission::read;
    EXPECT_EQ(publish_queues(route), (std::vector<MessageQueue>{{"broker-a", 0}}));
    route.queue_groups.clear();
    EXPECT_TRUE(publish_queues(route).empty());
}

TEST(route, an_order_configuration_names_the_queues) {
    Route route = read(route_with_keys("0", "1"));
    route.order_topic_conf = "broker-b:3;broker-a:1;nonsense;broker-x:2;broker-c:2;:;broker-b:x";
    std::vector<MessageQueue> expected{{"broker-a", 0}, {"broker-b", 0}, {"broker-b", 1}, {"broker-b", 2}};
    EXPECT_EQ(publish_queues(route), expected);
    route.order_topic_conf = "broker-b:4294967295;broker-a:4294967295";
    EXPECT_LE(publish_queues(route).size(), route_limits::queues_max);
}

TEST(route, a_new_topic_gets_at_most_four_queues_on_each_broker) {
    Route route = read(
        R"({"brokerDatas":[{"brokerAddrs":{0:"h:1"},"brokerName":"a"},{"brokerAddrs":{0:"h:2"},"brokerName":"b"}],)"
        R"("queueDatas":[{"brokerName":"b","perm":7,"readQueueNums":8,"writeQueueNums":8},)"
        R"({"brokerName":"a","perm":7,"readQueueNums":2,"writeQueueNums":8}]})");
    std::vector<MessageQueue> expected{{"a", 0}, {"a", 1}, {"b", 0}, {"b", 1}, {"b", 2}, {"b", 3}};
    EXPECT_EQ(auto_create_queues(route), expected);
    EXPECT_EQ(auto_create_queues(route, 1).size(), 2u);
}

TEST(route, what_it_does_not_know_and_nulls_are_passed_over) {
    Route route = read(R"({"brokerDatas":null,"queueDatas":null,"orderTopicConf":null,"x":{"y":[1,{}]},)"
                       R"("topicQueueMappingByBroker":{"b":{"currIdMap":{0:1}}}})");
    EXPECT_TRUE(route.brokers.empty());
    EXPECT_TRUE(publish_queues(route).empty());
    EXPECT_EQ(read(R"({"orderTopicConf":"a:1"})").order_topic_conf, "a:1");
}

TEST(route, an_address_that_is_none_is_left_out_and_counted) {
    Route route =
        read(R"({"brokerDatas":[{"brokerName":"a","brokerAddrs":{"0":"no port","x":"h:1",1:null,2:"h:2"}}]})");
    EXPECT_EQ(route.addresses_refused, 3u);
    ASSERT_EQ(route.brokers[0].addresses.size(), 1u);
    EXPECT_EQ(route.brokers[0].addresses[0].broker_id, 2);
}

TEST(route, malformed_routes_are_refused) {
    std::string many_brokers = R"({"brokerDatas":[)";
    for (std::size_t i = 0; i <= route_limits::brokers_max; ++i) many_brokers += R"({"brokerName":"b"},)";
    many_brokers += R"({"brokerName":"b"}]})";
    const std::string texts[] = {
        "",
        "{",
        "[]",
        "null",
        R"({"brokerDatas":{}})",
        R"({"brokerDatas":[1]})",
        R"({"brokerDatas":[{"brokerName":1}]})",
        R"({"brokerDatas":[{"brokerAddrs":[]}]})",
        R"({"brokerDatas":[{"brokerAddrs":{0"h:1"}}]})",
        R"({"brokerDatas":[{"brokerAddrs":{-:"h:1",}}]})",
        R"({"queueDatas":[{"brokerName":"b","writeQueueNums":-1}]})",
        R"({"queueDatas":[{"brokerName":"b","writeQueueNums":65537}]})",
        R"({"queueDatas":[{"brokerName":"b","writeQueueNums":40000},{"brokerName":"b","readQueueNums":40000}]})",
        R"({"queueDatas":[{"brokerName":"b","perm":"6"}]})",
        R"({"queueDatas":[{"brokerName":")" + std::string(256, 'b') + R"("}]})",
        R"({"brokerDatas":[],})",
        R"({"x":)" + std::string(1'000, '[') + std::string(1'000, ']') + "}",
        many_brokers,
    };
    for (const std::string& text : texts) {
        auto route = decode_route(text);
        ASSERT_FALSE(route) << text.substr(0, 100);
        EXPECT_EQ(route.error().code, ErrorCode::rocketmq_malformed_route);
    }
    std::string whole = route_with_keys("0", "1");
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(decode_route(whole.substr(0, size))) << size;
}

TEST(route, cluster_information_is_read) {
    auto cluster = decode_cluster_info(
        R"({"brokerAddrTable":{"broker-a":{"brokerAddrs":{0:"127.0.0.1:10911",1:"127.0.0.1:20911"},)"
        R"("brokerName":"broker-a","cluster":"DefaultCluster","enableActingMaster":false}},)"
        R"("clusterAddrTable":{"DefaultCluster":["broker-a"]}})");
    ASSERT_TRUE(cluster);
    ASSERT_EQ(cluster->brokers.size(), 1u);
    EXPECT_EQ(cluster->brokers[0].name, "broker-a");
    EXPECT_EQ(cluster->brokers[0].master_address(), "127.0.0.1:10911");
    auto empty = decode_cluster_info(R"({"brokerAddrTable":{},"clusterAddrTable":{}})");
    ASSERT_TRUE(empty);
    EXPECT_TRUE(empty->brokers.empty());
    EXPECT_FALSE(decode_cluster_info(R"({"brokerAddrTable":[]})"));
    EXPECT_FALSE(decode_cluster_info(R"({"brokerAddrTable":{"a":{})"));
}

TEST(route, the_list_of_topics_is_read) {
    auto topics = decode_topic_list(R"({"topicList":["TBW102","t\u0031"],"brokerAddr":null})");
    ASSERT_TRUE(topics);
    EXPECT_EQ(*topics, (std::vector<std::string>{"TBW102", "t1"}));
    EXPECT_TRUE(decode_topic_list("{}")->empty());
    EXPECT_FALSE(decode_topic_list(R"({"topicList":[1]})"));
    EXPECT_FALSE(decode_topic_list(R"({"topicList":["a")"));
}

TEST(route, addresses_are_host_and_port) {
    struct Row {
        const char* text;
        const char* host;
        int port;
    };
    const Row rows[] = {
        {"127.0.0.1:9876", "127.0.0.1", 9876},
        {"broker-a.example_1:1", "broker-a.example_1", 1},
        {"[::1]:10911", "::1", 10911},
        {"fe80::1%eth0:10911", "fe80::1%eth0", 10911},
        {"h:65535", "h", 65535},
        {"h:65536", nullptr, 0},
        {"h:0", nullptr, 0},
        {"h:", nullptr, 0},
        {":1", nullptr, 0},
        {"h", nullptr, 0},
        {"", nullptr, 0},
        {"h:+1", nullptr, 0},
        {"h:1x", nullptr, 0},
        {"h h:1", nullptr, 0},
        {"[::1:1", nullptr, 0},
        {"[]:1", nullptr, 0},
        {"http://h:1", nullptr, 0},
        {"h\n:1", nullptr, 0},
    };
    for (const Row& row : rows) {
        std::optional<Address> address = parse_address(row.text);
        ASSERT_EQ(address.has_value(), row.host != nullptr) << row.text;
        if (!address) continue;
        EXPECT_EQ(address->host, row.host);
        EXPECT_EQ(address->port, row.port);
    }
}

}  // namespace
}  // namespace outflow::rocketmq
