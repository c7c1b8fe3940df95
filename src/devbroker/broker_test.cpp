// What name servers and tools are asked.
#include "devbroker/broker.h"

#include <string>

#include "devbroker/broker_rig.h"
#include "rocketmq/route.h"

namespace outflow::devbroker {

namespace {

class NameServer : public BrokerRig {};
class Tools : public BrokerRig {};

TEST_F(NameServer, a_topic_has_a_route) {
    ASSERT_TRUE(broker->set_topic("orders", 3));
    auto route = rocketmq::decode_route(ask(105, {{"topic", "orders"}}).body);
    ASSERT_TRUE(route);
    ASSERT_EQ(route->brokers.size(), 1u);
    EXPECT_EQ(route->brokers[0].master_address(), "127.0.0.1:9876");
    EXPECT_EQ(route->brokers[0].name, "broker-a");
    ASSERT_EQ(route->queue_groups.size(), 1u);
    EXPECT_EQ(route->queue_groups[0].write_queues, 3u);
    EXPECT_EQ(route->queue_groups[0].topic_permission, 6u);
}

TEST_F(NameServer, what_has_no_route) {
    auto response = ask(105, {{"topic", "missing"}});
    EXPECT_EQ(response.code, 17);
    EXPECT_EQ(response.remark, "No topic route info in name server for the topic: missing");
    auto route = rocketmq::decode_route(ask(105, {{"topic", "TBW102"}}).body);
    ASSERT_TRUE(route);
    EXPECT_EQ(route->queue_groups[0].write_queues, 8u);
    EXPECT_EQ(route->queue_groups[0].topic_permission, 7u);
    broker->settings().auto_create = false;
    EXPECT_EQ(ask(105, {{"topic", "TBW102"}}).code, 17);
    broker->settings().auto_create = true;
    broker->settings().is_registered = false;
    EXPECT_EQ(ask(105, {{"topic", "TBW102"}}).code, 17);
    EXPECT_TRUE(rocketmq::decode_cluster_info(ask(106, {}).body)->brokers.empty());
}

TEST_F(NameServer, a_route_can_be_set_and_its_keys_quoted) {
    rocketmq::Route route;
    route.brokers.push_back({.name = "b", .cluster = "c", .addresses = {{.broker_id = 0, .address = "10.0.0.1:1"}}});
    broker->settings().route = route;
    auto response = ask(105, {{"topic", "any"}});
    EXPECT_NE(response.body.find(R"("0":"10.0.0.1:1")"), std::string::npos) << response.body;
    broker->settings().quoted_keys = false;
    response = ask(105, {{"topic", "any"}});
    EXPECT_NE(response.body.find(R"({0:"10.0.0.1:1")"), std::string::npos) << response.body;
}

TEST_F(NameServer, topics_and_cluster_are_listed) {
    ASSERT_TRUE(broker->set_topic("a", 1));
    ASSERT_TRUE(broker->set_topic("b", 1));
    EXPECT_EQ(*rocketmq::decode_topic_list(ask(206, {}).body), (std::vector<std::string>{"a", "b", "TBW102"}));
    auto cluster = rocketmq::decode_cluster_info(ask(106, {}).body);
    ASSERT_TRUE(cluster);
    EXPECT_EQ(cluster->brokers[0].cluster, "DefaultCluster");
    EXPECT_EQ(ask(101, {{"namespace", "ORDER_TOPIC_CONFIG"}, {"key", "a"}}).code, 22);
}

TEST_F(Tools, topics_are_created_changed_and_deleted) {
    auto update = [&](std::string_view topic, std::string_view queues, std::string_view perm) {
        return ask(17, {{"topic", topic},
                        {"defaultTopic", "TBW102"},
                        {"readQueueNums", queues},
                        {"writeQueueNums", queues},
                        {"perm", perm},
                        {"topicFilterType", "SINGLE_TAG"},
                        {"order", "false"}})
            .code;
    };
    EXPECT_EQ(update("orders", "4", "6"), 0);
    EXPECT_EQ(update("orders", "2", "4"), 0);
    auto route = rocketmq::decode_route(ask(105, {{"topic", "orders"}}).body);
    EXPECT_EQ(route->queue_groups[0].write_queues, 2u);
    EXPECT_EQ(route->queue_groups[0].topic_permission, 4u);
    EXPECT_EQ(update("a b", "4", "6"), 29);
    EXPECT_EQ(update("SCHEDULE_TOPIC_XXXX", "4", "6"), 29);
    EXPECT_EQ(update("orders", "100000", "6"), 29);
    EXPECT_EQ(update("orders", "x", "6"), 29);
    EXPECT_EQ(ask(215, {{"topic", "orders"}}).code, 0);
    EXPECT_EQ(ask(216, {{"topic", "orders"}}).code, 0);
    EXPECT_EQ(ask(105, {{"topic", "orders"}}).code, 17);
    EXPECT_EQ(ask(215, {{"topic", "SCHEDULE_TOPIC_XXXX"}}).code, 29);
}

TEST_F(Tools, a_topic_that_cannot_be_read_cannot_be_pulled) {
    ask(17, {{"topic", "t"}, {"readQueueNums", "1"}, {"writeQueueNums", "1"}, {"perm", "2"}});
    EXPECT_EQ(pull("t", 0, 0).code, 16);
}

TEST_F(Tools, queues_tell_their_offsets_and_times) {
    auto sent = send("t", 1, {{"a", ""}});
    send("t", 1, {{"b", ""}});
    EXPECT_EQ(ext(ask(30, {{"topic", "t"}, {"queueId", "1"}}), "offset"), "2");
    EXPECT_EQ(ext(ask(31, {{"topic", "t"}, {"queueId", "1"}}), "offset"), "0");
    EXPECT_EQ(ext(ask(30, {{"topic", "unknown"}, {"queueId", "1"}}), "offset"), "0");
    EXPECT_EQ(ext(ask(29, {{"topic", "t"}, {"queueId", "1"}, {"timestamp", "0"}}), "offset"), "0");
    EXPECT_EQ(ext(ask(29, {{"topic", "t"}, {"queueId", "1"}, {"timestamp", "9000000000000"}}), "offset"), "2");
    EXPECT_GE(std::stoll(ext(ask(32, {{"topic", "t"}, {"queueId", "1"}}), "timestamp")), now.count() - 1000);
    EXPECT_EQ(ext(ask(32, {{"topic", "t"}, {"queueId", "0"}}), "timestamp"), "-1");
    EXPECT_EQ(ask(30, {{"topic", "t"}}).code, 1);
    auto stats = ask(202, {{"topic", "t"}});
    EXPECT_NE(stats.body.find(R"({"brokerName":"broker-a","queueId":1,"topic":"t"}:{"lastUpdateTimestamp":)"),
              std::string::npos)
        << stats.body;
    EXPECT_NE(stats.body.find(R"("maxOffset":2,"minOffset":0})"), std::string::npos) << stats.body;
    EXPECT_EQ(ask(202, {{"topic", "unknown"}}).code, 17);
    EXPECT_NE(ask(351, {{"topic", "t"}}).body.find(R"("readQueueNums":4)"), std::string::npos);
    EXPECT_EQ(ask(351, {{"topic", "unknown"}}).code, 17);
}

TEST_F(Tools, a_message_is_found_by_its_place) {
    send("t", 0, {{"first", ""}});
    auto sent = send("t", 0, {{"second", ""}});
    std::string offset = std::to_string(std::stoull(ext(sent, "msgId").substr(16), nullptr, 16));
    const auto response = ask(33, {{"offset", offset}});
    auto messages = rocketmq::decode_stored_messages(response.body);
    ASSERT_TRUE(messages && messages->size() == 1u);
    EXPECT_EQ(messages->front().body, "second");
    EXPECT_EQ(ask(33, {{"offset", "1"}}).code, 1);
    EXPECT_EQ(ask(33, {}).code, 1);
}

TEST_F(Tools, a_groups_progress_and_the_brokers_state_are_told) {
    send("t", 0, {{"a", ""}});
    ask(15, {{"consumerGroup", "g"}, {"topic", "t"}, {"queueId", "0"}, {"commitOffset", "1"}});
    auto stats = ask(208, {{"consumerGroup", "g"}});
    EXPECT_NE(stats.body.find(R"("brokerOffset":1,"consumerOffset":1,)"), std::string::npos) << stats.body;
    EXPECT_NE(ask(28, {}).body.find(R"("brokerVersionDesc":"V5_3_3")"), std::string::npos);
    EXPECT_NE(ask(26, {}).body.find("autoCreateTopicEnable=true\n"), std::string::npos);
}

TEST_F(Tools, filters_are_checked_for_clients) {
    EXPECT_EQ(ask(46, {}, R"({"clientId":"c","group":"g","subscriptionData":)" + subscription("t", "a") + "}").code, 0);
    EXPECT_EQ(
        ask(46, {}, R"({"clientId":"c","group":"g","subscriptionData":)" + subscription("t", "a > 1", 1, "SQL92") + "}")
            .code,
        1);
    EXPECT_EQ(ask(46, {}, "[").code, 1);
}

TEST_F(Tools, topics_come_back_from_the_messages) {
    send("t", 5, {{"a", ""}});
    send("t", 3, {{"a", ""}});
    ask(17, {{"topic", "t"}, {"readQueueNums", "6"}, {"writeQueueNums", "6"}, {"perm", "6"}});
    send("t", 5, {{"b", ""}});
    std::filesystem::remove(folder / "topics.json");
    start();
    EXPECT_EQ(rocketmq::decode_route(ask(105, {{"topic", "t"}}).body)->queue_groups[0].write_queues, 6u);
    EXPECT_EQ(bodies("t", 5), std::vector<std::string>{"b"});
}

}  // namespace

}  // namespace outflow::devbroker
