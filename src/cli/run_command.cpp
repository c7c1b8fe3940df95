#include <limits>

#include "app/run.h"
#include "cli/command.h"
#include "platform/file.h"

namespace outflow::cli {

namespace {

struct RunArguments {
    app::RunOptions options;
    std::string metrics;
    std::string log_level = "info";
    std::uint32_t grace_seconds = 10;
};

constexpr EndpointRules metrics_rules{.default_port = 0, .port_zero = true};

std::string check_metrics(const std::string& text) {
    const auto endpoint = parse_endpoint(text, metrics_rules);
    return endpoint ? std::string() : endpoint.error().context;
}

// A task's client id comes from the path of its file, unless it names one.
std::string check_file(const std::string& path) {
    return path == platform::standard_input ? "tasks run from files, not from standard input; outflow lint reads it"
                                            : "";
}

std::string check_log_level(const std::string& text) {
    return platform::parse_log_level(text) ? std::string() : "say error, warn, info, debug or trace, not " + text;
}

}  // namespace

void add_run(Command& parent, Action& action) {
    auto arguments = std::make_shared<RunArguments>();
    Command command = parent.add_command("run", "Runs the tasks of YAML or JSON files until Ctrl-C or SIGTERM");
    command.add_option("FILE", arguments->options.files, "Task files; they see each other's instances")
        .required()
        .type_name("")
        .check(check_file);
    command.add_option("--metrics", arguments->metrics, "Serve /metrics (Prometheus), /status and /healthz here")
        .type_name("HOST:PORT")
        .check(check_metrics);
    command.add_option("--log-level", arguments->log_level, "error, warn, info, debug or trace")
        .type_name("LEVEL")
        .show_default()
        .check(check_log_level);
    command.add_option("--grace", arguments->grace_seconds, "When stopping: how long to wait for what is in flight")
        .type_name("SECONDS")
        .show_default()
        .in_range(0, 3600);
    command.add_option("--threads", arguments->options.threads, "Threads for the tasks; one for each core if not given")
        .type_name("N")
        .in_range(1, 1024);
    command.add_flag("--watch", arguments->options.watches_files,
                     "Take up changed files while running; without it a SIGHUP does");
    command.add_flag(
        "--leave-sessions", arguments->options.leaves_sessions,
        "When a task is removed or gets another MQTT session: leave one that cannot be drained at its broker");
    command.footer(
        "A stop settles what is in flight; what is left stays at the MQTT broker. A second signal ends at once.\n"
        "Exit codes: 0 stopped by a signal; 1 the tasks cannot run or ended by themselves; 2 wrong usage or an "
        "error in a file.\n"
        "Example: outflow run tasks.yaml --metrics 127.0.0.1:9464");
    command.on_parsed([arguments, &action] {
        app::RunOptions options = arguments->options;
        options.log_level = *platform::parse_log_level(arguments->log_level);
        options.grace = std::chrono::seconds(arguments->grace_seconds);
        if (!arguments->metrics.empty()) options.metrics = *parse_endpoint(arguments->metrics, metrics_rules);
        action = [options](const Streams& streams) { return app::run_tasks(options, streams.err); };
    });
}

}  // namespace outflow::cli
