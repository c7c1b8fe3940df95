#include "devbroker/message_store.h"

#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "devbroker/test_folder.h"
#include "platform/clock.h"
#include "platform/file.h"
#include "rocketmq/stored_message.h"
#include "rocketmq/test_bytes.h"

namespace outflow::devbroker {
namespace {

const std::string born_host = rocketmq::from_hex("0a000001 00003039");

std::unique_ptr<MessageStore> open_store(const TestFolder& folder, StoreOptions options = {}) {
    options.folder = folder.path();
    auto store = MessageStore::open(options, 9876);
    if (!store) ADD_FAILURE() << store.error().context;
    return store ? std::move(*store) : nullptr;
}

Result<Put> put(MessageStore& store, std::string_view topic, std::int32_t queue_id, std::vector<std::string> bodies,
                std::string_view properties = "") {
    PutHeader header;
    header.topic = topic;
    header.queue_id = queue_id;
    header.born = std::chrono::milliseconds(1'700'000'000'000);
    header.born_host = born_host;
    std::vector<NewMessage> messages;
    for (const std::string& body : bodies) messages.push_back({body, properties, 7});
    return store.put(header, messages);
}

std::string body_at(const MessageStore& store, std::string_view topic, std::int32_t queue_id, std::int64_t offset) {
    auto entry = store.entry(topic, queue_id, offset);
    if (!entry) return "no entry";
    std::string bytes;
    Status read = store.read(entry->physical_offset, entry->size, bytes);
    if (!read) return read.error().context;
    auto messages = rocketmq::decode_stored_messages(bytes);
    return messages && messages->size() == 1 ? std::string(messages->front().body) : "not one message";
}

TEST(message_store, a_message_is_read_as_it_was_put) {
    TestFolder folder;
    auto store = open_store(folder);
    PutHeader header;
    header.topic = "t";
    header.queue_id = 3;
    header.sys_flag = 0x331;  // the client's word on host forms does not count
    header.born = std::chrono::milliseconds(1'700'000'000'000);
    header.born_host = born_host;
    header.reconsume_times = 2;
    std::vector<NewMessage> messages = {{"one", "TAGS\x01TagA\x02", 1}, {"", "", 2}};
    std::int64_t before = platform::unix_ms();
    auto done = store->put(header, messages);
    ASSERT_TRUE(done) << done.error().context;
    EXPECT_EQ(done->queue_offset, 0);
    ASSERT_EQ(done->physical_offsets.size(), 2u);
    EXPECT_EQ(done->physical_offsets[0], 0);
    EXPECT_EQ(store->max_offset("t", 3), 2);

    auto entry = store->entry("t", 3, 0);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->tag_hash, 2598919);
    EXPECT_EQ(store->entry("t", 3, 1)->tag_hash, 0);
    EXPECT_EQ(entry->size, done->physical_offsets[1]);
    std::string bytes;
    ASSERT_TRUE(store->read(entry->physical_offset, entry->size, bytes));
    auto decoded = rocketmq::decode_stored_messages(bytes);
    ASSERT_TRUE(decoded && decoded->size() == 1);
    const rocketmq::StoredMessage& message = decoded->front();
    EXPECT_EQ(message.topic, "t");
    EXPECT_EQ(message.queue_id, 3);
    EXPECT_EQ(message.body, "one");
    EXPECT_EQ(message.properties, "TAGS\x01TagA\x02");
    EXPECT_EQ(message.flag, 1u);
    EXPECT_EQ(message.sys_flag, 0x301u);
    EXPECT_EQ(message.reconsume_times, 2u);
    EXPECT_EQ(message.born.count(), 1'700'000'000'000);
    EXPECT_EQ(message.born_host, born_host);
    EXPECT_EQ(message.body_crc, rocketmq::body_crc("one"));
    EXPECT_GE(message.stored.count(), before);
    EXPECT_EQ(rocketmq::offset_message_id(message), "7F000001000026940000000000000000");

