#include "cli/commands.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "app/run.h"
#include "cli/command.h"

namespace outflow::cli {

namespace {

// CLI11 has told the person already; its own codes are many, ours are three.
int report(const CLI::App& app, const CLI::ParseError& error, const Streams& streams) {
    std::ostringstream out;
    std::ostringstream err;
    const bool is_help = app.exit(error, out, err) == 0;
    std::fputs(out.str().c_str(), streams.out);
    std::fputs(err.str().c_str(), streams.err);
    return is_help ? app::exit_code::ok : app::exit_code::invalid;
}

// The first word that should be a command and is none; empty: there is none such. CLI11 only says that one is missing.
std::string find_unknown_command(const CLI::App& app, const std::vector<std::string>& arguments) {
    const CLI::App* level = &app;
    for (const std::string& word : arguments) {
        const std::vector<const CLI::App*> known = level->get_subcommands([](const CLI::App*) { return true; });
        if (known.empty() || word.starts_with("-")) return {};
        const auto found = std::find_if(known.begin(), known.end(),
                                        [&word](const CLI::App* command) { return command->get_name() == word; });
        if (found == known.end()) return word;
        level = *found;
    }
    return {};
}

}  // namespace

int complain(const Streams& streams, int code, std::string_view sentence) {
    fmt::print(streams.err, "outflow: {}\n", sentence);
    return code;
}

int run(std::vector<std::string> arguments, const Streams& streams) {
    CLI::App app("Takes what MQTT clients publish and delivers it to RocketMQ, filtered and transformed on the way, "
                 "without losing a message.",
                 "outflow");
    app.require_subcommand(1);
    app.footer("Exit codes: 0 it went well; 1 what was asked for failed; 2 wrong usage, or a fault in a task file.\n"
               "Help for one command: outflow COMMAND --help");
    Action action;
    add_run(app, action);
    add_lint(app, action);
    add_jsonpath(app, action);
    add_pattern(app, action);
    add_task(app, action);
    add_version(app, action);
    add_rocketmq(app, action);
    add_devbroker(app, action);

    if (arguments.empty()) {
        std::fputs(app.help().c_str(), streams.err);
        return app::exit_code::invalid;
    }
    if (const std::string unknown = find_unknown_command(app, arguments); !unknown.empty()) {
        return complain(streams, app::exit_code::invalid,
                        fmt::format("There is no command \"{}\". See outflow --help.", unknown));
    }
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
        return report(app, error, streams);
    }
    const int code = action(streams);
    const bool is_written = std::fflush(streams.out) == 0 && std::ferror(streams.out) == 0;
    return is_written || code != app::exit_code::ok ? code
                                                    : complain(streams, app::exit_code::failed, "The output cannot be written.");
}

int run(int argc, char** argv) { return run(std::vector<std::string>(argv + 1, argv + std::max(argc, 1)), Streams{}); }

}  // namespace outflow::cli
