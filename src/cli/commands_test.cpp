#include "cli/commands.h"

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/command_rig.h"
#include "cli/rocketmq_options.h"

namespace outflow::cli {
namespace {

TEST(Commands, help_is_reported_with_an_example) {
    const std::vector<std::vector<std::string>> commands{{"run"},
                                                         {"lint"},
                                                         {"version"},
                                                         {"rocketmq"},
                                                         {"rocketmq", "topics"},
                                                         {"rocketmq", "create-topic"},
                                                         {"rocketmq", "consume"},
                                                         {"devbroker"},
                                                         {"pattern"},
                                                         {"pattern", "test"},
                                                         {"pattern", "lint"},
                                                         {"pattern", "try"},
                                                         {"task"},
                                                         {"task", "preview"},
                                                         {"test"}};
    for (std::vector<std::string> arguments : commands) {
        arguments.emplace_back("--help");
        const Ran ran = run_command(arguments);
        EXPECT_EQ(ran.code, 0) << arguments[0];
        EXPECT_NE(ran.out.find("Example: outflow " + arguments[0]), std::string::npos) << ran.out;
        EXPECT_EQ(ran.err, "");
    }
    EXPECT_NE(run_command({"--help"}).out.find("Exit codes"), std::string::npos);
}

TEST(Commands, wrong_usage_gives_2_and_a_reason) {
    const struct {
        std::vector<std::string> arguments;
        std::string_view reason;
    } rows[] = {
        {{}, "Usage"},
        {{"nonsense"}, "nonsense"},
        {{"rocketmq", "nonsense"}, "nonsense"},
        {{"--nonsense"}, "subcommand"},
        {{"run"}, "FILE"},
        {{"lint"}, "FILE"},
        {{"test"}, "FILE"},
        {{"test", "a.yaml", "-o", "xml"}, "xml"},
        {{"run", "-"}, "not from standard input"},
        {{"task", "preview", "-", "--payload", "-", "--topic", "t"}, "standard input"},
        {{"task", "preview", "-", "-e", "@-"}, "standard input"},
        {{"lint", "a.yaml", "--strict"}, "--strict"},
        {{"run", "a.yaml", "--metrics", "nowhere"}, "--metrics"},
        {{"run", "a.yaml", "--metrics", "http://127.0.0.1:1"}, "--metrics"},
        {{"run", "a.yaml", "--metrics", "127.0.0.1:70000"}, "--metrics"},
        {{"run", "a.yaml", "--log-level", "loud"}, "--log-level"},
        {{"run", "a.yaml", "--grace", "-1"}, "--grace"},
        {{"run", "a.yaml", "--grace", "soon"}, "--grace"},
        {{"run", "a.yaml", "--threads", "0"}, "--threads"},
        {{"version", "--all"}, "--all"},
        {{"rocketmq"}, "subcommand"},
        {{"rocketmq", "consume"}, "TOPIC"},
        {{"rocketmq", "consume", "t", "--count", "0"}, "--count"},
        {{"rocketmq", "consume", "t", "--count", "many"}, "--count"},
        {{"rocketmq", "consume", "t", "--name-servers", "a:1,,b:2"}, "--name-servers"},
        {{"rocketmq", "consume", "t", "--idle-exit", "0"}, "--idle-exit"},
        {{"rocketmq", "topics", "--access-key", "k"}, "--secret-key-env"},
        {{"rocketmq", "create-topic"}, "TOPIC"},
        {{"rocketmq", "create-topic", "t", "--queues", "0"}, "--queues"},
        {{"rocketmq", "create-topic", "no/slash"}, "no/slash"},
        {{"pattern"}, "subcommand"},
        {{"pattern", "nonsense"}, "nonsense"},
        {{"pattern", "test"}, "-p PATTERN, --filter-path JSONPATH or --rows FILE"},
        {{"pattern", "test", "-p", "{}"}, "-e EVENT"},
        {{"pattern", "test", "-p", "{}", "-e", "{}", "--payload", "f"}, "--event"},
        {{"pattern", "test", "-p", "{}", "--payload", "f"}, "--topic"},
        {{"pattern", "test", "-p", "{}", "-e", "{}", "--topic", "t"}, "--payload"},
        {{"pattern", "test", "-p", "{}", "-e", "{}", "--property", "a=b"}, "--payload"},
        {{"pattern", "test", "-p", "{}", "-e", "{}", "--dialect", "aws"}, "aws"},
        {{"pattern", "test", "-p", "{}", "-e", "{}", "--data-format", "json"}, "JSON, Text or Binary"},
        {{"pattern", "test", "-p", "{}", "-e", "{}", "--column", "ali"}, "--rows"},
        {{"pattern", "test", "--rows", "f", "-p", "{}"}, "--rows"},
        {{"pattern", "test", "--rows", "f", "-e", "{}"}, "--rows"},
        {{"pattern", "test", "--rows", "f", "--wrap", "body"}, "body"},
        {{"pattern", "lint"}, "-p PATTERN or --filter-path"},
        {{"pattern", "try", "-p", "{}", "--topic", "#"}, "--mqtt"},
        {{"pattern", "try", "-p", "{}", "--mqtt", "h"}, "--topic"},
        {{"pattern", "try", "-p", "{}", "--mqtt", "http://h:1", "--topic", "#"}, "http://"},
        {{"pattern", "try", "-p", "{}", "--mqtt", "wss://h:1", "--topic", "#"}, "WebSocket"},
        {{"pattern", "try", "-p", "{}", "--mqtt", "h", "--topic", "$share/g/#"}, "takes nothing away"},
        {{"pattern", "try", "-p", "{}", "--mqtt", "h", "--topic", "a/#/b"}, "--topic"},
        {{"pattern", "try", "-p", "{}", "--mqtt", "h", "--topic", "#", "--qos", "2"}, "--qos"},
        {{"pattern", "try", "-p", "{}", "--mqtt", "h", "--topic", "#", "--password-env", "P"}, "--username"},
        {{"task"}, "subcommand"},
        {{"task", "lst"}, "Did you mean list? See outflow task --help."},
        {{"task", "preview"}, "FILE"},
        {{"task", "preview", "f"}, "--live"},
        {{"task", "preview", "f", "--live", "-e", "{}"}, "--live"},
        {{"task", "preview", "f", "-e", "{}", "--count", "1"}, "--live"},
        {{"task", "preview", "f", "--payload", "p"}, "--topic"},
        {{"devbroker"}, "--data"},
        {{"devbroker", "--data", "d", "--listen", "nowhere"}, "--listen"},
        {{"devbroker", "--data", "d", "--listen", "0.0.0.0:9876"}, "--allow-remote"},
        {{"devbroker", "--data", "d", "--listen", "192.168.1.7:9876"}, "--allow-remote"},
        {{"devbroker", "--data", "d", "--listen", "broker.example:9876"}, "--allow-remote"},
        {{"devbroker", "--data", "d", "--control", "0.0.0.0:9877"}, "--allow-remote"},
        {{"devbroker", "--data", "d", "--listen", "0.0.0.0:9876", "--allow-remote"}, "--advertise"},
        {{"devbroker", "--data", "d", "--fault", "send colour=red"}, "colour"},
        {{"devbroker", "--data", "d", "--topic", "t:none"}, "t:none"},
        {{"devbroker", "--data", "d", "--max-bytes", "1MiB"}, "--max-bytes"},
        {{"devbroker", "--data", "d", "--max-bytes", "much"}, "--max-bytes"},
        {{"devbroker", "--data", "d", "--serialize", "xml"}, "--serialize"},
    };
    for (const auto& row : rows) {
        const Ran ran = run_command(row.arguments);
        const std::string shown = row.arguments.empty() ? "" : row.arguments.back();
        EXPECT_EQ(ran.code, 2) << shown;
        EXPECT_NE(ran.err.find(row.reason), std::string::npos) << shown << ": " << ran.err;
        EXPECT_EQ(ran.out, "") << shown;
    }
}

TEST(Commands, lint_reports_diagnostics_and_a_summary) {
    const Ran ran = run_command({"lint", "/nonexistent/tasks.yaml"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.out.find("/nonexistent/tasks.yaml"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("1 error"), std::string::npos) << ran.out;
}

TEST(Commands, addresses_are_judged_alike_in_files_and_options) {
    for (const std::string address :
         {"ws://h", "ssl://h", "tcp://h", "http://h", "a:1,b:2", "mqtt://u:p@h", "h:70000"}) {
        const Ran option = run_command({"pattern", "try", "-p", "{}", "--topic", "#", "--mqtt", address});
        const TextFile file("instances: { a: { mqtt: { endpoint: \"" + address + "\" } } }\n");
        const Ran lint = run_command({"lint", file.path()});
        EXPECT_EQ(option.code, 2) << address;
        EXPECT_EQ(lint.code, 2) << address;
        const std::size_t at = option.err.find("--mqtt: ");
        ASSERT_NE(at, std::string::npos) << option.err;
        const std::size_t begin = at + std::string_view("--mqtt: ").size();
        const std::string sentence = option.err.substr(begin, option.err.find('\n', begin) - begin);
        EXPECT_NE(lint.out.find(sentence), std::string::npos) << lint.out << sentence;
    }
    for (const std::string address : {"MQTT://h", "h:1883"}) {
        const TextFile file("instances: { a: { mqtt: { endpoint: \"" + address + "\" } } }\n");
        EXPECT_EQ(run_command({"lint", file.path()}).code, 0) << address;
    }
}

// A newcomer's first words to a program.
TEST(Commands, version_is_reported_by_an_option_too) {
    const Ran ran = run_command({"--version"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_TRUE(run_command({"version"}).out.starts_with(ran.out)) << ran.out;
    EXPECT_EQ(ran.out.find('\n'), ran.out.size() - 1);
}

TEST(Commands, lint_reads_standard_input) {
    const TextFile file("tasks: [ { name: 7 } ]");
    const int before = ::dup(0);
    ASSERT_NE(std::freopen(file.path().c_str(), "r", stdin), nullptr);
    const Ran ran = run_command({"lint", "-"});
    ASSERT_EQ(::dup2(before, 0), 0);
    ::close(before);
    EXPECT_EQ(ran.code, 2);
    EXPECT_TRUE(ran.out.starts_with("standard input:1:10: error: tasks.7.source")) << ran.out;
}

TEST(Commands, version_names_compiler_libraries_and_kernel) {
    const Ran ran = run_command({"version"});
    EXPECT_EQ(ran.code, 0);
    EXPECT_TRUE(ran.out.starts_with("outflow "));
    for (const char* name : {"compiler", "Boost", "OpenSSL", "fmt", "simdjson", "kernel", "yaml-cpp", "zlib"}) {
        EXPECT_NE(ran.out.find(name), std::string::npos) << name << " in " << ran.out;
    }
    EXPECT_EQ(ran.out.find('/'), std::string::npos) << ran.out;
}

TEST(Commands, a_cluster_that_is_away_gives_1_and_a_sentence) {
    // Nobody listens on port 1.
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"rocketmq", "topics", "--name-servers", "127.0.0.1:1"},
          std::vector<std::string>{"rocketmq", "create-topic", "t", "--name-servers", "127.0.0.1:1,127.0.0.1:2"},
          std::vector<std::string>{"rocketmq", "consume", "t", "--name-servers", "127.0.0.1:1"}}) {
        const Ran ran = run_command(arguments);
        EXPECT_EQ(ran.code, 1) << arguments[1];
        EXPECT_TRUE(ran.err.starts_with("outflow: No name server answers: ")) << ran.err;
        EXPECT_NE(ran.err.find("refused"), std::string::npos) << ran.err;
    }
}

TEST(Commands, a_secret_key_comes_from_the_environment_only) {
    ::unsetenv("OUTFLOW_TEST_NO_SECRET");
    const Ran ran = run_command({"rocketmq", "topics", "--name-servers", "127.0.0.1:1", "--access-key", "k",
                                 "--secret-key-env", "OUTFLOW_TEST_NO_SECRET"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_NE(ran.err.find("OUTFLOW_TEST_NO_SECRET"), std::string::npos) << ran.err;
}

TEST(Commands, an_instance_that_requests_say_needs_a_user) {
    const Ran ran = run_command({"rocketmq", "topics", "--name-servers", "127.0.0.1:1", "--namespace", "rmq-cn-x"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_NE(ran.err.find("add --access-key"), std::string::npos) << ran.err;
}

TEST(Commands, names_have_the_instance_of_a_pasted_endpoint) {
    RocketmqOptions options;
    EXPECT_EQ(name_prefix(options), "");
    options.name_servers = "http://MQ_INST_17_Bx.cn-hangzhou.mq.aliyuncs.com:80";
    EXPECT_EQ(name_prefix(options), "MQ_INST_17_Bx");
    options.instance_namespace = "mine";
    EXPECT_EQ(name_prefix(options), "mine");
    options.instance_namespace = "rmq-cn-x";
    EXPECT_EQ(name_prefix(options), "") << "requests say it";
}

TEST(Commands, a_devbroker_that_cannot_start_gives_1_and_a_sentence) {
    const Ran ran = run_command({"devbroker", "--listen", "127.0.0.1:0", "--data", "/dev/null/data"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_TRUE(ran.err.starts_with("outflow: ")) << ran.err;
    EXPECT_NE(ran.err.find("/dev/null/data"), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace outflow::cli
