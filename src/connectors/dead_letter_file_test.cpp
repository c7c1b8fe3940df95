#include "connectors/dead_letter_file.h"

#include <cerrno>
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
#include <sys/syscall.h>

#include "platform/file.h"

namespace outflow::connectors {
namespace {

class DeadLetterFileTest : public ::testing::Test {
protected:
    ~DeadLetterFileTest() override { std::filesystem::remove_all(folder); }

    static std::string make_folder() {
        std::string name = "/tmp/outflow_dead_XXXXXX";
        return ::mkdtemp(name.data());
    }
    std::string logged() const { return *platform::read_file(folder + "/log", 1 << 20); }

    const std::string folder = make_folder();
    const std::string path = folder + "/dead.jsonl";
    const platform::FileDescriptor log_file{::open((folder + "/log").c_str(), O_WRONLY | O_CREAT, 0600)};
    platform::Logger log{{.descriptor = log_file.get(), .clock = [] { return 0; }}};  // its clock stands still
};

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
    (*file)->write(letter(), "broken");
    bool broke = false;
    std::string fault;
    std::thread([&] {
        broke = break_sync();
        if (broke) fault = (*file)->flush();
    }).join();
    if (!broke) GTEST_SKIP() << "this system has no seccomp filters";
    EXPECT_NE(fault.find("sync"), std::string::npos) << fault;
    EXPECT_EQ((*file)->flush(), "");  // the letter goes again: it may stand twice, it is never missing
    EXPECT_NE(platform::read_file(path, 10'000)->find(R"("payload":"eA==")"), std::string::npos);
}

TEST_F(DeadLetterFileTest, each_kind_of_reason_is_logged_at_most_once_in_a_while) {
    auto file = DeadLetterFile::open(log, path, "t", "0123");
    ASSERT_TRUE(file);
    for (int i = 0; i < 1000; ++i) {
        (*file)->write(letter(), "The payload is not valid JSON: expected a value at byte " + std::to_string(i) + ".");
        (*file)->write(letter(), "The topic \"T" + std::to_string(i) + "\" has characters that RocketMQ refuses.");
    }
    EXPECT_EQ(logged(),
              "1970-01-01T00:00:00.000Z WARN A message goes to the dead letters. task=t topic=a/b "
              "reason=\"The payload is not valid JSON: expected a value at byte 0.\"\n"
              "1970-01-01T00:00:00.000Z WARN A message goes to the dead letters. task=t topic=a/b "
              "reason=\"The topic \\\"T0\\\" has characters that RocketMQ refuses.\"\n");
}

TEST_F(DeadLetterFileTest, a_half_line_that_a_crash_left_is_ended_first) {
    {
        auto file = platform::AppendFile::open(path);
        ASSERT_TRUE(file && file->append("{\"half"));
    }
    auto file = DeadLetterFile::open(log, path, "t", "0123");
    ASSERT_TRUE(file);
    (*file)->write(letter(), "broken");
    EXPECT_EQ((*file)->flush(), "");
    EXPECT_TRUE(platform::read_file(path, 10'000)->starts_with("{\"half\n{\"time\":"));
}

}  // namespace
}  // namespace outflow::connectors
