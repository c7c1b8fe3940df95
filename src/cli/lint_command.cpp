#include <fmt/format.h>

#include "app/run.h"
#include "cli/command.h"
#include "task/load.h"

namespace outflow::cli {

namespace {

int lint(const std::vector<std::string>& files, const Streams& streams) {
    const task::Loaded loaded = task::load_files(files);
    for (const task::Diagnostic& diagnostic : loaded.diagnostics)
        fmt::print(streams.out, "{}\n", task::render_diagnostic(diagnostic));
    fmt::print(streams.out, "{}\n", task::render_summary(loaded.diagnostics, files.size()));
    return loaded.ok() ? app::exit_code::ok : app::exit_code::invalid;
}

}  // namespace

void add_lint(Command& parent, Action& action) {
    auto files = std::make_shared<std::vector<std::string>>();
    Command command = parent.add_command("lint", "Checks task files and reports all errors at once");
    command.add_option("FILE", *files, "Task files; they see each other's instances. -: standard input")
        .required()
        .type_name("");
    command.footer("Each error has its file, line, path and a hint. Nothing is connected to, no secret is read.\n"
                   "Exit codes: 0 the files can be used, maybe with warnings; 2 there are errors.\n"
                   "Example: outflow lint tasks.yaml instances.yaml");
    command.on_parsed([files, &action] { action = [files](const Streams& streams) { return lint(*files, streams); }; });
}

}  // namespace outflow::cli
