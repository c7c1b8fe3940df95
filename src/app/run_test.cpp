#include "app/run.h"

#include <csignal>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include <unistd.h>

#include <gtest/gtest.h>

namespace outflow::app {
namespace {

// A folder that goes with the test.
class Run : public ::testing::Test {
protected:
    void SetUp() override {
        char pattern[] = "/tmp/outflow-run-test-XXXXXX";
        folder_ = ::mkdtemp(pattern);
    }
    void TearDown() override {
        ::unlink((folder_ + "/tasks.yaml").c_str());
        ::unlink((folder_ + "/err").c_str());
        ::rmdir(folder_.c_str());
    }

    std::string write(const std::string& text) {
        std::ofstream(folder_ + "/tasks.yaml") << text;
        return folder_ + "/tasks.yaml";
    }
    int run(const RunOptions& options) {
        std::FILE* err = std::fopen((folder_ + "/err").c_str(), "w");
        const int code = run_tasks(options, err);
        std::fclose(err);
        return code;
    }
    std::string err() const {
        std::ifstream file(folder_ + "/err");
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    }

    std::string folder_;
};

// Nobody listens on port 1: the task waits for both sides.
constexpr const char* waiting_task = R"(
instances:
  edge: { mqtt: { endpoint: "mqtt://127.0.0.1:1" } }
  sink: { rocketmq: { name_servers: ["127.0.0.1:1"] } }
tasks:
  - name: press
    source: { mqtt: { instance: edge, topic: "a/#" } }
    sink: { rocketmq: { instance: sink, topic: t } }
)";

TEST_F(Run, diagnostics_of_the_file_are_reported_and_nothing_starts) {
    EXPECT_EQ(run({.files = {write("tasks: [ { name: x, nonsense: 1 } ]")}, .metrics = {}}), exit_code::invalid);
    EXPECT_NE(err().find("nonsense"), std::string::npos) << err();
    EXPECT_NE(err().find("nothing was started"), std::string::npos) << err();
}

TEST_F(Run, a_file_that_is_not_there_is_a_diagnostic) {
    EXPECT_EQ(run({.files = {folder_ + "/none.yaml"}, .metrics = {}}), exit_code::invalid);
    EXPECT_NE(err().find("none.yaml"), std::string::npos) << err();
}

TEST_F(Run, instances_without_a_task_cannot_run) {
    EXPECT_EQ(run({.files = {write("instances: { edge: { mqtt: { endpoint: \"mqtt://127.0.0.1:1883\" } } }")},
                   .metrics = {}}),
              exit_code::invalid);
}

TEST_F(Run, an_address_that_cannot_be_listened_on_fails) {
    const net::Endpoint elsewhere{"192.0.2.1", 80};  // of documentation only (RFC 5737)
    EXPECT_EQ(run({.files = {write(waiting_task)}, .metrics = elsewhere}), exit_code::failed);
    EXPECT_NE(err().find("192.0.2.1:80"), std::string::npos) << err();
}

TEST_F(Run, sigterm_stops_a_task_that_waits_for_its_brokers) {
    const RunOptions options{.files = {write(waiting_task)}, .metrics = net::Endpoint{"127.0.0.1", 0}};
    sigset_t set;  // no thread of this process but the one that waits for it may get it
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    // It is a signal of this whole process: sent when the log shows that it is waited for.
    std::thread killer([this] {
        for (int i = 0; i < 500 && err().find("Task condition has changed") == std::string::npos; ++i) {
            ::usleep(20'000);
        }
        ::kill(::getpid(), SIGTERM);
    });
    const int code = run(options);
    killer.join();
    EXPECT_EQ(code, exit_code::ok) << err();
    EXPECT_NE(err().find("Metrics are served. address=127.0.0.1:"), std::string::npos) << err();
    EXPECT_NE(err().find("STARTING"), std::string::npos) << err();
    EXPECT_NE(err().find("Stopping"), std::string::npos) << err();
    EXPECT_NE(err().find("Task has ended. task=press received=0"), std::string::npos) << err();
}

}  // namespace
}  // namespace outflow::app
