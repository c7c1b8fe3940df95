// bench_tool: the programs of the benchmark rig as subcommands of one. README.md tells what each is for.
#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "commands.h"
#include "machine.h"
#include "report.h"
#include "telemetry.h"

namespace outflow::bench {
namespace {

using Action = std::function<Result<bool>()>;

void add_bytes(CLI::App* command, std::size_t& bytes) {
    command->add_option("--bytes", bytes, "Size of a payload")
        ->capture_default_str()
        ->check(CLI::Range(telemetry_bytes_min, telemetry_bytes_max));
}

void add_seconds(CLI::App* command, double& seconds, const std::string& what) {
    command->add_option("--seconds", seconds, what)->capture_default_str()->check(CLI::Range(0.1, seconds_max));
}

void add_rate(CLI::App* command, double& rate, const std::string& what) {
    command->add_option("--rate", rate, what)->check(CLI::Range(0.1, 1e6));
}

void add_run(CLI::App* command, std::string& run) {
    auto check = [](const std::string& text) {
        bool is_plain = text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
                        std::string::npos;
        return is_plain && text.size() <= run_name_bytes_max ? "" : "at most 16 letters, digits and '-'";
    };
    command->add_option("--run", run, "Name in every payload, to tell runs apart")->check(check);
}

void add_publish(CLI::App& app, Action& action) {
    static PublishOptions options;
    CLI::App* command = app.add_subcommand("publish", "MQTT publishers, closed loop (--window) or open loop (--rate)");
    command->add_option("--mqtt", options.mqtt, "Server")->required()->type_name("HOST:PORT");
    command->add_option("--topic-prefix", options.topic_prefix, "Before the publisher's number")->capture_default_str();
    command->add_option("--publishers", options.publishers)->capture_default_str()->check(CLI::Range(1, 1'000));
    command->add_option("--qos", options.qos)->capture_default_str()->check(CLI::Range(0, 1));
    command->add_option("--protocol", options.protocol)->capture_default_str()->check(CLI::IsMember({"5", "3.1.1"}));
    command->add_option("--count", options.count, "Messages of all publishers");
    command->add_option("--window", options.window, "Unacknowledged messages a publisher")
        ->capture_default_str()
        ->check(CLI::Range(1, 65'535));
    add_rate(command, options.rate, "Messages a second of all publishers, on a grid of intended times");
    add_seconds(command, options.seconds, "Publish no longer");
    add_bytes(command, options.bytes);
    add_run(command, options.run);
    command->callback([&action] { action = [] { return publish(options); }; });
}

void add_subscribe(CLI::App& app, Action& action) {
    static SubscribeOptions options;
    CLI::App* command = app.add_subcommand("subscribe", "A bare MQTT 5 subscriber that only acknowledges");
    command->add_option("--mqtt", options.mqtt, "Server")->required()->type_name("HOST:PORT");
    command->add_option("--topic", options.topic, "Filter")->capture_default_str();
    command->add_option("--qos", options.qos)->capture_default_str()->check(CLI::Range(0, 1));
    command->add_option("--count", options.count, "End after so many messages");
    command->add_option("--pause-us", options.pause_us, "Rest after each read that brought messages")
        ->check(CLI::Range(0, 1'000'000));
    add_seconds(command, options.seconds, "End after so long");
    command->callback([&action] { action = [] { return subscribe(options); }; });
}

void add_produce(CLI::App& app, Action& action) {
    static ProduceOptions options;
    CLI::App* command = app.add_subcommand("produce", "A bare RocketMQ producer at a fixed rate");
    command->add_option("--name-server", options.name_server)->required()->type_name("HOST:PORT");
    command->add_option("--topic", options.topic)->required();
    add_rate(command, options.rate, "Messages a second, on a grid of intended times");
    add_seconds(command, options.seconds, "Send for so long");
    add_bytes(command, options.bytes);
    add_run(command, options.run);
    command->callback([&action] { action = [] { return produce(options); }; });
}

void add_fake_mqtt(CLI::App& app, Action& action) {
    static FakeMqttOptions options;
    CLI::App* command = app.add_subcommand("fake-mqtt", "An MQTT server that sends prepared messages");
    command->add_option("--port", options.port, "0: any free one; stderr tells")->capture_default_str();
    command->add_option("--topic", options.topic, "Of all messages")->capture_default_str();
    command->add_option("--count", options.count, "Messages a round")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    command->add_option("--rounds", options.rounds)->capture_default_str()->check(CLI::Range(1, 1'000));
    command->add_option("--window", options.window, "Unacknowledged messages; the client's Receive Maximum also counts")
        ->capture_default_str()
        ->check(CLI::Range(1, 65'535));
    command->add_option("--watch", options.watch, "Process whose processor time is reported as well")->type_name("PID");
    add_seconds(command, options.seconds, "End after so long in any case");
    add_bytes(command, options.bytes);
    command->callback([&action] { action = [] { return fake_mqtt(options); }; });
}

void add_null_rocketmq(CLI::App& app, Action& action) {
    static NullRocketmqOptions options;
    CLI::App* command = app.add_subcommand("null-rocketmq", "A RocketMQ that stores nothing; ends at SIGTERM");
    command->add_option("--port", options.port, "0: any free one; stderr tells")->capture_default_str();
    command->add_option("--queues", options.queues, "Of every topic")->capture_default_str()->check(CLI::Range(1, 64));
    command->add_option("--answer", options.response, "Form of responses; 5.x brokers answer in JSON")
        ->capture_default_str()
        ->check(CLI::IsMember({"json", "binary", "mirror"}));
    command->add_flag("--count-records", options.count_records, "Count what is in batches");
    add_seconds(command, options.seconds, "End after so long in any case");
    command->callback([&action] { action = [] { return null_rocketmq(options); }; });
}

int run(int argc, char** argv) {
    CLI::App app("Tools of Outflow's benchmark rig. Loopback only. The result is one JSON object on stdout.\n"
                 "Exit codes: 0 all went as told, 1 it did not, 2 wrong usage.",
                 "bench_tool");
    app.require_subcommand(1);
    Action action;
    add_publish(app, action);
    add_subscribe(app, action);
    add_produce(app, action);
    add_fake_mqtt(app, action);
    add_null_rocketmq(app, action);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    catch_stop_signals();
    use_fine_timers();
    Result<bool> result = action();
    if (!result) say("bench_tool: " + result.error().context);
    return result && *result ? 0 : 1;
}

}  // namespace
}  // namespace outflow::bench

int main(int argc, char** argv) { return outflow::bench::run(argc, argv); }
