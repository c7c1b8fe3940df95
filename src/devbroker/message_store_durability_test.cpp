// Old segments go, crashes come, disks fill up: what the store keeps then.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test_setting.h"
#include "devbroker/message_store.h"
#include "devbroker/test_folder.h"
#include "platform/file.h"
#include "rocketmq/stored_message.h"

namespace outflow::devbroker {
namespace {

constexpr std::string_view first_segment = "commitlog/00000000000000000000";

std::unique_ptr<MessageStore> open_store(const std::string& folder, std::uint64_t bytes_max = 4'000,
                                         std::uint64_t segment_bytes = 1'000) {
    auto store = MessageStore::open({folder, bytes_max, segment_bytes}, 9876);
    if (!store) ADD_FAILURE() << store.error().context;
    return store ? std::move(*store) : nullptr;
}

Result<Put> put(MessageStore& store, std::string_view topic, const std::vector<std::string>& bodies) {
    PutHeader header;
    header.topic = topic;
    std::vector<NewMessage> messages;
    for (const std::string& body : bodies) messages.push_back({body, "", 0});
    return store.put(header, messages);
}

std::string body_at(const MessageStore& store, std::string_view topic, std::int64_t offset) {
    auto entry = store.entry(topic, 0, offset);
    std::string bytes;
    if (!entry || !store.read(entry->physical_offset, entry->size, bytes)) return "not there";
    return std::string(rocketmq::decode_stored_messages(bytes)->at(0).body);
}

std::size_t segments_in(const TestFolder& folder) {
    std::filesystem::directory_iterator entries(folder / "commitlog");
    return static_cast<std::size_t>(std::distance(entries, {}));
}

TEST(message_store_durability, the_oldest_segments_go_and_offsets_go_on) {
    TestFolder folder;
    std::int64_t least = 0;
    {
        auto store = open_store(folder.path());
        ASSERT_TRUE(put(*store, "rare", {"only one", "and one more"}));
        for (int i = 0; i < 500; ++i) {
            ASSERT_TRUE(put(*store, "busy", {fmt::format("body {}", i)}));
            EXPECT_LE(store->bytes(), 4'000u + 1'000u);
        }
        EXPECT_LE(segments_in(folder), 5u);
        least = store->min_offset("busy", 0);
        EXPECT_GT(least, 400);
        EXPECT_EQ(store->max_offset("busy", 0), 500);
        EXPECT_EQ(store->entry("busy", 0, least - 1), std::nullopt);
        EXPECT_EQ(body_at(*store, "busy", least), fmt::format("body {}", least));
        EXPECT_EQ(store->min_offset("rare", 0), 2);
        EXPECT_EQ(store->search_offset("busy", 0, std::chrono::milliseconds(0)), least);
        std::string bytes;
        EXPECT_EQ(store->read(0, bytes).error().code, ErrorCode::invalid_argument) << "the first segment is gone";
    }
    auto store = open_store(folder.path());
    EXPECT_EQ(store->min_offset("busy", 0), least);
    EXPECT_EQ(store->max_offset("busy", 0), 500);
    EXPECT_EQ(body_at(*store, "busy", 499), "body 499");
    // A queue without messages has kept its place.
    EXPECT_EQ(store->min_offset("rare", 0), 2);
    EXPECT_EQ(store->max_offset("rare", 0), 2);
    EXPECT_EQ(put(*store, "rare", {"x"})->queue_offset, 2);
}

TEST(message_store_durability, a_topic_forgotten_long_ago_does_not_come_back) {
    TestFolder folder;
    auto fill = [](MessageStore& store) {
        for (int i = 0; i < 100; ++i) ASSERT_TRUE(put(store, "busy", {"body"}));
    };
    {
        auto store = open_store(folder.path());
        ASSERT_TRUE(put(*store, "t", {"a", "b"}));
        ASSERT_TRUE(put(*store, "u", {"a"}));
        fill(*store);
        ASSERT_TRUE(store->forget("t"));
        ASSERT_TRUE(store->forget("u"));
        EXPECT_EQ(put(*store, "t", {"c"})->queue_offset, 0);
    }
    {
        auto store = open_store(folder.path());
        EXPECT_EQ(store->max_offset("t", 0), 1);
        EXPECT_EQ(store->max_offset("u", 0), 0);
        fill(*store);
    }
    auto store = open_store(folder.path());
    EXPECT_EQ(store->min_offset("t", 0), 1);
    EXPECT_EQ(store->max_offset("t", 0), 1);
    EXPECT_EQ(store->max_offset("u", 0), 0);
}

TEST(message_store_durability, a_put_stays_in_one_segment) {
    TestFolder folder;
    auto store = open_store(folder.path(), 1'000'000, 1'000);
    ASSERT_TRUE(put(*store, "t", std::vector<std::string>(50, "body")));
    ASSERT_TRUE(put(*store, "t", {"next"}));
    EXPECT_EQ(segments_in(folder), 2u);
    auto first = store->entry("t", 0, 0);
    auto last = store->entry("t", 0, 49);
    std::string bytes;
    ASSERT_TRUE(store->read(0, static_cast<std::uint32_t>(last->physical_offset) + last->size, bytes));
    EXPECT_EQ(rocketmq::decode_stored_messages(bytes)->size(), 50u);
    EXPECT_FALSE(store->read(first->physical_offset, static_cast<std::uint32_t>(store->bytes()), bytes));
}

TEST(message_store_durability, a_torn_message_at_the_end_is_cut_off) {
    TestFolder folder;
    std::string whole;
    std::size_t kept = 0;
    {
        auto store = open_store(folder.path());
        ASSERT_TRUE(put(*store, "t", {"one", "two"}));
        kept = store->bytes();
        ASSERT_TRUE(put(*store, "t", {"the last one"}));
    }
    std::string path = folder / std::string(first_segment);
    whole = platform::read_file(path, 10'000).value();
    for (std::size_t size = kept; size < whole.size(); ++size) {
        // Cut there; and with zeros behind, as a file system may leave it.
        std::string cut = whole.substr(0, size);
        for (const std::string& bytes : {cut, cut + std::string(whole.size() - size, '\0')}) {
            if (bytes == whole) continue;
            ASSERT_TRUE(platform::write_file_atomically(path, bytes));
            auto store = open_store(folder.path());
            EXPECT_EQ(store->max_offset("t", 0), 2) << size;
            EXPECT_EQ(store->bytes(), kept);
            EXPECT_EQ(put(*store, "t", {"new"})->queue_offset, 2);
            EXPECT_EQ(body_at(*store, "t", 2), "new");
        }
    }
}

TEST(message_store_durability, damage_of_the_last_message_is_seen) {
    TestFolder folder;
    std::size_t kept = 0;
    {
        auto store = open_store(folder.path());
        ASSERT_TRUE(put(*store, "t", {"one"}));
        kept = store->bytes();
        ASSERT_TRUE(put(*store, "t", {"the last one"}));
    }
    std::string path = folder / std::string(first_segment);
    std::string whole = platform::read_file(path, 10'000).value();
    std::size_t body_at = whole.find("the last one");
    for (std::size_t at : {kept, kept + 4, kept + 8, kept + 12, kept + 20, kept + 28, body_at, body_at + 11}) {
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x80);
        ASSERT_TRUE(platform::write_file_atomically(path, bytes));
        EXPECT_EQ(open_store(folder.path())->max_offset("t", 0), 1) << at;
    }
}

TEST(message_store_durability, damage_before_the_last_segment_is_told) {
    TestFolder folder;
    std::size_t message_bytes = 0;
    {
        auto store = open_store(folder.path());
        for (int i = 0; i < 20; ++i) ASSERT_TRUE(put(*store, "t", {"body"}));
        message_bytes = store->entry("t", 0, 0)->size;
        ASSERT_GE(segments_in(folder), 2u);
    }
    std::string path = folder / std::string(first_segment);
    std::string whole = platform::read_file(path, 10'000).value();
    auto error_with = [&](const std::string& bytes) {
        EXPECT_TRUE(platform::write_file_atomically(path, bytes));
        auto store = MessageStore::open({folder.path(), 4'000, 1'000}, 9876);
        return store ? "none" : store.error().context;
    };
    EXPECT_EQ(error_with(whole), "none");
    EXPECT_EQ(error_with(whole.substr(0, whole.size() - 1)),
              fmt::format("{} is damaged at byte {}; delete the store's folder to start anew", path,
                          whole.size() - message_bytes));
    EXPECT_NE(error_with("").find("does not end where the next segment begins"), std::string::npos);
    EXPECT_NE(error_with(whole + whole).find("is damaged at byte"), std::string::npos);
}

// A folder whose log holds one message of topic t, queue 0, at that offset.
void write_log(const TestFolder& folder, std::int64_t queue_offset) {
    const std::string host(8, '\1');
    rocketmq::StoredMessage message;
    message.topic = "t";
    message.queue_offset = queue_offset;
    message.body = "found";
    message.body_crc = rocketmq::body_crc(message.body);
    message.born_host = message.store_host = host;
    std::string bytes;
    rocketmq::append_stored_message(bytes, message);
    std::filesystem::create_directories(folder / "commitlog");
    ASSERT_TRUE(platform::write_file_atomically(folder / std::string(first_segment), bytes));
}

TEST(message_store_durability, what_would_not_be_read_again_for_its_offset_is_refused) {
    constexpr std::int64_t last = MessageStore::queue_offset_max;
    TestFolder folder;
    write_log(folder, last - 2);
    {
        auto store = open_store(folder.path());
        ASSERT_EQ(store->max_offset("t", 0), last - 1);
        std::uint64_t before = store->bytes();
        auto refused = put(*store, "t", {"a", "b", "c"});
        ASSERT_FALSE(refused) << "the third has no place, so none is stored";
        EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ(store->bytes(), before);
        EXPECT_EQ(put(*store, "t", {"a", "b"})->queue_offset, last - 1);
        EXPECT_FALSE(put(*store, "t", {"c"}));
        EXPECT_TRUE(put(*store, "u", {"other queues go on"}));
    }
    auto store = open_store(folder.path());
    EXPECT_EQ(store->max_offset("t", 0), last + 1);
    EXPECT_EQ(body_at(*store, "t", last), "b");
    EXPECT_EQ(store->max_offset("u", 0), 1) << "nothing behind the full queue's messages was cut off";
    EXPECT_FALSE(put(*store, "t", {"c"}));
}

TEST(message_store_durability, an_offset_above_the_last_one_counts_as_damage) {
    for (std::int64_t offset : {MessageStore::queue_offset_max + 1, std::numeric_limits<std::int64_t>::max()}) {
        TestFolder folder;
        write_log(folder, offset);
        auto store = open_store(folder.path());
        EXPECT_EQ(store->bytes(), 0u);
        EXPECT_EQ(put(*store, "t", {"a"})->queue_offset, 0);
    }
}

TEST(message_store_durability, a_queue_that_goes_on_above_the_last_offset_takes_nothing) {
    for (std::int64_t end : {MessageStore::queue_offset_max + 1, std::numeric_limits<std::int64_t>::max()}) {
        TestFolder folder;
        auto ends = fmt::format(R"({{"offsets":[{{"group":"log","topic":"t","queue":0,"offset":{}}}]}})", end);
        ASSERT_TRUE(platform::write_file_atomically(folder / "queue_ends.json", ends));
        auto store = open_store(folder.path());
        EXPECT_EQ(store->max_offset("t", 0), end);
        EXPECT_FALSE(put(*store, "t", {"a"}));
        EXPECT_FALSE(put(*store, "t", {"a", "b"}));
        EXPECT_EQ(store->bytes(), 0u);
    }
}

TEST(message_store_durability, folders_that_cannot_be_used_are_told) {
    TestFolder folder;
    ASSERT_TRUE(platform::write_file_atomically(folder / "file", "x"));
    EXPECT_EQ(MessageStore::open({.folder = folder / "file"}, 1).error().code, ErrorCode::file_error);
    ASSERT_TRUE(std::filesystem::create_directories(folder / "a/commitlog/00000000000000000000"));
    EXPECT_EQ(MessageStore::open({.folder = folder / "a"}, 1).error().code, ErrorCode::file_error);
    ASSERT_TRUE(std::filesystem::create_directories(folder / "b/commitlog"));
    ASSERT_TRUE(platform::write_file_atomically(folder / "b/queue_ends.json", "{"));
    EXPECT_EQ(MessageStore::open({.folder = folder / "b"}, 1).error().code, ErrorCode::invalid_argument);
    ASSERT_TRUE(std::filesystem::create_directories(folder / "c/commitlog/other"));
    ASSERT_TRUE(platform::write_file_atomically(folder / "c/commitlog/99999999999999999999", "x"));
    EXPECT_TRUE(MessageStore::open({.folder = folder / "c"}, 1)) << "other files are left alone";
}

TEST(message_store_durability, a_put_that_fails_half_way_leaves_nothing) {
    TestFolder folder;
    std::int64_t after_failures = 0;
    {
        auto store = open_store(folder.path(), 1'000'000, 1'000'000);
        ASSERT_TRUE(put(*store, "t", {"kept"}));
        std::uint64_t kept = store->bytes();
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit before{};
        ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
        for (rlim_t limit = kept; limit < kept + 200; limit += 7) {
            const rlimit small{.rlim_cur = limit, .rlim_max = before.rlim_max};
            ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
            auto failed = put(*store, "t", {"does not fit", "does not fit either"});
            ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
            ASSERT_FALSE(failed) << limit;
            EXPECT_EQ(failed.error().code, ErrorCode::file_error);
            EXPECT_EQ(store->bytes(), kept);
            EXPECT_EQ(store->max_offset("t", 0), 1);
        }
        auto done = put(*store, "t", {"then"});
        ASSERT_TRUE(done);
        after_failures = done->queue_offset;
    }
    EXPECT_EQ(after_failures, 1);
    auto store = open_store(folder.path(), 1'000'000, 1'000'000);
    EXPECT_EQ(store->max_offset("t", 0), 2);
    EXPECT_EQ(body_at(*store, "t", 1), "then");
}

// The child stores numbered messages and reports each put that has returned; then it is killed.
[[noreturn]] void put_until_killed(const std::string& folder, int report, std::int64_t from) {
    auto store = open_store(folder, 1'000'000'000, 100'000);
    for (std::int64_t number = from;; ++number) {
        std::string body = fmt::format("{:0{}}", number, 20 + number % 3'000);
        if (!store || !put(*store, "t", {body})) ::_exit(1);
        if (::write(report, &number, sizeof(number)) != sizeof(number)) ::_exit(2);
    }
}

TEST(message_store_durability, a_killed_process_loses_nothing_that_it_has_put) {
    TestFolder folder;
    const TestSeed seed;
    std::mt19937 random(seed.value);
    std::int64_t stored = 0;
    for (int round = 0; round < 20; ++round) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) put_until_killed(folder.path(), ends[1], stored);
        ::close(ends[1]);
        std::int64_t last = -1;
        auto reports = std::uniform_int_distribution<int>(1, 500)(random);
        for (int i = 0; i < reports; ++i) ASSERT_EQ(::read(ends[0], &last, sizeof(last)), ssize_t{sizeof(last)});
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        while (::read(ends[0], &last, sizeof(last)) == ssize_t{sizeof(last)}) {}
        ::close(ends[0]);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed by itself: " << status;
        auto store = open_store(folder.path(), 1'000'000'000, 100'000);
        ASSERT_TRUE(store);
        EXPECT_GE(store->max_offset("t", 0), last + 1);
        EXPECT_LE(store->max_offset("t", 0), last + 2) << "one put may not have been reported";
        for (std::int64_t offset = stored; offset <= last; ++offset) {
            std::string body = body_at(*store, "t", offset);
            ASSERT_EQ(std::stoll(body), offset);
        }
        stored = store->max_offset("t", 0);
    }
}

}  // namespace
}  // namespace outflow::devbroker
