#include "store/audit.h"

#include <gtest/gtest.h>

#include "store/statement.h"
#include "store/store_rig.h"

namespace outflow::store {
namespace {

using AuditTest = StoreTest;

AuditEntry entry(std::string who, std::string kind, std::string name) {
    return {.who = std::move(who),
            .key = "k1",
            .from = "[::1]:5000",
            .action = "change",
            .kind = std::move(kind),
            .name = std::move(name),
            .difference = R"([{"pointer":"/filter","before":null,"after":1}])"};
}

std::vector<std::int64_t> numbers(const Result<std::vector<AuditEntry>>& entries) {
    std::vector<std::int64_t> found;
    for (const AuditEntry& each : entries.value()) found.push_back(each.number);
    return found;
}

TEST_F(AuditTest, entries_are_found_from_the_newest_and_by_what_they_say) {
    {
        Audit audit(open());
        EXPECT_TRUE(audit.find({})->empty());
        for (const char* name : {"press", "oven", "press"}) ASSERT_TRUE(audit.add(entry("eve", "task", name)));
        ASSERT_TRUE(audit.add(entry("adam", "instance", "press")));
    }
    Audit audit(open());
    EXPECT_EQ(numbers(audit.find({})), (std::vector<std::int64_t>{4, 3, 2, 1}));
    EXPECT_EQ(numbers(audit.find({.limit = 2})), (std::vector<std::int64_t>{4, 3}));
    EXPECT_EQ(numbers(audit.find({.before = 3, .limit = 1})), (std::vector<std::int64_t>{2}));
    EXPECT_EQ(numbers(audit.find({.kind = "task", .name = "press"})), (std::vector<std::int64_t>{3, 1}));
    EXPECT_EQ(numbers(audit.find({.who = "adam"})), (std::vector<std::int64_t>{4}));
    EXPECT_TRUE(audit.find({.who = "' OR 1 --"})->empty());
    EXPECT_TRUE(audit.find({.limit = 0})->empty());
    const AuditEntry last = audit.find({.limit = 1})->front();
    EXPECT_TRUE(is_time(last.at)) << last.at;
    EXPECT_EQ(last.who, "adam");
    EXPECT_EQ(last.key, "k1");
    EXPECT_EQ(last.from, "[::1]:5000");
    EXPECT_EQ(last.action, "change");
    EXPECT_EQ(last.kind, "instance");
    EXPECT_EQ(last.name, "press");
    EXPECT_EQ(last.difference, R"([{"pointer":"/filter","before":null,"after":1}])");
}

TEST_F(AuditTest, the_oldest_are_dropped_at_the_limit) {
    Audit audit(open());
    ASSERT_TRUE(execute(*database,
                        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                        "INSERT INTO audit SELECT i, '', 'eve', '', '', '', 'task', '', '' FROM n",
                        Audit::entries_max - 1));
    // One that is rolled back leaves no gap in the numbers.
    EXPECT_FALSE(database->transact([&]() -> Status {
        if (Status added = audit.add(entry("eve", "task", "none")); !added) return added;
        return failed(ErrorCode::closed, "changed my mind");
    }));
    ASSERT_TRUE(audit.add(entry("eve", "task", "last of the first")));
    const auto count = [&] {
        const auto first = [](const Statement& row) { return row.number(0); };
        return read_row(*database, "SELECT count(*) FROM audit", first)->value();
    };
    EXPECT_EQ(count(), static_cast<std::int64_t>(Audit::entries_max));
    ASSERT_TRUE(audit.add(entry("eve", "task", "one more")));
    ASSERT_TRUE(audit.add(entry("eve", "task", "two more")));
    EXPECT_EQ(count(), static_cast<std::int64_t>(Audit::entries_max));
    EXPECT_EQ(numbers(audit.find({.before = 5})), (std::vector<std::int64_t>{4, 3}));
    EXPECT_EQ(audit.find({.limit = 1})->front().name, "two more");
    EXPECT_EQ(audit.find({.limit = 1'000'000})->size(), Audit::find_max);
}

}  // namespace
}  // namespace outflow::store
