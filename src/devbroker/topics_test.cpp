#include "devbroker/topics.h"

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "devbroker/test_folder.h"
#include "platform/file.h"
#include "rocketmq/validate.h"

namespace outflow::devbroker {
namespace {

TEST(topics, what_was_set_is_there_after_opening_again) {
    TestFolder folder;
    std::string path = folder / "topics.json";
    {
        auto table = TopicTable::open(path);
        ASSERT_TRUE(table);
        EXPECT_TRUE(table->all().empty());
        EXPECT_TRUE(table->set("a", {.read_queues = 8, .write_queues = 2, .topic_permission = 4}));
        EXPECT_TRUE(table->set("b", {}));
        EXPECT_TRUE(table->set("%RETRY%g", {.read_queues = 1, .write_queues = 1}));
        EXPECT_TRUE(table->set("b", {.read_queues = 5, .write_queues = 5}));
        EXPECT_TRUE(table->remove("%RETRY%g"));
        EXPECT_TRUE(table->remove("unknown"));
    }
    auto table = TopicTable::open(path);
    ASSERT_TRUE(table) << table.error().context;
    ASSERT_EQ(table->all().size(), 2u);
    ASSERT_NE(table->find("a"), nullptr);
    EXPECT_EQ(table->find("a")->read_queues, 8u);
    EXPECT_EQ(table->find("a")->write_queues, 2u);
    EXPECT_EQ(table->find("a")->topic_permission, 4u);
    EXPECT_EQ(table->find("b")->read_queues, 5u);
    EXPECT_EQ(table->find("b")->topic_permission, 6u);
    EXPECT_EQ(table->find("c"), nullptr);
}

TEST(topics, what_no_broker_takes_is_refused) {
    TestFolder folder;
    auto table = TopicTable::open(folder / "topics.json");
    ASSERT_TRUE(table);
    struct Row {
        std::string name;
        Topic topic;
    };
    const Row rows[] = {{"", {}},
                        {"a b", {}},
                        {std::string(128, 'x'), {}},
                        {"t", {.read_queues = 0}},
                        {"t", {.write_queues = 0}},
                        {"t", {.read_queues = 1'025}},
                        {"t", {.write_queues = 1'025}},
                        {"t", {.topic_permission = 8}}};
    for (const Row& row : rows) {
        EXPECT_EQ(table->set(row.name, row.topic).error().code, ErrorCode::invalid_argument) << row.name;
    }
    EXPECT_TRUE(table->all().empty());
    EXPECT_TRUE(table->set("t", {.read_queues = 1'024, .write_queues = 1'024}));
}

TEST(topics, a_change_that_cannot_be_saved_does_not_happen) {
    TestFolder folder;
    ASSERT_TRUE(std::filesystem::create_directory(folder / "data"));
    auto table = TopicTable::open(folder / "data/topics.json");
    ASSERT_TRUE(table);
    ASSERT_TRUE(table->set("a", {}));
    std::filesystem::rename(folder / "data", folder / "gone");
    EXPECT_EQ(table->set("b", {}).error().code, ErrorCode::file_error);
    EXPECT_EQ(table->find("b"), nullptr);
    EXPECT_FALSE(table->set("a", {.read_queues = 9}));
    EXPECT_EQ(table->find("a")->read_queues, 4u);
    EXPECT_FALSE(table->remove("a"));
    EXPECT_NE(table->find("a"), nullptr);
}

TEST(topics, the_table_is_bounded) {
    TestFolder folder;
    std::string text = R"({"topics":[{"name":"t0"})";
    for (int i = 1; i < 10'000; ++i) text += fmt::format(",{{\"name\":\"t{}\",\"permission\":6}}", i);
    ASSERT_TRUE(platform::write_file_atomically(folder / "topics.json", text + "]}"));
    auto table = TopicTable::open(folder / "topics.json");
    ASSERT_TRUE(table) << table.error().context;
    EXPECT_EQ(table->set("more", {}).error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(table->set("t7", {}));
    ASSERT_TRUE(platform::write_file_atomically(folder / "topics.json", text + R"(,{"name":"more"}]})"));
    EXPECT_FALSE(TopicTable::open(folder / "topics.json"));
}

TEST(topics, files_that_cannot_be_understood_are_refused) {
    TestFolder folder;
    for (const char* text : {"", "{", R"({"topics":[{}]})", R"({"topics":[{"name":"a b"}]})",
                             R"({"topics":[{"name":"a","readQueues":0}]})", R"({"topics":[{"name":7}]})"}) {
        ASSERT_TRUE(platform::write_file_atomically(folder / "topics.json", text));
        auto table = TopicTable::open(folder / "topics.json");
        ASSERT_FALSE(table) << text;
        EXPECT_EQ(table.error().code, ErrorCode::invalid_argument);
        EXPECT_NE(table.error().context.find("deleting it is safe"), std::string::npos);
    }
}

TEST(topics, names_are_judged_as_brokers_do) {
    struct Row {
        std::string name;
        bool is_legal;
    };
    const Row rows[] = {{"a", true},
                        {"Az09%|_-", true},
                        {std::string(127, 'x'), true},
                        {std::string(128, 'x'), false},
                        {"%RETRY%" + std::string(248, 'x'), true},
                        {"%RETRY%" + std::string(249, 'x'), false},
                        {"%DLQ%" + std::string(250, 'x'), true},
                        {"", false},
                        {"a.b", false},
                        {"#forget", false},
                        {"\xC3\xA9", false}};
    for (const Row& row : rows) EXPECT_EQ(is_legal_topic(row.name), row.is_legal) << row.name;
    EXPECT_TRUE(rocketmq::is_broker_topic("SCHEDULE_TOPIC_XXXX"));
    EXPECT_TRUE(rocketmq::is_broker_topic("OFFSET_MOVED_EVENT"));
    EXPECT_FALSE(rocketmq::is_broker_topic("orders"));
}

}  // namespace
}  // namespace outflow::devbroker
