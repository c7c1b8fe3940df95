// What a database is opened from: another version, another program, another process, a damaged disk, a process that died.
#include <algorithm>
#include <array>
#include <chrono>
#include <random>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test_setting.h"
#include "platform/file.h"
#include "store/audit.h"
#include "store/catalog.h"
#include "store/statement.h"
#include "store/store_rig.h"

namespace outflow::store {
namespace {

// Runs in a child process, which then ends.
template <class Function>
pid_t run_in_child(Function function) {
    const pid_t child = ::fork();
    if (child == 0) {
        function();
        ::_exit(0);
    }
    return child;
}

struct Pipe {
    Pipe() { EXPECT_EQ(::pipe(ends.data()), 0); }
    ~Pipe() {
        for (const int end : ends) ::close(end);
    }
    void write(std::int32_t number) const {
        EXPECT_EQ(::write(ends[1], &number, sizeof number), ssize_t{sizeof number});
    }
    // The next number; 0 at the end, when all writers are closed.
    std::int32_t read() const {
        std::int32_t number = 0;
        return ::read(ends[0], &number, sizeof number) == ssize_t{sizeof number} ? number : 0;
    }
    void close_writer() { ::close(std::exchange(ends[1], -1)); }

    std::array<int, 2> ends{};
};

class OpeningTest : public StoreTest {
protected:
    // By SQLite itself, as somebody else would.
    void execute_outside(const std::string& sql) const {
        sqlite3* other = nullptr;
        ASSERT_EQ(::sqlite3_open(path().c_str(), &other), SQLITE_OK);
        EXPECT_EQ(::sqlite3_exec(other, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << ::sqlite3_errmsg(other);
        ::sqlite3_close(other);
    }
    // The oldest first.
    std::vector<AuditEntry> all_entries() {
        std::vector<AuditEntry> all;
        while (true) {
            const std::int64_t before = all.empty() ? 0 : all.back().number;
            const auto page = *Audit(*database).find({.before = before, .limit = Audit::find_max});
            if (page.empty()) break;
            all.insert(all.end(), page.begin(), page.end());
        }
        std::reverse(all.begin(), all.end());
        return all;
    }
    std::string in_use() const {
        return "the database " + path() +
               " is in use by another process; stop that one, or ask the server that has it instead of the file";
    }
};

TEST_F(OpeningTest, a_newer_version_is_refused) {
    open();
    database.reset();
    execute_outside("PRAGMA user_version = 99");
    EXPECT_EQ(refusal(),
              "open " + path() +
                  ": it has version 99, and this Outflow knows none above version 2; run the Outflow that has "
                  "written it, or a newer one");
    execute_outside("PRAGMA user_version = 2");
    open();
}

TEST_F(OpeningTest, a_database_of_another_program_is_refused_and_stays_as_it_was) {
    execute_outside("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    const std::string before = *platform::read_file(path(), 1'000'000);
    EXPECT_EQ(refusal(), "open " + path() + ": it is a database of another program; give another path");
    EXPECT_EQ(*platform::read_file(path(), 1'000'000), before);
    std::filesystem::remove(path());
    execute_outside("PRAGMA application_id = 1");
    EXPECT_EQ(refusal(), "open " + path() + ": it is a database of another program; give another path");
}

TEST_F(OpeningTest, paths_that_lead_to_no_database_are_refused) {
    EXPECT_TRUE(refusal("none/outflow.db").ends_with("No such file or directory"));
    std::filesystem::create_directory(path("folder"));
    EXPECT_TRUE(refusal("folder").starts_with("the database " + path("folder") + " cannot be opened for writing ("))
        << refusal("folder");
    ASSERT_TRUE(platform::write_file_atomically(path(), std::string(5'000, 'x')));
    EXPECT_EQ(refusal(),
              "the database " + path() + " is damaged (file is not a database); put it aside and restore a copy of it");
    EXPECT_EQ(platform::read_file(path(), 10'000)->size(), 5'000U);
}

TEST_F(OpeningTest, a_name_is_a_file_whatever_sqlite_makes_of_it) {
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder);
    for (const char* name : {":memory:", "file:x?mode=memory"}) {
        EXPECT_TRUE(Database::open(name)) << name;
        EXPECT_GT(std::filesystem::file_size(path(name)), 0U) << name;
    }
    std::filesystem::current_path(before);
}

TEST_F(OpeningTest, a_second_connection_of_this_process_is_refused) {
    open();
    EXPECT_EQ(refusal(), in_use());
    EXPECT_TRUE(Catalog(*database).put_task("a", "{}"));
    EXPECT_EQ(refusal(), in_use());
    open();
    EXPECT_EQ(Catalog(*database).tasks()->size(), 1U);
}

TEST_F(OpeningTest, another_process_has_it_alone) {
    open();  // so that it exists, with a log or without
    database.reset();
    Pipe opened;
    Pipe done;
    const pid_t child = run_in_child([&] {
        const auto held = Database::open(path());
        opened.write(held ? 1 : -1);
        done.close_writer();
        done.read();
    });
    ASSERT_EQ(opened.read(), 1);
    EXPECT_EQ(refusal(), in_use());
    EXPECT_EQ(refusal(), in_use()) << "a refused attempt takes no lock away";
    done.close_writer();
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    open();
}

TEST_F(OpeningTest, a_damaged_file_is_refused) {
    {
        Catalog catalog(open());
        for (int i = 0; i < 200; ++i) ASSERT_TRUE(catalog.put_task("task " + std::to_string(i), std::string(200, 'x')));
        database.reset();
    }
    std::string bytes = *platform::read_file(path(), 10'000'000);
    ASSERT_GT(bytes.size(), 20 * 4096U);
    const std::size_t page = bytes.size() / 4096 / 2 * 4096;
    for (std::size_t i = page; i < page + 64; ++i) bytes[i] = static_cast<char>(~bytes[i]);
    ASSERT_TRUE(platform::write_file_atomically(path(), bytes));
    const std::string sentence = refusal();
    EXPECT_TRUE(sentence.starts_with("the database " + path() + " is damaged (")) << sentence;
    EXPECT_TRUE(sentence.ends_with("; put it aside and restore a copy of it")) << sentence;
    EXPECT_EQ(*platform::read_file(path(), 10'000'000), bytes) << "it is not made worse";
}

// Change n puts a definition and an entry of the audit log, both with n, and is reported when its transaction has come to its end.
void change_and_report(const std::string& path, const Pipe& reports) {
    auto database = std::move(Database::open(path)).value();
    Catalog catalog(*database);
    Audit audit(*database);
    const std::vector<AuditEntry> before = *audit.find({.limit = 1});
    std::int32_t n = before.empty() ? 0 : std::stoi(before.front().name);
    while (true) {
        ++n;
        const Status done = database->transact([&]() -> Status {
            const std::string text = std::to_string(n);
            if (auto put = catalog.put_task("press", text + std::string(10'000, ' ')); !put) return failed(put.error());
            AuditEntry entry;
            entry.name = text;
            return audit.add(entry);
        });
        if (!done) return;
        reports.write(n);
    }
}

TEST_F(OpeningTest, what_was_reported_survives_a_kill_at_any_moment) {
    const TestSeed seed;
    std::mt19937 random(seed.value);
    std::int32_t all = 0;
    for (std::size_t round = 0; round < test_rounds(12); ++round) {
        Pipe reports;
        const pid_t child = run_in_child([&] { change_and_report(path(), reports); });
        reports.close_writer();
        std::int32_t last = all;
        for (auto more = 1 + random() % 40; more > 0; --more) last = reports.read();
        const auto moment = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 2'000);
        while (std::chrono::steady_clock::now() < moment) {}
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself";
        while (const std::int32_t reported = reports.read()) last = reported;
        ASSERT_GT(last, all);

        open();
        const std::vector<AuditEntry> entries = all_entries();
        all = static_cast<std::int32_t>(entries.size());
        EXPECT_GE(all, last) << "a reported change is lost";
        EXPECT_LE(all, last + 1);
        for (std::size_t i = 0; i < entries.size(); ++i) ASSERT_EQ(entries[i].name, std::to_string(i + 1));
        const std::vector<StoredTask> tasks = *Catalog(*database).tasks();
        ASSERT_EQ(tasks.size(), 1U);
        EXPECT_EQ(std::stoi(tasks[0].definition), all) << "half a change";
        EXPECT_EQ(tasks[0].revision, all);
        database.reset();
    }
}

}  // namespace
}  // namespace outflow::store
