#include "connectors/dead_letter_file.h"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "platform/file.h"

namespace outflow::connectors {
namespace {

class DeadLetterFileTest : public ::testing::Test, private pipeline::DeadLetterListener {
protected:
    ~DeadLetterFileTest() override { std::filesystem::remove_all(folder); }

    // Empty: what was pushed is kept. Else why not.
    std::string turn(DeadLetterFile& file) {
        file.start(*this);
        now += std::chrono::seconds(1);  // it is tried again after a second
        const std::size_t before = kept;
        file.turn(now);
        EXPECT_EQ(kept > before, file.condition().empty());
        return file.condition();
    }
    void on_kept(std::span<const pipeline::Token> tokens) override { kept += tokens.size(); }

    static std::string make_folder() {
        std::string name = "/tmp/outflow_dead_XXXXXX";
        return ::mkdtemp(name.data());
    }
    std::string read() const { return platform::read_file(path, 1 << 20).value_or("(none)"); }
    std::string logged() const { return *platform::read_file(folder + "/log", 1 << 20); }

    std::size_t kept = 0;
    platform::Clock::time_point now{};
    const std::string folder = make_folder();
    const std::string path = folder + "/dead.jsonl";
    const platform::FileDescriptor log_file{::open((folder + "/log").c_str(), O_WRONLY | O_CREAT, 0600)};
    platform::Logger log{{.descriptor = log_file.get(), .clock = [] { return 0; }}};  // its clock stands still
};

// While it lives the process may write no file beyond `bytes`, as on a full disk.
class SmallFiles {
public:
    explicit SmallFiles(std::size_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
        const rlimit small{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
        EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    }
    ~SmallFiles() { EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before_), 0); }

private:
    rlimit before_{};
};

bool append_to(const std::string& path, const std::string& text) {
    std::FILE* file = std::fopen(path.c_str(), "a");
    const bool is_written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
    return file != nullptr && std::fclose(file) == 0 && is_written;
}

event::Event letter() {
    event::Event event;
    event.topic = "a/b";
    event.payload = "x";
    return event;
}

// For the calling thread fsync and fdatasync fail from now on, as on a broken disk.
bool break_sync() {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fsync, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fdatasync, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog filter{5, program};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

TEST_F(DeadLetterFileTest, a_letter_is_durable_only_when_the_disk_has_it) {
    auto file = DeadLetterFile::open(log, path, "t", "0123");
    ASSERT_TRUE(file);
    (*file)->push({1, 1}, letter(), "broken");
    bool broke = false;
    std::string fault;
    std::thread([&] {
        broke = break_sync();
        if (broke) fault = turn(**file);
    }).join();
    if (!broke) GTEST_SKIP() << "this system has no seccomp filters";
    EXPECT_NE(fault.find("sync"), std::string::npos) << fault;
    EXPECT_EQ(turn(**file), "");  // the letter goes again: it may stand twice, it is never missing
    EXPECT_NE(platform::read_file(path, 10'000)->find(R"("payload":"eA==")"), std::string::npos);
}

TEST_F(DeadLetterFileTest, each_kind_of_reason_is_logged_at_most_once_in_a_while) {
    auto file = DeadLetterFile::open(log, path, "t", "0123");
    ASSERT_TRUE(file);
    for (int i = 0; i < 1000; ++i) {
        (*file)->push({1, 1}, letter(),
                      "The payload is not valid JSON: expected a value at byte " + std::to_string(i) + ".");
        (*file)->push({1, 1}, letter(),
                      "The topic \"T" + std::to_string(i) + "\" has characters that RocketMQ refuses.");
    }
    EXPECT_EQ(logged(), "1970-01-01T00:00:00.000Z WARN A message goes to the dead letters. task=t topic=a/b "
                        "reason=\"The payload is not valid JSON: expected a value at byte 0.\"\n"
                        "1970-01-01T00:00:00.000Z WARN A message goes to the dead letters. task=t topic=a/b "
                        "reason=\"The topic \\\"T0\\\" has characters that RocketMQ refuses.\"\n");
}

// As logrotate does. Nothing may be acknowledged for a letter in a file that is gone.
TEST_F(DeadLetterFileTest, a_file_that_was_moved_or_deleted_is_opened_anew) {
    auto file = DeadLetterFile::open(log, path, "t", "0123");
    ASSERT_TRUE(file);
    (*file)->push({1, 1}, letter(), "first");
    ASSERT_EQ(turn(**file), "");
    ASSERT_EQ(std::rename(path.c_str(), (path + ".1").c_str()), 0);
    (*file)->push({1, 1}, letter(), "second");
    EXPECT_EQ(turn(**file), "");
    EXPECT_NE(read().find("second"), std::string::npos);
    EXPECT_EQ(read().find("first"), std::string::npos);
    ASSERT_EQ(::unlink(path.c_str()), 0);
    (*file)->push({1, 1}, letter(), "third");
    EXPECT_EQ(turn(**file), "");
    EXPECT_NE(read().find("third"), std::string::npos);
}

TEST_F(DeadLetterFileTest, letters_are_held_while_the_folder_is_away) {
    std::filesystem::create_directory(folder + "/letters");
    const std::string inside = folder + "/letters/dead.jsonl";
    auto file = DeadLetterFile::open(log, inside, "t", "0123");
    ASSERT_TRUE(file);
    std::filesystem::rename(folder + "/letters", folder + "/away");
    (*file)->push({1, 1}, letter(), "held");
    EXPECT_NE(turn(**file).find("No such file"), std::string::npos);
    std::filesystem::rename(folder + "/away", folder + "/letters");
    EXPECT_EQ(turn(**file), "");
    EXPECT_NE(platform::read_file(inside, 10'000)->find("held"), std::string::npos);
}

TEST_F(DeadLetterFileTest, letters_leave_the_free_space_that_is_reserved) {
    constexpr std::uint64_t more_than_any_disk = std::uint64_t{1} << 60U;
    auto file = DeadLetterFile::open(log, path, "t", "0123", more_than_any_disk);
    ASSERT_TRUE(file);
    (*file)->push({1, 1}, letter(), "held");
    EXPECT_NE(turn(**file).find("1099511627776 MiB are kept free (disk_reserve_mib): make room"), std::string::npos);
    EXPECT_EQ(read(), "");
    file = DeadLetterFile::open(log, path + "2", "t", "0123", 1);
    ASSERT_TRUE(file);
    (*file)->push({1, 1}, letter(), "written");
    EXPECT_EQ(turn(**file), "");
}

// What others did to the file is theirs: a full disk must not take letters away that are not ours.
TEST_F(DeadLetterFileTest, a_failed_append_cuts_off_nothing_of_others) {
    auto file = DeadLetterFile::open(log, path, "t", "0123");
    ASSERT_TRUE(file);
    const std::string others = "{\"of\":\"another\"}\n";
    ASSERT_TRUE(append_to(path, others));
    (*file)->push({1, 1}, letter(), "ours");
    {
        const SmallFiles full(others.size() + 8);
        EXPECT_NE(turn(**file).find("File too large"), std::string::npos);
    }
    EXPECT_EQ(read(), others);
    EXPECT_EQ(turn(**file), "");
    EXPECT_TRUE(read().starts_with(others + "{\"time\":"));
}

TEST_F(DeadLetterFileTest, a_file_that_another_has_cut_is_appended_to_at_its_end) {
    auto file = DeadLetterFile::open(log, path, "t", "0123");
    ASSERT_TRUE(file);
    (*file)->push({1, 1}, letter(), "first");
    ASSERT_EQ(turn(**file), "");
    ASSERT_EQ(::truncate(path.c_str(), 0), 0);
    (*file)->push({1, 1}, letter(), "second");
    {
        const SmallFiles full(8);
        EXPECT_NE(turn(**file), "");
    }
    EXPECT_EQ(read(), "");  // not filled up to where it once was
    EXPECT_EQ(turn(**file), "");
    EXPECT_TRUE(read().starts_with("{\"time\":"));
}

TEST_F(DeadLetterFileTest, has_one_owner) {
    auto file = DeadLetterFile::open(log, path, "t", "0123");
    ASSERT_TRUE(file);
    const auto second = DeadLetterFile::open(log, path, "u", "0123");
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().context.find("another task or process"), std::string::npos) << second.error().context;
    file->reset();
    EXPECT_TRUE(DeadLetterFile::open(log, path, "u", "0123"));
}

TEST_F(DeadLetterFileTest, a_half_line_that_a_crash_left_is_ended_first) {
    {
        auto file = platform::AppendFile::open(path);
        ASSERT_TRUE(file && file->append("{\"half"));
    }
    auto file = DeadLetterFile::open(log, path, "t", "0123");
    ASSERT_TRUE(file);
    (*file)->push({1, 1}, letter(), "broken");
    EXPECT_EQ(turn(**file), "");
    EXPECT_TRUE(platform::read_file(path, 10'000)->starts_with("{\"half\n{\"time\":"));
}

}  // namespace
}  // namespace outflow::connectors
