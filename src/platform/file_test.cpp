#include "platform/file.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/process.h"
#include "platform/secret.h"

namespace outflow::platform {
namespace {

class FileTest : public ::testing::Test {
protected:
    FileTest() {
        std::string name = "/tmp/outflow_file_XXXXXX";
        folder = ::mkdtemp(name.data());
    }
    ~FileTest() override { std::filesystem::remove_all(folder); }
    std::string path(std::string_view name) const { return folder + "/" + std::string(name); }

    std::string folder;
};

TEST_F(FileTest, appended_bytes_are_there_after_reopening) {
    {
        Result<AppendFile> file = AppendFile::open(path("a"));
        ASSERT_TRUE(file);
        EXPECT_TRUE(*file->ends_with('\n'));
        EXPECT_TRUE(file->append("one\n"));
        EXPECT_TRUE(file->append("tw"));
        EXPECT_TRUE(file->sync());
        EXPECT_FALSE(*file->ends_with('\n'));
    }
    Result<AppendFile> file = AppendFile::open(path("a"));
    ASSERT_TRUE(file);
    EXPECT_EQ(file->size(), 6U);
    EXPECT_TRUE(file->append("o\n"));
    EXPECT_TRUE(*file->ends_with('\n'));
    EXPECT_EQ(*read_file(path("a"), 100), "one\ntwo\n");
    struct stat facts {};
    ASSERT_EQ(::stat(path("a").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST_F(FileTest, an_append_that_fails_half_way_leaves_nothing) {
    Result<AppendFile> file = AppendFile::open(path("a"));
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->append("kept\n"));
    // The process may write no file beyond 8 bytes: the append gets 3 of its bytes in before it fails.
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{.rlim_cur = 8, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const Status appended = file->append("too long\n");
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_FALSE(appended);
    EXPECT_EQ(appended.error().context, "append to " + path("a") + ": File too large");
    EXPECT_EQ(*read_file(path("a"), 100), "kept\n");
    EXPECT_TRUE(file->append("again\n"));
    EXPECT_EQ(*read_file(path("a"), 100), "kept\nagain\n");
}

TEST_F(FileTest, a_file_is_read_and_written_anywhere) {
    Result<File> file = File::open(path("f"));
    ASSERT_TRUE(file);
    EXPECT_EQ(*file->size(), 0U);
    EXPECT_TRUE(file->write(3, "three"));
    EXPECT_TRUE(file->write(0, "one"));
    std::string bytes(6, '.');
    EXPECT_TRUE(file->read(2, bytes));
    EXPECT_EQ(bytes, "ethree");
    EXPECT_TRUE(file->cut(4));
    EXPECT_EQ(*file->size(), 4U);
    const Status behind_the_end = file->read(2, bytes);
    ASSERT_FALSE(behind_the_end);
    EXPECT_TRUE(behind_the_end.error().context.starts_with("read " + path("f") + ": "));
    const Result<File> folder_opened = File::open(folder);
    ASSERT_FALSE(folder_opened);
    EXPECT_TRUE(folder_opened.error().context.starts_with("open " + folder + ": "));
}

TEST_F(FileTest, folders_are_made_and_listed_and_files_removed) {
    EXPECT_FALSE(exists(path("a")));
    EXPECT_TRUE(make_folders(path("a/b")));
    EXPECT_TRUE(make_folders(path("a/b")));
    for (const char* name : {"two", "one"}) EXPECT_TRUE(write_file_atomically(path(std::string("a/") + name), "x"));
    EXPECT_EQ(*list_folder(path("a")), (std::vector<std::string>{"b", "one", "two"}));
    EXPECT_TRUE(remove_file(path("a/one")));
    EXPECT_TRUE(remove_file(path("a/one")));
    EXPECT_FALSE(exists(path("a/one")));
    EXPECT_FALSE(remove_file(path("a/b")));
    EXPECT_FALSE(list_folder(path("none")));
    EXPECT_FALSE(make_folders(path("a/two/c")));
}

TEST_F(FileTest, a_full_disk_is_an_error) {
    if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full";
    EXPECT_FALSE(AppendFile::open("/dev/full"));  // not a regular file
}

TEST_F(FileTest, a_file_is_replaced_as_a_whole) {
    ASSERT_TRUE(write_file_atomically(path("a"), "old"));
    ASSERT_TRUE(write_file_atomically(path("a"), "new"));
    EXPECT_EQ(*read_file(path("a"), 100), "new");
    const auto mode = [this] { return std::filesystem::status(path("a")).permissions(); };
    EXPECT_EQ(mode(), std::filesystem::perms{0600});
    const mode_t before = ::umask(026);
    EXPECT_TRUE(write_file_atomically(path("a"), "new", Readers::everyone));
    ::umask(before);
    EXPECT_EQ(mode(), std::filesystem::perms{0640});
    EXPECT_FALSE(write_file_atomically(path("none/a"), "x"));
    ASSERT_EQ(::mkdir(path("d").c_str(), 0700), 0);
    EXPECT_FALSE(write_file_atomically(path("d"), "x"));
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files += entry.exists() ? 1 : 0;
    EXPECT_EQ(files, 2U) << "a temporary file was left";
}

TEST_F(FileTest, reading_has_a_limit_and_says_what_is_wrong) {
    ASSERT_TRUE(write_file_atomically(path("a"), std::string(100, 'x')));
    EXPECT_TRUE(read_file(path("a"), 100));
    EXPECT_EQ(read_file(path("a"), 99).error().context, "read " + path("a") + ": more than 99 bytes");
    EXPECT_EQ(read_file(path("b"), 99).error().context, "read " + path("b") + ": No such file or directory");
    EXPECT_EQ(read_file(folder, 99).error().context, "read " + folder + ": Is a directory");
    EXPECT_FALSE(read_file("/dev/zero", 1'000));
}

TEST_F(FileTest, a_lock_names_its_holder_and_ends_with_it) {
    {
        Result<LockFile> lock = LockFile::take(path("lock"));
        ASSERT_TRUE(lock);
        Result<LockFile> second = LockFile::take(path("lock"));
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().context, "lock " + path("lock") + ": held by process " + std::to_string(process_id()));
    }
    EXPECT_TRUE(LockFile::take(path("lock")));
}

TEST_F(FileTest, secrets_come_from_three_places) {
    using Kind = SecretSource::Kind;
    ::setenv("OUTFLOW_TEST_SECRET", "from environment", 1);
    ASSERT_TRUE(write_file_atomically(path("s"), "from file\r\n"));
    EXPECT_EQ(resolve_secret({Kind::plain, "as it is"})->reveal(), "as it is");
    EXPECT_EQ(resolve_secret({Kind::environment, "OUTFLOW_TEST_SECRET"})->reveal(), "from environment");
    EXPECT_EQ(resolve_secret({Kind::file, path("s")})->reveal(), "from file");
    EXPECT_EQ(resolve_secret({Kind::environment, "OUTFLOW_TEST_NONE"}).error().context,
              "environment variable OUTFLOW_TEST_NONE is not set");
    EXPECT_EQ(resolve_secret({Kind::file, path("none")}).error().code, ErrorCode::file_error);

    Secret a("one");
    Secret b = std::move(a);
    EXPECT_TRUE(a.empty());
    a = b;
    b = Secret("two");
    EXPECT_EQ(a.reveal(), "one");
    EXPECT_EQ(b.reveal(), "two");
}

TEST(ProcessTest, facts_are_there) {
    EXPECT_FALSE(host_name().empty());
    EXPECT_EQ(process_id(), ::getpid());
    EXPECT_NE(random_u64(), random_u64());
}

}  // namespace
}  // namespace outflow::platform
