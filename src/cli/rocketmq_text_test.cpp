#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/message_text.h"
#include "cli/rocketmq_options.h"
#include "cli/topic_names.h"
#include "json/document.h"
#include "rocketmq/compress.h"
#include "rocketmq/protocol.h"

namespace outflow::cli {
namespace {

constexpr std::string_view properties = "KEYS\x01k1 k2\x02TAGS\x01hot\x02UNIQ_KEY\x01ID\x02plant\x01hz-1\x02";

rocketmq::StoredMessage stored_message(std::string_view body) {
    rocketmq::StoredMessage stored;
    stored.topic = "telemetry";
    stored.queue_id = 3;
    stored.queue_offset = 12;
    stored.stored = std::chrono::milliseconds(1'764'023'944'123);
    stored.born = std::chrono::milliseconds(1'764'023'944'000);
    stored.properties = properties;
    stored.body = body;
    return stored;
}

TEST(MessageText, place_properties_and_body_are_shown) {
    const rocketmq::StoredMessage stored = stored_message("{\"t\":1}\n\tx");
    EXPECT_EQ(render_message_text({"telemetry", "broker-a", stored}),
              "queue=broker-a/3 offset=12 stored=2025-11-24T22:39:04.123Z keys=\"k1 k2\" tags=hot\n"
              "  properties: plant=hz-1\n"
              "  body: {\"t\":1}\\n\\tx\n");
}

TEST(MessageText, what_is_not_printable_is_base64) {
    for (const std::string_view body : {std::string_view("\xFF\x00", 2), std::string_view("a\x1B[2J"),
                                        std::string_view("\xC2\x9B"), std::string_view("a\x7F")}) {
        EXPECT_FALSE(is_printable(body));
        const rocketmq::StoredMessage stored = stored_message(body);
        const std::string text = render_message_text({"telemetry", "broker-a", stored});
        EXPECT_NE(text.find("  body (Base64 of "), std::string::npos) << text;
        EXPECT_EQ(text.find('\x1B'), std::string::npos);
    }
    for (const std::string_view body : {"", "plain", "\xC2\xA0", "\xE6\xB8\xA9", "a\r\nb"})
        EXPECT_TRUE(is_printable(body));
}

TEST(MessageText, nothing_in_a_property_or_broker_name_controls_the_terminal) {
    rocketmq::StoredMessage stored = stored_message("x");
    stored.properties = "TAGS\x01\x1B[2J\x02\x1B]0;t\x01v\x02";
    const std::string text = render_message_text({"telemetry", "bro\x1Bker", stored});
    EXPECT_EQ(text.find('\x1B'), std::string::npos) << text;
}

TEST(MessageText, json_has_everything_and_is_one_line) {
    const rocketmq::StoredMessage stored = stored_message("a\x1B\n\"");
    const std::string line = render_message_json({"telemetry", "broker-a", stored});
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto document = json::parse_document(line);
    ASSERT_TRUE(document) << document.error().context;
    const json::Node& root = document->root;
    const struct {
        const char* name;
        const char* expected;
    } rows[] = {{"topic", "telemetry"},
                {"broker", "broker-a"},
                {"queue", "3"},
                {"offset", "12"},
                {"stored", "2025-11-24T22:39:04.123Z"},
                {"stored_ms", "1764023944123"},
                {"born_ms", "1764023944000"},
                {"keys", "k1 k2"},
                {"tags", "hot"},
                {"body", "a\x1B\n\""}};
    for (const auto& row : rows) {
        ASSERT_NE(root.find(row.name), nullptr) << row.name;
        EXPECT_EQ(root.find(row.name)->text, row.expected) << row.name;
    }
    EXPECT_EQ(root.find("body_base64"), nullptr);
    ASSERT_EQ(root.find("properties")->members.size(), 2U);
    EXPECT_EQ(root.find("properties")->find("plant")->text, "hz-1");
}

TEST(MessageText, json_carries_binary_bodies_as_base64_and_reports_unreadable_ones) {
    rocketmq::StoredMessage stored = stored_message(std::string_view("\xFF\x00", 2));
    EXPECT_NE(render_message_json({"t", "b", stored}).find("\"body_base64\":\"/wA=\""), std::string::npos);
    stored.sys_flag = rocketmq::sys_flag::compressed | rocketmq::sys_flag::compression_lz4;
    const std::string line = render_message_json({"t", "b", stored});
    EXPECT_NE(line.find("\"body_fault\":"), std::string::npos) << line;
    EXPECT_TRUE(json::parse_document(line));
}

rocketmq::ClusterInfo two_brokers() {
    rocketmq::ClusterInfo cluster;
    cluster.brokers = {{"broker-a", "DefaultCluster", {{0, "127.0.0.1:10911"}}},
                       {"broker-b", "DefaultCluster", {{0, "127.0.0.1:10921"}}}};
    return cluster;
}

TEST(TopicNames, own_topics_of_rocketmq_are_left_out) {
    const std::vector<std::string> topics{"telemetry",
                                          "TBW102",
                                          "broker-a",
                                          "DefaultCluster",
                                          "%RETRY%group",
                                          "alerts",
                                          "DefaultCluster_REPLY_TOPIC",
                                          "rmq_sys_REVIVE_LOG",
                                          "RMQ_SYS_TRACE_TOPIC"};
    EXPECT_EQ(list_topics(topics, two_brokers(), "", false), (std::vector<std::string>{"alerts", "telemetry"}));
    EXPECT_EQ(list_topics(topics, two_brokers(), "", true).size(), topics.size());
}

TEST(TopicNames, a_namespace_shows_its_own_topics_without_it) {
    EXPECT_EQ(list_topics({"plain", "A%telemetry", "B%other"}, two_brokers(), "A", false),
              (std::vector<std::string>{"telemetry"}));
}

TEST(TopicNames, queues_are_described) {
    rocketmq::Route route;
    EXPECT_EQ(describe_queues(route), "no queues");
    route.queue_groups = {{"broker-a", 4, 4, 6}, {"broker-b", 8, 4, 4}};
    EXPECT_EQ(describe_queues(route),
              "8 to write, 12 to read queues (broker-a: 4, broker-b: 4 to write, 8 to read (read only))");
    route.queue_groups = {{"broker-a", 1, 1, 6}};
    EXPECT_EQ(describe_queues(route), "1 queue (broker-a: 1)");
}

}  // namespace
}  // namespace outflow::cli
