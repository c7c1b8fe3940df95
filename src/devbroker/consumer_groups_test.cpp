#include <string>

#include "devbroker/broker_rig.h"
#include "devbroker/consumer_groups.h"

namespace outflow::devbroker {

namespace {

using Told = std::vector<std::pair<std::uint64_t, std::string>>;

class Groups : public BrokerRig {
protected:
    std::string members(std::string_view group) { return ask(38, {{"consumerGroup", group}}).body; }
    Told told() { return std::exchange(notices, {}); }
};

TEST_F(Groups, members_learn_of_each_other) {
    EXPECT_EQ(ask(38, {{"consumerGroup", "g"}}).code, 1);
    EXPECT_EQ(ask(heart_beat("c1", "g", subscription("t", "*")), 1).code, 0);
    EXPECT_EQ(told(), (Told{{1, "g"}}));
    EXPECT_EQ(ask(heart_beat("c2", "g", subscription("t", "*")), 2).code, 0);
    EXPECT_EQ(told(), (Told{{1, "g"}, {2, "g"}}));
    ask(heart_beat("c2", "g", subscription("t", "*")), 2);
    EXPECT_EQ(told(), Told{});
    EXPECT_EQ(members("g"), R"({"consumerIdList":["c1","c2"]})");
    EXPECT_EQ(ask(105, {{"topic", "%RETRY%g"}}).code, 0);
}

TEST_F(Groups, members_leave_in_three_ways) {
    for (std::uint64_t i = 1; i <= 4; ++i) ask(heart_beat("c" + std::to_string(i), "g", subscription("t", "*")), i);
    told();
    EXPECT_EQ(ask(35, {{"clientID", "c1"}, {"consumerGroup", "g"}}).code, 0);
    EXPECT_EQ(told(), (Told{{2, "g"}, {3, "g"}, {4, "g"}}));
    broker->disconnected(2);
    EXPECT_EQ(told(), (Told{{3, "g"}, {4, "g"}}));
    now += 100s;
    ask(heart_beat("c4", "g", subscription("t", "*")), 4);
    pass(30s);
    EXPECT_EQ(told(), (Told{{4, "g"}}));
    EXPECT_EQ(members("g"), R"({"consumerIdList":["c4"]})");
}

TEST_F(Groups, a_client_that_connects_anew_keeps_its_place) {
    ask(heart_beat("c1", "g", subscription("t", "*")), 1);
    ask(heart_beat("c1", "g", subscription("t", "*")), 2);
    told();
    broker->disconnected(1);
    EXPECT_EQ(told(), Told{});
    EXPECT_EQ(members("g"), R"({"consumerIdList":["c1"]})");
    broker->disconnected(2);
    EXPECT_EQ(ask(38, {{"consumerGroup", "g"}}).code, 1);
}

TEST_F(Groups, a_changed_subscription_is_told) {
    ask(heart_beat("c1", "g", subscription("t", "a", 1)));
    told();
    ask(heart_beat("c1", "g", subscription("t", "a", 2)));
    EXPECT_EQ(told(), Told{});
    ask(heart_beat("c1", "g", subscription("t", "b", 3)));
    EXPECT_EQ(told(), (Told{{1, "g"}}));
    auto response = ask(203, {{"consumerGroup", "g"}});
    EXPECT_EQ(response.code, 0);
    EXPECT_NE(response.body.find(R"("subString":"b","subVersion":3)"), std::string::npos) << response.body;
    EXPECT_EQ(ask(203, {{"consumerGroup", "h"}}).code, 206);
}

TEST_F(Groups, illegal_heartbeats_are_refused) {
    std::string many = "t0";
    for (int i = 1; i < 300; ++i) many += "||t" + std::to_string(i);
    for (const std::string& frame :
         {heart_beat("", "g", ""), heart_beat("c", "a b", ""), heart_beat(std::string(256, 'c'), "g", ""),
          heart_beat("c", "g", subscription("a b", "*")), heart_beat("c", "g", subscription("t", many)),
          heart_beat("c", "g", subscription("t", std::string(5'000, 'x')))}) {
        auto response = ask(frame);
        EXPECT_EQ(response.code, 1);
        EXPECT_FALSE(response.remark.empty());
    }
    EXPECT_EQ(ask(38, {{"consumerGroup", "g"}}).code, 1);
}

TEST_F(Groups, clients_are_limited) {
    for (std::size_t i = 0; i < ConsumerGroups::clients_max; ++i) {
        ASSERT_EQ(ask(heart_beat("c" + std::to_string(i), "g", ""), i).code, 0);
        notices.clear();
    }
    EXPECT_EQ(ask(heart_beat("one more", "g", ""), 5).code, 1);
    EXPECT_EQ(ask(heart_beat("c7", "g", ""), 7).code, 0);
    broker->disconnected(8);
    EXPECT_EQ(ask(heart_beat("one more", "g", ""), 5).code, 0);
}

TEST_F(Groups, producers_are_known_by_their_group) {
    EXPECT_EQ(ask(204, {{"producerGroup", "p"}}).code, 1);
    std::string bytes;
    rocketmq::append_heartbeat(bytes, 7, "c1", "p");
    EXPECT_EQ(ask(bytes).code, 0);
    EXPECT_NE(ask(204, {{"producerGroup", "p"}}).body.find(R"("clientId":"c1")"), std::string::npos);
}

TEST_F(Groups, a_queue_is_locked_for_one_client_and_60_seconds) {
    ASSERT_TRUE(broker->set_topic("t", 2));
    auto body = [](std::string_view client) {
        return R"({"clientId":")" + std::string(client) +
               R"(","consumerGroup":"g","mqSet":[)"
               R"({"brokerName":"broker-a","queueId":0,"topic":"t"},)"
               R"({"brokerName":"broker-a","queueId":9,"topic":"t"}]})";
    };
    constexpr std::string_view taken = R"({"lockOKMQSet":[{"brokerName":"broker-a","queueId":0,"topic":"t"}]})";
    constexpr std::string_view none = R"({"lockOKMQSet":[]})";
    EXPECT_EQ(ask(41, {}, body("c1")).body, taken);
    EXPECT_EQ(ask(41, {}, body("c2")).body, none);
    EXPECT_EQ(ask(42, {}, body("c2")).code, 0);
    EXPECT_EQ(ask(41, {}, body("c2")).body, none);
    now += 50s;
    EXPECT_EQ(ask(41, {}, body("c1")).body, taken);
    now += 50s;
    EXPECT_EQ(ask(41, {}, body("c2")).body, none);
    now += 11s;
    EXPECT_EQ(ask(41, {}, body("c2")).body, taken);
    EXPECT_EQ(ask(42, {}, body("c2")).code, 0);
    EXPECT_EQ(ask(41, {}, body("c1")).body, taken);
    EXPECT_EQ(ask(41, {}, "no JSON").code, 1);
}

TEST_F(Groups, offsets_are_kept) {
    ASSERT_TRUE(broker->set_topic("t", 2));
    EXPECT_EQ(ext(ask(14, {{"consumerGroup", "g"}, {"topic", "t"}, {"queueId", "0"}}), "offset"), "0");
    EXPECT_EQ(ask(14, {{"consumerGroup", "g"}, {"topic", "t"}, {"queueId", "0"}, {"setZeroIfNotFound", "false"}}).code,
              22);
    std::string bytes;
    rocketmq::ExtField fields[] = {{"consumerGroup", "g"}, {"topic", "t"}, {"queueId", "0"}, {"commitOffset", "5"}};
    rocketmq::append_request(bytes, 15, 7, fields);
    auto response = give(bytes);
    EXPECT_FALSE(response->has_value());  // not before it is on disk
    broker->end_turn(now);
    ASSERT_TRUE(response->has_value());
    EXPECT_EQ((*response)->code, 0);
    start();
    EXPECT_EQ(ext(ask(14, {{"consumerGroup", "g"}, {"topic", "t"}, {"queueId", "0"}}), "offset"), "5");
    EXPECT_EQ(ask(15, {{"consumerGroup", "g"}, {"topic", "u"}, {"queueId", "0"}, {"commitOffset", "5"}}).code, 17);
    EXPECT_EQ(ask(15, {{"consumerGroup", "g"}, {"topic", "t"}, {"queueId", "2"}, {"commitOffset", "5"}}).code, 1);
}

}  // namespace

}  // namespace outflow::devbroker
