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

// What the file says one after the other, and what the log says of it.
TEST_F(Run, files_are_taken_up_while_it_runs) {
    const auto with = [](const std::string& task, const std::string& more) {
        return std::string(waiting_task) + task + more;
    };
    const std::string second = "  - name: second\n    source: { mqtt: { instance: edge, topic: \"b/#\" } }\n"
                               "    sink: { rocketmq: { instance: sink, topic: t } }\n";
    const struct {
        std::string text;
        std::string said;
    } steps[] = {{with("    nonsense: 1\n", ""), "nothing was changed"},
                 {with("    description: new\n", second), "added=1 changed=1 removed=0 unchanged=0"},
                 {with("    enabled: false\n", second), "condition=\"PAUSED: it is not enabled\""},
                 {with("    enabled: true\n", ""), "removed=1"},
                 {with("    filter_path: $.data.body.x\n", ""), "Task was removed. It had not connected"}};
    const RunOptions options{.files = {write(waiting_task)}, .metrics = {}};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::thread person([&] {
        const auto wait_for = [this](const std::string& said) {
            for (int i = 0; i < 1'000 && err().find(said) == std::string::npos; ++i) ::usleep(20'000);
        };
        wait_for("Task condition has changed");
        for (const auto& step : steps) {
            write(step.text);
            ::kill(::getpid(), SIGHUP);
            wait_for(step.said);
        }
        ::kill(::getpid(), SIGTERM);
    });
    const int code = run(options);
    person.join();
    EXPECT_EQ(code, exit_code::ok) << err();
    for (const auto& step : steps) EXPECT_NE(err().find(step.said), std::string::npos) << step.said << "\n" << err();
    EXPECT_NE(err().find("Task has ended. task=press"), std::string::npos) << err();
    EXPECT_EQ(err().find("Task has ended. task=second"), std::string::npos) << err();
}

TEST_F(Run, a_secret_that_is_replaced_is_taken_up) {
    const std::string secret = folder_ + "/secret";
    const auto replace_secret = [&](const std::string& text) { std::ofstream(secret) << text; };
    std::string text = waiting_task;
    const std::string_view endpoint = "\"mqtt://127.0.0.1:1\"";
    text.insert(text.find(endpoint) + endpoint.size(), ", username: u, password: { file: " + secret + " }");
    replace_secret("first");
    const RunOptions options{.files = {write(text)}, .metrics = {}, .watches_files = true};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::thread person([&] {
        const auto wait_for = [this](const std::string& said) {
            for (int i = 0; i < 1'000 && err().find(said) == std::string::npos; ++i) ::usleep(20'000);
        };
        wait_for("Task condition has changed");
        replace_secret("second, which is longer");
        wait_for("changed=1");
        ::kill(::getpid(), SIGTERM);
    });
    EXPECT_EQ(run(options), exit_code::ok) << err();
    person.join();
    EXPECT_NE(err().find("added=0 changed=1 removed=0 unchanged=0"), std::string::npos) << err();
    EXPECT_EQ(err().find("second, which"), std::string::npos) << err();
}

}  // namespace
}  // namespace outflow::app
