#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "cli/remote_rig.h"

namespace outflow::cli {
namespace {

std::size_t count_files(const std::string& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

// Sends half of a response to the first who comes, does what it is told to, and closes.
class BreakingServer {
public:
    explicit BreakingServer(std::function<void()> then = [] {})
        : then_(std::move(then)), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* any = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(socket_, any, size), 0);
        EXPECT_EQ(::listen(socket_, 1), 0);
        EXPECT_EQ(::getsockname(socket_, any, &size), 0);
        url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
        thread_ = std::thread([this] { serve(); });
    }
    ~BreakingServer() {
        thread_.join();
        ::close(socket_);
    }
    BreakingServer(const BreakingServer&) = delete;
    BreakingServer& operator=(const BreakingServer&) = delete;

    std::string url;

private:
    void serve() const {
        const int connection = ::accept(socket_, nullptr, nullptr);
        std::string request;
        std::array<char, 4096> block;
        while (request.find("\r\n\r\n") == std::string::npos) {
            const ssize_t got = ::read(connection, block.data(), block.size());
            if (got <= 0) break;
            request.append(block.data(), static_cast<std::size_t>(got));
        }
        const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf";
        EXPECT_EQ(::write(connection, half.data(), half.size()), static_cast<ssize_t>(half.size()));
        then_();
        ::close(connection);
    }

    std::function<void()> then_;
    int socket_;
    std::thread thread_;
};

class BackupCommandTest : public RemoteTest {
protected:
    BackupCommandTest() {
        std::filesystem::create_directories(place);
        server.on("GET /v1/backup", 200, std::string(300'000, '\0') + "end");
    }
    ~BackupCommandTest() override { std::filesystem::remove_all(place); }
    std::size_t files() const { return count_files(place); }
    std::string content() const {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    const std::string place = folder + "_backup";
    const std::string path = place + "/outflow.db";
};

TEST_F(BackupCommandTest, is_whole_and_for_its_owner) {
    const Ran ran = run_command({"backup", path});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.out, "300003 bytes in " + path + "\n");
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_size, 300'003);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    EXPECT_EQ(files(), 1U);
}

TEST_F(BackupCommandTest, leaves_nothing_when_it_is_refused) {
    ScriptedServer other;
    other.on("GET /v1/backup", 403, R"({"detail":"A backup needs an administrator; you are a viewer."})");
    const Ran refused = run_command({"backup", path, "--server", other.url()});
    EXPECT_EQ(refused.code, 4);
    EXPECT_EQ(refused.err, "outflow: A backup needs an administrator; you are a viewer.\n");
    EXPECT_EQ(files(), 0U);
}

TEST_F(BackupCommandTest, leaves_what_was_there_when_the_connection_breaks) {
    std::ofstream(path) << "the one of yesterday";
    const BreakingServer breaking;
    EXPECT_EQ(run_command({"backup", path, "--yes", "--server", breaking.url}).code, 3);
    EXPECT_EQ(content(), "the one of yesterday");
    EXPECT_EQ(files(), 1U);
}

TEST_F(BackupCommandTest, replaces_a_file_only_when_that_is_wanted) {
    std::ofstream(path) << "the one of yesterday";
    const GivenInput nobody("");
    const Ran unsure = run_command({"backup", path});
    EXPECT_EQ(unsure.code, 2);
    EXPECT_EQ(unsure.err,
              "outflow: " + path + " is there already. Replace it? Nobody can be asked here: give --yes.\n");
    EXPECT_EQ(content(), "the one of yesterday");
    EXPECT_EQ(server.lines(), "");
    EXPECT_EQ(run_command({"backup", path, "--yes"}).code, 0);
    EXPECT_EQ(content().size(), 300'003U);
    const Ran device = run_command({"backup", "/dev/null", "--yes"});
    EXPECT_EQ(device.code, 2);
    EXPECT_NE(device.err.find("not a regular file"), std::string::npos) << device.err;
}

// In a process of its own, which Ctrl-C ends.
void interrupt_backup(const std::string& place) {
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    pthread_sigmask(SIG_BLOCK, &interrupt, nullptr);  // for the server's thread: the command is to take it
    const BreakingServer server([&place] {
        std::fprintf(stderr, "files: %zu\n", count_files(place));
        ::kill(::getpid(), SIGINT);
        ::pause();
    });
    run_command({"backup", place + "/outflow.db", "--server", server.url});
}

TEST(InterruptedBackup, leaves_nothing) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    // The process of the test within this one has the same place.
    ::setenv("OUTFLOW_TEST_PLACE", (testing::TempDir() + "outflow_backup_" + std::to_string(::getpid())).c_str(), 0);
    const std::string place = std::getenv("OUTFLOW_TEST_PLACE");
    std::filesystem::create_directories(place);
    EXPECT_EXIT(interrupt_backup(place), testing::ExitedWithCode(130), "files: 1");
    EXPECT_EQ(count_files(place), 0U);
    std::filesystem::remove_all(place);
    ::unsetenv("OUTFLOW_TEST_PLACE");
}

}  // namespace
}  // namespace outflow::cli
