#include "rocketmq/server_requests.h"

#include <limits>
#include <optional>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "rocketmq/responses.h"
#include "rocketmq/test_bytes.h"

namespace outflow::rocketmq {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

// A request that clients could have sent, in both header forms; `check` gets what the broker makes of it.
template <class Check>
void with_send(std::int32_t code, const Fields& fields, Check check) {
    for (SerializeType type : {SerializeType::json, SerializeType::binary}) {
        std::string bytes;
        Response request;
        request.code = code;
        request.ext = fields;
        append_server_notice(bytes, type, 1, 479, request);
        auto frame = decode_frame(bytes);
        ASSERT_TRUE(frame && *frame);
        auto command = decode_header(**frame);
        ASSERT_TRUE(command);
        check(decode_send_fields(*command));
    }
}

const Fields short_names = {{"a", "pg"},
                            {"b", "t"},
                            {"c", "TBW102"},
                            {"d", "8"},
                            {"e", "3"},
                            {"f", "769"},
                            {"g", "1700000000000"},
                            {"h", "-1"},
                            {"i", std::string("UNIQ_KEY\x01K\x02")},
                            {"j", "2"},
                            {"k", "false"},
                            {"m", "false"},
                            {"n", "broker-a"}};
const Fields long_names = {{"producerGroup", "pg"},
                           {"topic", "t"},
                           {"defaultTopic", "TBW102"},
                           {"defaultTopicQueueNums", "8"},
                           {"queueId", "3"},
                           {"sysFlag", "769"},
                           {"bornTimestamp", "1700000000000"},
                           {"flag", "-1"},
                           {"properties", std::string("UNIQ_KEY\x01K\x02")},
                           {"reconsumeTimes", "2"},
                           {"unitMode", "false"},
                           {"batch", "false"}};

Fields changed(Fields fields, const std::string& name, std::optional<std::string> value) {
    std::erase_if(fields, [&](const auto& field) { return field.first == name; });
    if (value) fields.emplace_back(name, *value);
    return fields;
}

TEST(server_requests, sends_are_decoded_in_every_form) {
    for (std::int32_t code : {10, 310, 320}) {
        with_send(code, code == 10 ? long_names : short_names, [](const Result<SendFields>& fields) {
            ASSERT_TRUE(fields) << fields.error().context;
            EXPECT_EQ(fields->group, "pg");
            EXPECT_EQ(fields->topic, "t");
            EXPECT_EQ(fields->default_topic, "TBW102");
            EXPECT_EQ(fields->default_topic_queues, 8u);
            EXPECT_EQ(fields->queue_id, 3);
            EXPECT_EQ(fields->sys_flag, 769u);
            EXPECT_EQ(fields->flag, 0xFFFFFFFFu);
            EXPECT_EQ(fields->born.count(), 1'700'000'000'000);
            EXPECT_EQ(fields->properties, "UNIQ_KEY\x01K\x02");
            EXPECT_EQ(fields->reconsume_times, 2u);
            EXPECT_FALSE(fields->is_batch);
        });
    }
}

TEST(server_requests, what_may_be_absent_has_its_default) {
    Fields least = {{"a", "pg"}, {"b", "t"}, {"e", "-1"}, {"f", "0"}, {"g", "0"}, {"h", "0"}};
    with_send(310, least, [](const Result<SendFields>& fields) {
        ASSERT_TRUE(fields) << fields.error().context;
        EXPECT_EQ(fields->default_topic_queues, 4u);
        EXPECT_EQ(fields->queue_id, -1);
        EXPECT_EQ(fields->properties, "");
        EXPECT_EQ(fields->reconsume_times, 0u);
        EXPECT_FALSE(fields->is_batch);
    });
}

TEST(server_requests, the_field_m_decides_what_a_batch_is) {
    for (std::int32_t code : {310, 320}) {
        for (const char* text : {"true", "TRUE", "false", "1", "yes"}) {
            with_send(code, changed(short_names, "m", text), [&](const Result<SendFields>& fields) {
                ASSERT_TRUE(fields);
                EXPECT_EQ(fields->is_batch, std::string_view(text) == "true" || std::string_view(text) == "TRUE");
            });
        }
    }
    with_send(10, changed(long_names, "batch", "true"), [](const auto& fields) { EXPECT_TRUE(fields->is_batch); });
}

TEST(server_requests, a_send_that_lacks_something_is_refused_with_the_field) {
    struct Row {
        std::string name;
        std::optional<std::string> value;
        std::string_view told;
    };
    const Row rows[] = {
        {"a", {}, "the send's field a (producerGroup) is missing"},
        {"b", "", "the send's field b (topic) is missing"},
        {"e", {}, "the send's field e (queueId) is missing"},
        {"f", {}, "the send's field f (sysFlag) is missing"},
        {"g", {}, "the send's field g (bornTimestamp) is missing"},
        {"h", {}, "the send's field h (flag) is missing"},
        {"e", "x", "the send's field e (queueId) is no number from -2147483648 to 2147483647"},
        {"e", "2147483648", "the send's field e (queueId) is no number from -2147483648 to 2147483647"},
        {"f", "4294967296", "the send's field f (sysFlag) is no number from -2147483648 to 4294967295"},
        {"d", "-1", "the send's field d (defaultTopicQueueNums) is no number from 0 to 2147483647"},
        {"j", "1.5", "the send's field j (reconsumeTimes) is no number from 0 to 2147483647"},
    };
    for (const Row& row : rows) {
        with_send(310, changed(short_names, row.name, row.value), [&](const Result<SendFields>& fields) {
            ASSERT_FALSE(fields) << row.told;
            EXPECT_EQ(fields.error().code, ErrorCode::rocketmq_malformed_header);
            EXPECT_EQ(fields.error().context, row.told);
        });
    }
    with_send(10, short_names, [](const auto& fields) {
        EXPECT_EQ(fields.error().context, "the send's field producerGroup is missing");
    });
}

// ("a", TAGS=x) and ("bc", none), as clients encode them.
const std::string batch = from_hex("0000001e 00000000 00000000 00000000 00000001 61 0007 54414753017802"
                                   "00000018 00000000 00000000 00000000 00000002 6263 0000");

TEST(server_requests, batches_are_taken_apart) {
    auto entries = decode_batch(batch);
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 2u);
    EXPECT_EQ((*entries)[0].body, "a");
    EXPECT_EQ((*entries)[0].properties, "TAGS\x01x\x02");
    EXPECT_EQ((*entries)[1].body, "bc");
    EXPECT_EQ((*entries)[1].properties, "");
    std::string ignored = batch;
    put_integer(ignored, 0, 0xFFFFFFFFu);
    put_integer(ignored, 4, 0xDAA320A7u);
    put_integer(ignored, 12, 5u);
    EXPECT_EQ(decode_batch(ignored)->at(0).flag, 5u);
}

