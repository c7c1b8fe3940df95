#include "store/database.h"

#include <csignal>
#include <cstdio>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "platform/file.h"
#include "store/audit.h"
#include "store/catalog.h"
#include "store/sessions.h"
#include "store/statement.h"
#include "store/store_rig.h"

namespace outflow::store {
namespace {

class DatabaseTest : public StoreTest {
protected:
    std::size_t tasks() { return Catalog(*database).tasks()->size(); }
    std::int64_t number(std::string_view sql) {
        const auto first = [](const Statement& row) { return row.number(0); };
        return read_row(*database, sql, first)->value();
    }
    unsigned mode(std::string_view name) const {
        struct stat facts {};
        return ::stat(path(name).c_str(), &facts) == 0 ? facts.st_mode & 07777U : 0;
    }
    // Two tables are changed; fails with `sentence`, and nothing was.
    void expect_nothing_changes(const std::string& sentence) {
        Catalog catalog(*database);
        Audit audit(*database);
        const std::size_t before = tasks();
        const std::int64_t revision = number("SELECT revision FROM meta");
        const Status done = database->transact([&]() -> Status {
            if (Status added = audit.add({.who = "eve", .action = "create"}); !added) return added;
            if (auto put = catalog.put_task("large", std::string(1'000'000, 'x')); !put) return failed(put.error());
            return {};
        });
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, ErrorCode::file_error);
        EXPECT_EQ(done.error().context, sentence);
        EXPECT_EQ(tasks(), before);
        EXPECT_TRUE(audit.find({})->empty());
        EXPECT_EQ(number("SELECT revision FROM meta"), revision);
    }
};

TEST_F(DatabaseTest, its_files_are_the_owners_alone) {
    const mode_t before = ::umask(0);
    open();
    ASSERT_TRUE(Catalog(*database).put_task("a", "{}"));
    EXPECT_EQ(mode("outflow.db"), 0600U);
    EXPECT_EQ(mode("outflow.db-wal"), 0600U);
    EXPECT_TRUE(database->copy_to(path("copy.db")));
    EXPECT_EQ(mode("copy.db"), 0600U);
    database.reset();
    ASSERT_EQ(::chmod(path().c_str(), 0644), 0);  // as a restored copy may be
    open();
    ASSERT_TRUE(Catalog(*database).put_task("a", "{}"));
    ::umask(before);
    EXPECT_EQ(mode("outflow.db"), 0600U);
    EXPECT_EQ(mode("outflow.db-wal"), 0600U);
}

TEST_F(DatabaseTest, it_is_as_safe_as_it_says) {
    open();
    EXPECT_EQ(number("PRAGMA synchronous"), 2);
    EXPECT_EQ(number("PRAGMA foreign_keys"), 1);
    EXPECT_EQ(number("PRAGMA trusted_schema"), 0);
    const auto text = [](const Statement& row) { return row.text(0); };
    EXPECT_EQ(**read_row(*database, "PRAGMA journal_mode", text), "wal");
    EXPECT_EQ(**read_row(*database, "PRAGMA locking_mode", text), "exclusive");
    EXPECT_EQ(
        number(
            "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite%' AND strict = 0"),
        0);
    EXPECT_FALSE(platform::exists(path("outflow.db-shm"))) << "no second connection can have a part in the log";
}

TEST_F(DatabaseTest, the_installation_id_stays_until_it_is_renewed) {
    const std::string id = open().installation_id();
    EXPECT_EQ(id.size(), 16U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << id;
    EXPECT_EQ(open().installation_id(), id);
    EXPECT_NE(open("other.db").installation_id(), id);
    open();
    EXPECT_TRUE(database->renew_installation_id());
    const std::string renewed = database->installation_id();
    EXPECT_EQ(renewed.size(), 16U);
    EXPECT_NE(renewed, id);
    EXPECT_EQ(open().installation_id(), renewed);
}

TEST_F(DatabaseTest, an_exception_undoes_its_transaction_and_no_later_one) {
    Catalog catalog(open());
    EXPECT_THROW(static_cast<void>(database->transact([&]() -> Status {
                     EXPECT_TRUE(catalog.put_task("a", "{}"));
                     throw std::bad_alloc();
                 })),
                 std::bad_alloc);
    EXPECT_TRUE(catalog.put_task("b", "{}"));
    EXPECT_EQ(open().installation_id().size(), 16U);
    EXPECT_EQ(tasks(), 1U);
}

TEST_F(DatabaseTest, a_transaction_is_all_or_nothing) {
    Catalog catalog(open());
    EXPECT_TRUE(database->transact([&]() -> Status {
        if (auto put = catalog.put_task("a", "{}"); !put) return failed(put.error());
        return Sessions(*database).put({.address = "h", .client_id = "a", .task = "a", .definition = "{}"});
    }));
    EXPECT_EQ(tasks(), 1U);
    const Status done = database->transact([&]() -> Status {
        EXPECT_TRUE(catalog.put_task("b", "{}"));
        EXPECT_TRUE(catalog.remove_task("a"));
        return failed(ErrorCode::task_invalid, "changed my mind");
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::task_invalid);
    EXPECT_EQ(done.error().context, "changed my mind");
    ASSERT_EQ(tasks(), 1U);
    EXPECT_EQ(catalog.tasks()->front().name, "a");
}

TEST_F(DatabaseTest, an_inner_transaction_is_a_part_of_the_outer_one) {
    Catalog catalog(open());
    const auto put = [&](const char* name) {
        return database->transact([&]() -> Status {
            const auto done = catalog.put_task(name, "{}");
            return done ? Status() : failed(done.error());
        });
    };
    EXPECT_FALSE(database->transact([&]() -> Status {
        EXPECT_TRUE(put("a"));
        return failed(ErrorCode::closed, "the outer one fails");
    }));
    EXPECT_EQ(tasks(), 0U);
    const Status done = database->transact([&]() -> Status {
        EXPECT_TRUE(put("a"));
        EXPECT_FALSE(database->transact([] { return Status(failed(ErrorCode::closed, "the inner one fails")); }));
        EXPECT_FALSE(put("b")) << "nothing more is done";
        return {};  // as if nothing had been
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().context, "the inner one fails");
    EXPECT_EQ(tasks(), 0U);
    EXPECT_TRUE(put("c"));
    EXPECT_EQ(tasks(), 1U);
}

TEST_F(DatabaseTest, a_full_disk_changes_nothing) {
    open();
    ASSERT_TRUE(Catalog(*database).put_task("a", "{}"));
    ASSERT_TRUE(execute(*database, "PRAGMA max_page_count = 40"));
    const std::string sentence = "nothing was changed: the disk that holds " + path() + " is full; free space on it";
    expect_nothing_changes(sentence);
    // Also when nobody looks at the error, and more is written behind it.
    Catalog catalog(*database);
    const Status done = database->transact([&]() -> Status {
        EXPECT_TRUE(catalog.remove_task("a"));
        EXPECT_FALSE(catalog.put_task("large", std::string(1'000'000, 'x')));
        EXPECT_FALSE(catalog.put_task("b", "{}"));
        return {};
    });
    EXPECT_EQ(done.error().context, sentence);
    EXPECT_EQ(tasks(), 1U);
    ASSERT_TRUE(execute(*database, "PRAGMA max_page_count = 100000"));
    EXPECT_TRUE(catalog.put_task("large", std::string(1'000'000, 'x')));
    open();
    EXPECT_EQ(tasks(), 2U);
}

TEST_F(DatabaseTest, a_commit_that_cannot_be_written_changes_nothing) {
    open();
    ASSERT_TRUE(Catalog(*database).put_task("a", "{}"));
    // No file may grow beyond 256 KiB: the log takes a part of the transaction before it fails.
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{.rlim_cur = 256 * 1024, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    expect_nothing_changes("nothing was changed: the disk that holds " + path() +
                           " does not do its work (disk I/O error); free space on it if it is full, else look "
                           "into the system's log");
    EXPECT_TRUE(Catalog(*database).put_task("b", "{}")) << "small changes still fit";
    open();
    EXPECT_EQ(tasks(), 2U);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_TRUE(Catalog(*database).put_task("large", std::string(1'000'000, 'x')));
    open();
    EXPECT_EQ(tasks(), 3U);
}

TEST_F(DatabaseTest, a_copy_has_everything) {
    open();
    ASSERT_TRUE(Catalog(*database).put_task("a", R"({"x":1})"));
    ASSERT_TRUE(Audit(*database).add({.who = "eve", .action = "create"}));
    const std::string id = database->installation_id();
    ASSERT_TRUE(database->copy_to(path("copy.db")));
    EXPECT_TRUE(Catalog(*database).put_task("b", "{}")) << "the database goes on";
    const std::string original = path();
    EXPECT_EQ(database->copy_to(path("copy.db")).error().context,
              "copy " + original + " to " + path("copy.db") + ": that exists already");
    const Status nowhere = database->copy_to(path("none/copy.db"));
    ASSERT_FALSE(nowhere);
    EXPECT_NE(nowhere.error().context.find("No such file or directory"), std::string::npos) << nowhere.error().context;

    open("copy.db");
    EXPECT_EQ(database->installation_id(), id);
    ASSERT_EQ(tasks(), 1U);
    EXPECT_EQ(Catalog(*database).tasks()->front().definition, R"({"x":1})");
    EXPECT_EQ(Audit(*database).find({})->size(), 1U);
    EXPECT_GT(Catalog(*database).put_task("b", "{}")->revision, 1);
    database.reset();
    EXPECT_EQ(*platform::list_folder(folder), (std::vector<std::string>{"copy.db", "outflow.db"}))
        << "something was left";
}

TEST_F(DatabaseTest, a_copy_that_fails_leaves_nothing) {
    open();
    ASSERT_TRUE(Catalog(*database).put_task("large", std::string(1'000'000, 'x')));
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{.rlim_cur = 256 * 1024, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const Status copied = database->copy_to(path("copy.db"));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_FALSE(copied);
    EXPECT_TRUE(copied.error().context.starts_with("copy " + path() + " to " + path("copy.db") + ": disk I/O error"))
        << copied.error().context;
    EXPECT_EQ(tasks(), 1U);
    EXPECT_EQ(*platform::list_folder(folder), (std::vector<std::string>{"outflow.db", "outflow.db-wal"}));
}

}  // namespace
}  // namespace outflow::store
