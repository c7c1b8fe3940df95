#include "devbroker/offsets.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "devbroker/test_folder.h"
#include "platform/file.h"

namespace outflow::devbroker {
namespace {

TEST(offsets, what_was_saved_is_there_after_opening_again) {
    TestFolder folder;
    std::string path = folder / "offsets.json";
    {
        auto table = OffsetTable::open(path);
        ASSERT_TRUE(table);
        EXPECT_FALSE(table->is_dirty());
        EXPECT_EQ(table->find("g", "t", 0), std::nullopt);
        EXPECT_TRUE(table->set("g", "t", 0, 5));
        EXPECT_TRUE(table->set("g", "t", 1, 7));
        EXPECT_TRUE(table->set("%RETRY%\"g\"", "", 2'147'483'647, std::int64_t{1} << 60));
        EXPECT_TRUE(table->is_dirty());
        EXPECT_TRUE(table->save());
        EXPECT_FALSE(table->is_dirty());
        EXPECT_TRUE(table->set("g", "t", 0, 5));
        EXPECT_FALSE(table->is_dirty()) << "nothing has changed";
        EXPECT_TRUE(table->set("g", "t", 0, 4));
        EXPECT_TRUE(table->is_dirty());
    }
    auto table = OffsetTable::open(path);
    ASSERT_TRUE(table) << table.error().context;
    EXPECT_EQ(table->find("g", "t", 0), 5);
    EXPECT_EQ(table->find("g", "t", 1), 7);
    EXPECT_EQ(table->find("%RETRY%\"g\"", "", 2'147'483'647), std::int64_t{1} << 60);
    EXPECT_EQ(table->find("g", "t", 2), std::nullopt);
    table->forget_topic("t");
    EXPECT_TRUE(table->is_dirty());
    EXPECT_EQ(table->all().size(), 1u);
}

TEST(offsets, the_table_is_bounded) {
    TestFolder folder;
    auto table = OffsetTable::open(folder / "offsets.json");
    ASSERT_TRUE(table);
    for (std::int32_t i = 0; i < 100'000; ++i) ASSERT_TRUE(table->set("group", "topic", i, i));
    EXPECT_EQ(table->set("group", "topic", 100'000, 1).error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(table->set("group", "topic", 7, 9)) << "one that is there can still be changed";
    EXPECT_TRUE(table->save());
    EXPECT_EQ(OffsetTable::open(folder / "offsets.json")->find("group", "topic", 99'999), 99'999);
    EXPECT_FALSE(table->set("group", "topic", -1, 1));
    EXPECT_FALSE(table->set("group", "topic", 0, -1));
    EXPECT_FALSE(table->set(std::string(256, 'g'), "topic", 0, 1));
}

TEST(offsets, files_that_cannot_be_understood_are_refused) {
    TestFolder folder;
    std::string path = folder / "offsets.json";
    for (const char* text : {"", "{", "[]", R"({"offsets":{}})", R"({"offsets":[{"queue":-1,"offset":1}]})",
                             R"({"offsets":[{"queue":1,"offset":-1}]})", R"({"offsets":[7]})", R"({"offsets":[]} x)",
                             R"({"offsets":[{"queue":4294967296,"offset":1}]})"}) {
        ASSERT_TRUE(platform::write_file_atomically(path, text));
        auto table = OffsetTable::open(path);
        ASSERT_FALSE(table) << text;
        EXPECT_EQ(table.error().code, ErrorCode::invalid_argument);
        EXPECT_TRUE(table.error().context.starts_with(path)) << table.error().context;
    }
    ASSERT_TRUE(platform::write_file_atomically(path, R"({"future":{"a":[1]},"offsets":[]})"));
    EXPECT_TRUE(OffsetTable::open(path));
}

TEST(offsets, a_folder_that_cannot_be_written_is_an_error) {
    TestFolder folder;
    auto table = OffsetTable::open(folder / "none/offsets.json");
    ASSERT_TRUE(table);
    ASSERT_TRUE(table->set("g", "t", 0, 1));
    EXPECT_EQ(table->save().error().code, ErrorCode::file_error);
    EXPECT_TRUE(table->is_dirty());
    EXPECT_EQ(OffsetTable::open(folder.path()).error().code, ErrorCode::file_error);
}

}  // namespace
}  // namespace outflow::devbroker