    std::string by_id;
    EXPECT_TRUE(store->read(done->physical_offsets[1], by_id));
    EXPECT_EQ(rocketmq::decode_stored_messages(by_id)->front().flag, 2u);
}

TEST(message_store, queues_count_by_themselves) {
    TestFolder folder;
    auto store = open_store(folder);
    EXPECT_EQ(store->min_offset("t", 0), 0);
    EXPECT_EQ(store->max_offset("t", 0), 0);
    EXPECT_EQ(store->entry("t", 0, 0), std::nullopt);
    EXPECT_EQ(put(*store, "t", 0, {"a", "b", "c"})->queue_offset, 0);
    EXPECT_EQ(put(*store, "t", 1, {"d"})->queue_offset, 0);
    EXPECT_EQ(put(*store, "u", 0, {"e"})->queue_offset, 0);
    EXPECT_EQ(put(*store, "t", 0, {"f"})->queue_offset, 3);
    EXPECT_EQ(body_at(*store, "t", 0, 3), "f");
    EXPECT_EQ(store->entry("t", 0, 4), std::nullopt);
    EXPECT_EQ(store->entry("t", 0, -1), std::nullopt);
    EXPECT_EQ(store->topics(), (std::vector<std::pair<std::string, std::int32_t>>{{"t", 1}, {"u", 0}}));
}

TEST(message_store, what_the_log_cannot_hold_is_refused) {
    TestFolder folder;
    auto store = open_store(folder);
    const std::string long_properties(32'768, 'p');
    EXPECT_EQ(put(*store, "", 0, {"a"}).error().code, ErrorCode::invalid_argument);
    EXPECT_FALSE(put(*store, std::string(128, 't'), 0, {"a"}));
    EXPECT_FALSE(put(*store, "#forget", 0, {"t"}));
    EXPECT_FALSE(put(*store, "t", -1, {"a"}));
    EXPECT_FALSE(put(*store, "t", 0, {"a"}, long_properties));
    EXPECT_FALSE(put(*store, "t", 0, {std::string(17 * 1024 * 1024, 'b')}));
    EXPECT_EQ(store->bytes(), 0u);
    EXPECT_TRUE(put(*store, "%RETRY%" + std::string(248, 'g'), std::numeric_limits<std::int32_t>::max(),
                    {std::string(16 * 1024 * 1024, 'b')}, std::string_view(long_properties).substr(1)));
}

TEST(message_store, offsets_from_anywhere_read_no_garbage) {
    TestFolder folder;
    auto store = open_store(folder);
    // A body that looks like a message itself.
    std::string inner;
    rocketmq::StoredMessage fake;
    fake.topic = "x";
    fake.born_host = fake.store_host = born_host;
    rocketmq::append_stored_message(inner, fake);
    auto first = put(*store, "t", 0, {inner});
    ASSERT_TRUE(first);
    for (std::int64_t offset = -2; offset <= static_cast<std::int64_t>(store->bytes()) + 2; ++offset) {
        std::string bytes = "kept";
        Status read = store->read(offset, bytes);
        EXPECT_EQ(read.has_value(), offset == 0) << offset;
        if (read) continue;
        EXPECT_EQ(read.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ(bytes, "kept");
    }
    std::string bytes;
    EXPECT_FALSE(store->read(std::numeric_limits<std::int64_t>::max(), 1, bytes));
    EXPECT_FALSE(store->read(std::numeric_limits<std::int64_t>::min(), 1, bytes));
    EXPECT_FALSE(store->read(0, std::numeric_limits<std::uint32_t>::max(), bytes));
}

TEST(message_store, everything_is_there_after_opening_again) {
    TestFolder folder;
    std::vector<QueueEntry> entries;
    {
        auto store = open_store(folder);
        for (int i = 0; i < 100; ++i) {
            ASSERT_TRUE(put(*store, fmt::format("t{}", i % 7), i % 3, {fmt::format("body {}", i)}, "TAGS\x01x\x02"));
        }
        for (int i = 0; i < 4; ++i) entries.push_back(*store->entry("t0", 0, i));
        auto second = MessageStore::open({.folder = folder.path()}, 9876);
        ASSERT_FALSE(second);
        EXPECT_NE(second.error().context.find("held by process"), std::string::npos);
    }
    auto store = open_store(folder);
    EXPECT_EQ(store->topics().size(), 7u);
    for (int i = 0; i < 4; ++i) {
        auto entry = store->entry("t0", 0, i);
        ASSERT_TRUE(entry);
        EXPECT_EQ(entry->physical_offset, entries[static_cast<std::size_t>(i)].physical_offset);
        EXPECT_EQ(entry->size, entries[static_cast<std::size_t>(i)].size);
        EXPECT_EQ(entry->tag_hash, entries[static_cast<std::size_t>(i)].tag_hash);
        EXPECT_EQ(entry->stored_ms, entries[static_cast<std::size_t>(i)].stored_ms);
        EXPECT_EQ(body_at(*store, "t0", 0, i), fmt::format("body {}", i * 21));
    }
    std::int64_t end = store->max_offset("t0", 0);
    EXPECT_EQ(put(*store, "t0", 0, {"more"})->queue_offset, end);
    EXPECT_EQ(body_at(*store, "t0", 0, end), "more");
}

TEST(message_store, many_topics_are_kept_apart) {
    TestFolder folder;
    constexpr int topics = 3'000;
    {
        auto store = open_store(folder);
        for (int i = 0; i < 2 * topics; ++i) {
            ASSERT_TRUE(put(*store, fmt::format("t{}", i % topics), 0, {fmt::format("{}", i)}));
        }
    }
    auto store = open_store(folder);
    EXPECT_EQ(store->topics().size(), static_cast<std::size_t>(topics));
    for (int i = 0; i < topics; i += 97) {
        EXPECT_EQ(body_at(*store, fmt::format("t{}", i), 0, 1), fmt::format("{}", i + topics));
    }
}

TEST(message_store, offsets_are_found_by_time) {
    TestFolder folder;
    auto store = open_store(folder);
    using std::chrono::milliseconds;
    EXPECT_EQ(store->search_offset("t", 0, milliseconds(0)), 0);
    ASSERT_TRUE(put(*store, "t", 0, {"a", "b"}));
    std::int64_t first = store->entry("t", 0, 1)->stored_ms;
    while (platform::unix_ms() <= first) {}
    ASSERT_TRUE(put(*store, "t", 0, {"c"}));
    std::int64_t second = store->entry("t", 0, 2)->stored_ms;
    EXPECT_EQ(store->search_offset("t", 0, milliseconds(0)), 0);
    EXPECT_EQ(store->search_offset("t", 0, milliseconds(first)), 0);
    EXPECT_EQ(store->search_offset("t", 0, milliseconds(first + 1)), 2);
    EXPECT_EQ(store->search_offset("t", 0, milliseconds(second)), 2);
    EXPECT_EQ(store->search_offset("t", 0, milliseconds(second + 1)), 3);
    EXPECT_EQ(store->search_offset("t", 0, milliseconds::max()), 3);
}

TEST(message_store, a_forgotten_topic_stays_forgotten) {
    TestFolder folder;
    auto check = [](const MessageStore& store) {
        EXPECT_EQ(store.max_offset("gone", 0), 0);
        EXPECT_EQ(store.max_offset("kept", 0), 1);
        EXPECT_EQ(store.max_offset("again", 0), 1);
        EXPECT_EQ(body_at(store, "again", 0, 0), "new");
        EXPECT_EQ(store.topics().size(), 2u);
    };
    {
        auto store = open_store(folder);
        for (std::string_view topic : {"gone", "again", "kept"}) ASSERT_TRUE(put(*store, topic, 0, {"old"}));
        std::uint64_t bytes = store->bytes();
        ASSERT_TRUE(store->forget("unknown"));
        EXPECT_EQ(store->bytes(), bytes);
        ASSERT_TRUE(store->forget("gone"));
        ASSERT_TRUE(store->forget("again"));
        EXPECT_EQ(put(*store, "again", 0, {"new"})->queue_offset, 0);
        std::string out;
        EXPECT_FALSE(store->read(static_cast<std::int64_t>(bytes), out)) << "a mark is no message";
        check(*store);
    }
    check(*open_store(folder));
}

}  // namespace
}  // namespace outflow::devbroker
