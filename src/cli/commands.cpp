#include "cli/commands.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/build_info.h"
#include "app/run.h"
#include "cli/command.h"

namespace outflow::cli {

int run(std::vector<std::string> arguments, const Streams& streams) {
    CommandLine line("outflow",
                     "Takes what MQTT clients publish and delivers it to RocketMQ, filtered and transformed on the "
                     "way, without losing a message.");
    Command program = line.program();
    program.require_command();
    program.version(fmt::format("outflow {}", app::version), "Says the version; more: outflow version");
    program.footer(
        "Exit codes: 0 it went well; 1 what was asked for failed; 2 wrong usage, or an error in a task file; of what asks\n"
        "a server also 3 it cannot be reached; 4 not allowed, or not logged in.\n"
        "Help for one command: outflow COMMAND --help");
    Action action;
    add_run(program, action);
    add_server(program, action);
    add_lint(program, action);
    add_jsonpath(program, action);
    add_pattern(program, action);
    add_task(program, action);
    add_test_files(program, action);
    add_apply(program, action);
    add_export(program, action);
    add_instance(program, action);
    add_login(program, action);
    add_context(program, action);
    add_user(program, action);
    add_key(program, action);
    add_audit(program, action);
    add_backup(program, action);
    add_version(program, action);
    add_completion(program, action);
    add_rocketmq(program, action);
    add_devbroker(program, action);

    if (arguments.empty()) {
        std::fputs(line.help().c_str(), streams.err);
        return app::exit_code::invalid;
    }
    if (const std::optional<int> code = line.parse(std::move(arguments), streams)) return *code;
    const int code = action(streams);
    const bool is_written = std::fflush(streams.out) == 0 && std::ferror(streams.out) == 0;
    return is_written || code != app::exit_code::ok
               ? code
               : complain(streams, app::exit_code::failed, "The output cannot be written.");
}

int run(int argc, char** argv) { return run(std::vector<std::string>(argv + 1, argv + std::max(argc, 1)), Streams{}); }

}  // namespace outflow::cli
