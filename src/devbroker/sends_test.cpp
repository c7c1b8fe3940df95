#include <string>

#include "devbroker/broker_rig.h"

namespace outflow::devbroker {

namespace {

class Sends : public BrokerRig {};

constexpr std::string_view delay_1 = "DELAY\x01"
                                     "1\x02TAGS\x01"
                                     "a\x02";

TEST_F(Sends, a_send_creates_its_topic_and_tells_where_the_message_is) {
    auto response = send("orders", 1, {{"first", "UNIQ_KEY\x01K1\x02"}});
    EXPECT_EQ(response.code, 0) << response.remark;
    EXPECT_EQ(ext(response, "queueId"), "1");
    EXPECT_EQ(ext(response, "queueOffset"), "0");
    EXPECT_EQ(ext(response, "msgId"), "7F000001000026940000000000000000");
    EXPECT_EQ(ext(response, "transactionId"), "K1");
    EXPECT_EQ(ext(response, "MSG_REGION"), "DefaultRegion");
    EXPECT_EQ(ext(response, "TRACE_ON"), "true");
    EXPECT_EQ(ext(send("orders", 1, {{"second", ""}}), "queueOffset"), "1");
    EXPECT_EQ(bodies("orders", 1), (std::vector<std::string>{"first", "second"}));
}

TEST_F(Sends, only_what_inherits_from_the_template_topic_comes_into_being) {
    for (const auto& [inherited, code] : {std::pair<std::string_view, int>{"TBW102", 0}, {"other", 17}, {"", 17}}) {
        const std::string topic = "made-from-" + std::string(inherited);
        const auto response = ask(310,
                                  {{"a", "g"},
                                   {"b", topic},
                                   {"c", inherited},
                                   {"d", "4"},
                                   {"e", "0"},
                                   {"f", "0"},
                                   {"g", "1"},
                                   {"h", "0"},
                                   {"i", ""}},
                                  "x");
        EXPECT_EQ(response.code, code) << topic << response.remark;
    }
}

TEST_F(Sends, a_message_without_a_key_gets_one) {
    auto response = send("orders", 0, {{"x", ""}});
    EXPECT_EQ(ext(response, "transactionId").size(), 32u);
    auto messages = pull("orders", 0, 0);
    EXPECT_NE(messages.body.find(ext(response, "transactionId")), std::string::npos);
}

TEST_F(Sends, a_batch_is_stored_in_order_with_an_id_for_each_message) {
    auto response = send("orders", 2, {{"a", "TAGS\x01x\x02"}, {"b", ""}, {"c", ""}});
    EXPECT_EQ(response.code, 0) << response.remark;
    EXPECT_EQ(ext(response, "queueOffset"), "0");
    EXPECT_EQ(ext(response, "msgId").size(), 3 * 32u + 2);
    EXPECT_EQ(bodies("orders", 2), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(Sends, what_a_broker_refuses) {
    ASSERT_TRUE(broker->set_topic("two", 2));
    broker->settings().message_bytes_max = 100;
    std::string long_properties = "name\x01" + std::string(32'740, 'x') + "\x02";  // together with the key they get
    std::string long_body(101, 'x');
    struct Row {
        std::string name, topic;
        std::int32_t queue_id;
        std::vector<rocketmq::EncodedRecord> records;
        std::int32_t code;
        std::string remark;
    };
    const Row rows[] = {
        {"a queue that is not there", "two", 2, {{"x", ""}}, 29, "request queueId[2] is illegal"},
        {"an illegal name", "a b", 0, {{"x", ""}}, 29, "The specified topic"},
        {"a name that is too long", std::string(128, 'a'), 0, {{"x", ""}}, 29, "The specified topic"},
        {"a topic of the broker's own", "SCHEDULE_TOPIC_XXXX", 0, {{"x", ""}}, 16, "Sending message to topic"},
        {"an empty body", "two", 0, {{"", ""}}, 13, "the message is illegal"},
        {"a long body", "two", 0, {{long_body, ""}}, 13, "the message is illegal"},
        {"a long batch", "two", 0, {{"x", ""}, {std::string_view(long_body).substr(1), ""}}, 13, "the message is"},
        {"long properties", "two", 0, {{"x", long_properties}}, 13, "the message is illegal"},
        {"a transaction", "two", 0, {{"x", "TRAN_MSG\x01true\x02"}}, 16, "sending transaction message is forbidden"},
        {"a timer",
         "two",
         0,
         {{"x", "TIMER_DELAY_SEC\x01"
                "5\x02"}},
         13,
         "this broker has delay levels"},
    };
    for (const Row& row : rows) {
        auto response = send(row.topic, row.queue_id, row.records);
        EXPECT_EQ(response.code, row.code) << row.name << ": " << response.remark;
        EXPECT_TRUE(response.remark.starts_with(row.remark)) << row.name << ": " << response.remark;
    }
}

TEST_F(Sends, settings_refuse_new_topics_and_all_messages) {
    broker->settings().auto_create = false;
    auto response = send("orders", 0, {{"x", ""}});
    EXPECT_EQ(response.code, 17);
    EXPECT_EQ(response.remark, "topic[orders] not exist, apply first please!");
    broker->settings().auto_create = true;
    broker->settings().is_disk_full = true;
    response = send("orders", 0, {{"x", ""}});
    EXPECT_EQ(response.code, 14);
    EXPECT_NE(response.remark.find("disk is full"), std::string::npos);
    broker->settings().is_disk_full = false;
    EXPECT_EQ(ext(send("orders", 0, {{"x", ""}}), "queueOffset"), "0");
}

TEST_F(Sends, a_negative_queue_is_the_brokers_choice) {
    for (int i = 0; i < 8; ++i) EXPECT_EQ(send("orders", -1, {{"x", ""}}).code, 0);
    for (int queue = 0; queue < 4; ++queue) EXPECT_EQ(bodies("orders", queue).size(), 2u);
}

TEST_F(Sends, a_malformed_request_is_answered) {
    EXPECT_EQ(ask(310, {{"b", "orders"}}).code, 1);
    EXPECT_EQ(ask(320,
                  {{"a", "g"},
                   {"b", "t"},
                   {"c", "TBW102"},
                   {"d", "4"},
                   {"e", "0"},
                   {"f", "0"},
                   {"g", "1"},
                   {"h", "0"},
                   {"m", "true"}},
                  "no batch")
                  .code,
              13);
    auto response = ask(9999, {});
    EXPECT_EQ(response.code, 3);
    EXPECT_EQ(response.remark, " request type 9999 not supported");
}

TEST_F(Sends, a_delayed_message_comes_when_it_is_due) {
    auto response = send("orders", 1, {{"late", delay_1}});
    EXPECT_EQ(response.code, 0);
    EXPECT_EQ(ext(response, "queueId"), "0");
    EXPECT_TRUE(bodies("orders", 1).empty());
    pass(500ms);
    EXPECT_TRUE(bodies("orders", 1).empty());
    pass(1500ms);
    EXPECT_EQ(bodies("orders", 1), std::vector<std::string>{"late"});
    pass(1500ms);
    EXPECT_EQ(bodies("orders", 1).size(), 1u);
}

TEST_F(Sends, a_delayed_message_survives_a_restart_and_comes_once) {
    send("orders", 1, {{"late", delay_1}});
    start();
    pass(2000ms);
    EXPECT_EQ(bodies("orders", 1).size(), 1u);
    start();
    pass(2000ms);
    EXPECT_EQ(bodies("orders", 1).size(), 1u);
}

TEST_F(Sends, a_delayed_message_of_a_deleted_topic_is_gone) {
    send("orders", 1, {{"late", delay_1}});
    ASSERT_TRUE(broker->remove_topic("orders"));
    pass(2000ms);
    EXPECT_EQ(pull("orders", 1, 0).code, 17);
}

TEST_F(Sends, a_delayed_message_waits_for_a_full_disk) {
    send("orders", 1, {{"late", delay_1}});
    broker->settings().is_disk_full = true;
    pass(2000ms);
    EXPECT_TRUE(bodies("orders", 1).empty());
    broker->settings().is_disk_full = false;
    pass(1000ms);
    EXPECT_EQ(bodies("orders", 1).size(), 1u);
}

std::string physical_offset(const rocketmq::Response& send_response) {
    return std::to_string(std::stoull(ext(send_response, "msgId").substr(16), nullptr, 16));
}

TEST_F(Sends, a_message_sent_back_comes_again_and_dies_at_last) {
    auto sent = send("orders", 0, {{"bad", "UNIQ_KEY\x01K\x02"}});
    std::string offset = physical_offset(sent);
    auto back = ask(
        36,
        {{"offset", offset}, {"group", "g"}, {"delayLevel", "0"}, {"originMsgId", "M"}, {"maxReconsumeTimes", "1"}});
    EXPECT_EQ(back.code, 0) << back.remark;
    pass(9s);
    EXPECT_TRUE(bodies("%RETRY%g", 0).empty());
    pass(2s);  // level 3
    auto response = pull("%RETRY%g", 0, 0);
    auto messages = rocketmq::decode_stored_messages(response.body);
    ASSERT_TRUE(messages && messages->size() == 1u);
    EXPECT_EQ(messages->front().reconsume_times, 1u);
    EXPECT_EQ(messages->front().body, "bad");
    EXPECT_NE(messages->front().properties.find("RETRY_TOPIC\x01orders\x02"), std::string_view::npos);
    EXPECT_NE(messages->front().properties.find("ORIGIN_MESSAGE_ID\x01M\x02"), std::string_view::npos);

    offset = std::to_string(messages->front().physical_offset);
    back = ask(36, {{"offset", offset}, {"group", "g"}, {"delayLevel", "0"}, {"maxReconsumeTimes", "1"}});
    EXPECT_EQ(back.code, 0) << back.remark;
    EXPECT_EQ(bodies("%DLQ%g", 0), std::vector<std::string>{"bad"});
    EXPECT_EQ(ask(36, {{"offset", "999999"}, {"group", "g"}, {"delayLevel", "0"}}).code, 1);
}

TEST_F(Sends, a_retry_that_a_client_sends_itself_dies_too) {
    auto retry = [&](std::string_view times) {
        return ask(310,
                   {{"a", "CLIENT_INNER_PRODUCER"},
                    {"b", "%RETRY%g"},
                    {"c", "TBW102"},
                    {"d", "4"},
                    {"e", "0"},
                    {"f", "0"},
                    {"g", "1"},
                    {"h", "0"},
                    {"i", "DELAY\x01"
                          "1\x02"},
                    {"j", times},
                    {"l", "3"}},
                   "x");
    };
    EXPECT_EQ(retry("3").code, 0);
    pass(2s);
    EXPECT_EQ(bodies("%RETRY%g", 0).size(), 1u);
    EXPECT_EQ(retry("4").code, 0);
    EXPECT_EQ(bodies("%DLQ%g", 0).size(), 1u);
}

}  // namespace

}  // namespace outflow::devbroker
