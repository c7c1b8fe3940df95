#include <string>

#include "devbroker/broker_rig.h"

namespace outflow::devbroker {

namespace {

class Pulls : public BrokerRig {
protected:
    static std::string waiting(std::int64_t offset, milliseconds suspend = 15s) {
        return pull_frame({.group = "consumers", .topic = "orders", .queue_offset = offset, .suspend = suspend});
    }
    rocketmq::Response pull_tags(std::string_view expression, std::string_view type = "TAG") {
        return ask(11, {{"consumerGroup", "consumers"},
                        {"topic", "orders"},
                        {"queueId", "0"},
                        {"queueOffset", "0"},
                        {"maxMsgNums", "32"},
                        {"sysFlag", "4"},
                        {"commitOffset", "0"},
                        {"suspendTimeoutMillis", "0"},
                        {"subscription", expression},
                        {"subVersion", "0"},
                        {"expressionType", type}});
    }
};

TEST_F(Pulls, the_offset_decides_the_code) {
    for (int i = 0; i < 3; ++i) send("orders", 0, {{"x", ""}});
    struct Row {
        std::int32_t queue_id;
        std::int64_t offset;
        std::int32_t code;
        std::string_view next;
    };
    const Row rows[] = {{0, 0, 0, "3"},   {0, 2, 0, "3"},  {0, 3, 19, "3"}, {0, 9, 21, "3"},
                        {0, -1, 21, "0"}, {1, 0, 19, "0"}, {1, 5, 21, "0"}};
    for (const Row& row : rows) {
        auto response = pull("orders", row.queue_id, row.offset);
        EXPECT_EQ(response.code, row.code) << row.queue_id << " " << row.offset;
        EXPECT_EQ(ext(response, "nextBeginOffset"), row.next) << row.queue_id << " " << row.offset;
        EXPECT_EQ(ext(response, "minOffset"), "0");
        EXPECT_EQ(ext(response, "maxOffset"), row.queue_id == 0 ? "3" : "0");
        EXPECT_EQ(ext(response, "suggestWhichBrokerId"), "0");
    }
    EXPECT_EQ(pull("orders", 4, 0).code, 29);
    EXPECT_EQ(pull("missing", 0, 0).code, 17);
    EXPECT_EQ(ask(11, {{"topic", "orders"}, {"queueId", "0"}}).code, 1);
}

TEST_F(Pulls, an_response_is_bounded_in_messages_and_bytes) {
    for (int i = 0; i < 40; ++i) send("orders", 0, {{"x", ""}});
    EXPECT_EQ(bodies("orders", 0).size(), 32u);
    EXPECT_EQ(ext(ask(pull_frame({.group = "g", .topic = "orders", .messages_max = 5})), "nextBeginOffset"), "5");
    std::string large(200'000, 'x');
    for (int i = 0; i < 3; ++i) send("large", 0, {{large, ""}});
    EXPECT_EQ(bodies("large", 0).size(), 1u);
    std::string larger(300'000, 'x');
    send("larger", 0, {{larger, ""}});
    EXPECT_EQ(bodies("larger", 0).size(), 1u);
}

TEST_F(Pulls, tags_are_filtered_and_passed_over) {
    send("orders", 0,
         {{"1", "TAGS\x01"
                "a\x02"},
          {"2", "TAGS\x01"
                "b\x02"},
          {"3", "TAGS\x01"
                "c\x02"},
          {"4", ""}});
    struct Row {
        std::string_view expression;
        std::int32_t code;
        std::size_t messages;
    };
    for (const Row& row : {Row{"a", 0, 1}, Row{"a || c", 0, 2}, Row{"*", 0, 4}, Row{"d", 20, 0}}) {
        auto response = pull_tags(row.expression);
        EXPECT_EQ(response.code, row.code) << row.expression;
        EXPECT_EQ(ext(response, "nextBeginOffset"), "4") << row.expression;
        EXPECT_EQ(rocketmq::decode_stored_messages(response.body)->size(), row.messages) << row.expression;
    }
    std::string many = "t0";
    for (int i = 1; i < 300; ++i) many += "||t" + std::to_string(i);
    EXPECT_EQ(pull_tags(many).code, 23);
    auto sql = pull_tags("a > 5", "SQL92");
    EXPECT_EQ(sql.code, 1);
    EXPECT_EQ(sql.remark, "The broker does not support consumer to filter message by SQL92");
}

TEST_F(Pulls, a_long_poll_wakes_as_soon_as_a_message_comes) {
    ASSERT_TRUE(broker->set_topic("orders", 4));
    auto poll = give(waiting(0));
    auto other = give(waiting(0), 2);
    broker->end_turn(now);
    EXPECT_FALSE(poll->has_value());
    send("orders", 1, {{"elsewhere", ""}});
    EXPECT_FALSE(poll->has_value());
    send("orders", 0, {{"x", ""}});
    ASSERT_TRUE(poll->has_value() && other->has_value());
    EXPECT_EQ((*poll)->code, 0);
    EXPECT_EQ(ext(**poll, "nextBeginOffset"), "1");
    EXPECT_EQ(pull("orders", 0, 1).code, 19);  // without suspending
}

TEST_F(Pulls, a_long_poll_ends_in_time) {
    ASSERT_TRUE(broker->set_topic("orders", 4));
    auto poll = give(waiting(0, 3s));
    milliseconds next = broker->tick(now);
    EXPECT_LE(next, now + 1s);
    pass(2900ms);
    EXPECT_FALSE(poll->has_value());
    pass(200ms);
    ASSERT_TRUE(poll->has_value());
    EXPECT_EQ((*poll)->code, 19);
    EXPECT_EQ(ext(**poll, "nextBeginOffset"), "0");
}

TEST_F(Pulls, a_long_poll_with_a_filter_passes_over_what_is_not_for_it) {
    ASSERT_TRUE(broker->set_topic("orders", 4));
    ASSERT_EQ(ask(heart_beat("c1", "consumers", subscription("orders", "a"))).code, 0);
    std::string bytes;
    rocketmq::ExtField fields[] = {{"consumerGroup", "consumers"},
                                   {"topic", "orders"},
                                   {"queueId", "0"},
                                   {"queueOffset", "0"},
                                   {"maxMsgNums", "32"},
                                   {"sysFlag", "2"},
                                   {"commitOffset", "0"},
                                   {"suspendTimeoutMillis", "15000"},
                                   {"subVersion", "1"}};
    rocketmq::append_request(bytes, 11, 7, fields);
    auto poll = give(bytes);
    auto later = give(bytes);
    send("orders", 0,
         {{"1", "TAGS\x01"
                "b\x02"}});
    EXPECT_FALSE(poll->has_value());
    send("orders", 0,
         {{"2", "TAGS\x01"
                "a\x02"}});
    ASSERT_TRUE(poll->has_value() && later->has_value());
    EXPECT_EQ(rocketmq::decode_stored_messages((*poll)->body)->size(), 1u);
    EXPECT_EQ(ext(**poll, "nextBeginOffset"), "2");
}

TEST_F(Pulls, a_pull_without_subscription_needs_the_groups) {
    ASSERT_TRUE(broker->set_topic("orders", 4));
    auto pull_as = [&](std::string_view group, std::string_view version) {
        return ask(11, {{"consumerGroup", group},
                        {"topic", "orders"},
                        {"queueId", "0"},
                        {"queueOffset", "0"},
                        {"maxMsgNums", "32"},
                        {"sysFlag", "0"},
                        {"subVersion", version}})
            .code;
    };
    EXPECT_EQ(pull_as("consumers", "1"), 24);
    ask(heart_beat("c1", "consumers", subscription("others", "*")));
    EXPECT_EQ(pull_as("consumers", "1"), 24);
    ask(heart_beat("c1", "consumers", subscription("orders", "*", 5)));
    EXPECT_EQ(pull_as("consumers", "6"), 25);
    EXPECT_EQ(pull_as("consumers", "5"), 19);
    ask(heart_beat("c1", "consumers", subscription("orders", "x > 1", 7, "SQL92")));
    EXPECT_EQ(pull_as("consumers", "7"), 1);
}

TEST_F(Pulls, a_pull_commits_what_it_says) {
    send("orders", 0, {{"x", ""}});
    ask(11, {{"consumerGroup", "consumers"},
             {"topic", "orders"},
             {"queueId", "0"},
             {"queueOffset", "1"},
             {"maxMsgNums", "32"},
             {"sysFlag", "5"},
             {"commitOffset", "1"}});
    EXPECT_EQ(ext(ask(14, {{"consumerGroup", "consumers"}, {"topic", "orders"}, {"queueId", "0"}}), "offset"), "1");
}

TEST_F(Pulls, too_many_long_polls_are_refused_until_some_end) {
    ASSERT_TRUE(broker->set_topic("orders", 4));
    std::string frame = waiting(0);
    for (int i = 0; i < 10'000; ++i) give(frame, static_cast<std::uint64_t>(1 + i % 2));
    EXPECT_EQ(ask(frame).code, 2);
    broker->disconnected(2);
    EXPECT_FALSE(give(frame)->has_value());
}

TEST_F(Pulls, a_deleted_topic_ends_its_long_polls) {
    ASSERT_TRUE(broker->set_topic("orders", 4));
    auto poll = give(waiting(0));
    EXPECT_EQ(ask(215, {{"topic", "orders"}}).code, 0);
    ASSERT_TRUE(poll->has_value());
    EXPECT_EQ((*poll)->code, 17);
}

}  // namespace

}  // namespace outflow::devbroker
