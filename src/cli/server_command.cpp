#include "app/server.h"
#include "cli/command.h"

namespace outflow::cli {

namespace {

struct ServerArguments {
    std::string config;
    app::GivenSettings given;
    bool prints_config = false;
    bool takes_over = false;
};

}  // namespace

void add_server(Command& parent, Action& action) {
    auto arguments = std::make_shared<ServerArguments>();
    Command command = parent.add_command("server", "Keeps tasks and runs them, managed over HTTP, until SIGTERM");
    const auto setting = [&command, arguments](const std::string& option, const std::string& name,
                                               const std::string& type, const std::string& description) {
        command
            .add_option(
                option, [arguments, name](const std::string& word) { arguments->given.emplace_back(name, word); },
                description)
            .type_name(type);
    };
    setting("--data", "data", "DIR", "The folder with the database and the key file [outflow-data]");
    setting("--listen", "listen", "HOST:PORT", "Where the API is served [127.0.0.1:8420]");
    setting("--log-level", "log_level", "LEVEL", "error, warn, info, debug or trace [info]");
    setting("--memory", "memory_mib", "MIB", "Memory for messages in flight, of all tasks together [16 each]");
    setting("--disk-reserve", "disk_reserve_mib", "MIB", "Free space that dead-letter files leave on their disk [64]");
    command.add_option("--config", arguments->config, "A file with all settings (YAML)").type_name("FILE");
    command.add_flag("--print-config", arguments->prints_config, "Print all settings as they are, and end");
    command.add_flag(
        "--take-over", arguments->takes_over,
        "The data folder is a restored copy, and the original is gone: its MQTT sessions are this server's");
    command.footer(
        "Settings come from the command line, else from OUTFLOW_... variables, else from the file. The first start prints "
        "a password, or takes OUTFLOW_BOOTSTRAP_KEY=ID:SECRET as the first access key. SIGHUP opens files anew and reads "
        "the file again.\n"
        "Exit codes: 0 stopped by a signal; 1 it cannot run; 2 wrong usage, or a fault in the settings.\n"
        "Example: outflow server --data /var/lib/outflow");
    command.on_parsed([arguments, &action] {
        action = [given = *arguments](const Streams& streams) {
            if (!given.prints_config)
                return app::run_server(given.config, given.given, given.takes_over, streams.out, streams.err);
            const auto options = app::read_server_options(given.config, given.given);
            if (!options) return complain(streams, 2, options.error().context);
            std::fputs(app::render_server_options(*options).c_str(), streams.out);
            return 0;
        };
    });
}

}  // namespace outflow::cli