TEST(server_requests, batches_that_do_not_fit_are_refused) {
    const std::size_t first = 30;
    for (std::size_t size = 0; size < batch.size(); ++size) {
        auto entries = decode_batch(std::string_view(batch).substr(0, size));
        EXPECT_EQ(entries.has_value(), size == first) << size;
        if (entries) continue;
        EXPECT_EQ(entries.error().code, ErrorCode::rocketmq_malformed_message);
    }
    std::string long_body = batch;
    put_integer(long_body, 16, 0xFFFFFFFFu);
    EXPECT_FALSE(decode_batch(long_body));
    std::string negative_properties = std::string(20, '\0') + from_hex("8000") + std::string(0x8000, 'x');
    EXPECT_FALSE(decode_batch(negative_properties));
    std::string many(22 * 100'000, '\0');
    EXPECT_EQ(decode_batch(many)->size(), 100'000u);
    EXPECT_EQ(decode_batch(many + std::string(22, '\0')).error().context, "the batch has more than 100000 records");
}

TEST(server_requests, heartbeats_of_java_clients_are_decoded) {
    auto heart_beat = decode_heart_beat(
        R"({"clientID":"10.0.0.1@4711#1","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET",)"
        R"("consumeType":"CONSUME_PASSIVELY","groupName":"cg","messageModel":"CLUSTERING","subscriptionDataSet":[)"
        R"({"classFilterMode":false,"codeSet":[2598919],"expressionType":"TAG","subString":"TagA","subVersion":)"
        R"(1700000000000,"tagsSet":["TagA"],"topic":"t"},{"classFilterMode":false,"codeSet":[],"subString":"*",)"
        R"("subVersion":1,"tagsSet":[],"topic":"%RETRY%cg"}],"unitMode":false},{"consumeType":"CONSUME_ACTIVELY",)"
        R"("groupName":"bg","messageModel":"BROADCASTING","subscriptionDataSet":null}],"heartbeatFingerprint":0,)"
        R"("isWithoutSub":false,"producerDataSet":[{"groupName":"CLIENT_INNER_PRODUCER"},{"groupName":"pg"}]})");
    ASSERT_TRUE(heart_beat) << heart_beat.error().context;
    EXPECT_EQ(heart_beat->client_id, "10.0.0.1@4711#1");
    EXPECT_EQ(heart_beat->producer_groups, (std::vector<std::string>{"CLIENT_INNER_PRODUCER", "pg"}));
    ASSERT_EQ(heart_beat->consumers.size(), 2u);
    const ConsumerData& consumer = heart_beat->consumers[0];
    EXPECT_EQ(consumer.group, "cg");
    EXPECT_FALSE(consumer.is_broadcasting);
    ASSERT_EQ(consumer.subscriptions.size(), 2u);
    EXPECT_EQ(consumer.subscriptions[0].topic, "t");
    EXPECT_EQ(consumer.subscriptions[0].expression, "TagA");
    EXPECT_EQ(consumer.subscriptions[0].version, 1'700'000'000'000);
    EXPECT_EQ(consumer.subscriptions[1].expression_type, "TAG");
    EXPECT_TRUE(heart_beat->consumers[1].is_broadcasting);
    EXPECT_TRUE(heart_beat->consumers[1].subscriptions.empty());
}

std::string repeated(std::string_view item, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + std::string(item);
    return text;
}

TEST(server_requests, heartbeats_are_bounded_and_checked) {
    auto producers = [](std::size_t count) {
        return R"({"clientID":"c","producerDataSet":[)" + repeated(R"({"groupName":"g"})", count) + "]}";
    };
    auto subscriptions = [](std::size_t count) {
        return R"({"clientID":"c","consumerDataSet":[{"groupName":"g","subscriptionDataSet":[)" +
               repeated(R"({"topic":"t"})", count) + "]}]}";
    };
    struct Row {
        std::string json;
        bool is_taken;
    };
    const Row rows[] = {
        {R"({"clientID":"c"})", true},
        {R"({"clientID":"c","producerDataSet":null,"consumerDataSet":[]})", true},
        {producers(1'000), true},
        {producers(1'001), false},
        {subscriptions(10'000), true},
        {subscriptions(10'001), false},
        {"", false},
        {"[]", false},
        {"{}", false},
        {R"({"clientID":7})", false},
        {R"({"clientID":"c"} x)", false},
        {R"({"clientID":"c","producerDataSet":[{}]})", false},
        {R"({"clientID":"c","producerDataSet":{"groupName":"g"}})", false},
        {R"({"clientID":"c","consumerDataSet":[{"groupName":"g","subscriptionDataSet":[{"subString":"*"}]}]})", false},
    };
    for (const Row& row : rows) {
        auto heart_beat = decode_heart_beat(row.json);
        EXPECT_EQ(heart_beat.has_value(), row.is_taken) << row.json.substr(0, 100);
        if (heart_beat) continue;
        EXPECT_EQ(heart_beat.error().code, ErrorCode::rocketmq_malformed_message);
    }
}

TEST(server_requests, hashes_are_those_of_java) {
    struct Row {
        std::string_view text;
        std::int32_t hash;
    };
    // Computed by 31 * h + unit over UTF-16.
    const Row rows[] = {{"", 0},
                        {"a", 97},
                        {"TagA", 2598919},
                        {"polygenelubricants", std::numeric_limits<std::int32_t>::min()},
                        {"\xC3\xA9", 233},
                        {"\xE4\xB8\xAD", 20013},
                        {"\xF0\x9F\x98\x80", 31 * 0xD83D + 0xDE00},
                        {"\xFF", 0xFFFD},
                        {"\xC0\x80", 31 * 0xFFFD + 0xFFFD},
                        {"\xE4\xB8", 31 * 0xFFFD + 0xFFFD}};
    for (const Row& row : rows) EXPECT_EQ(java_hash(row.text), row.hash) << row.text;
}

TEST(server_requests, tag_expressions_are_taken_apart) {
    struct Row {
        std::string_view expression;
        std::vector<std::string> tags;
    };
    const Row rows[] = {{"", {}},
                        {"*", {}},
                        {"a", {"a"}},
                        {"a || b", {"a", "b"}},
                        {" a||b ||c d ", {"a", "b", "c d"}},
                        {"a||", {"a"}},
                        {"||a||||b", {"a", "b"}},
                        {"a|b", {"a|b"}}};
    for (const Row& row : rows) EXPECT_EQ(parse_tag_expression(row.expression), row.tags) << row.expression;
}

}  // namespace
}  // namespace outflow::rocketmq
