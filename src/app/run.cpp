#include "app/run.h"

#include <csignal>

#include <unistd.h>

#include <fmt/format.h>

#include "app/prepare.h"
#include "app/secrets.h"
#include "app/runner.h"
#include "platform/process.h"
#include "task/load.h"

namespace outflow::app {

namespace {

int say(std::FILE* err, int code, std::string_view sentence) {
    fmt::print(err, "outflow: {}\n", sentence);
    return code;
}

}  // namespace

int run_tasks(const RunOptions& options, std::FILE* err) {
    const task::Loaded loaded = task::load_files(options.files);
    for (const task::Diagnostic& diagnostic : loaded.diagnostics)
        fmt::print(err, "{}\n", task::render_diagnostic(diagnostic));
    if (!loaded.ok()) {
        return say(err, exit_code::invalid,
                   task::render_summary(loaded.diagnostics, options.files.size()) + "; nothing was started.");
    }
    if (loaded.document.tasks.empty()) return say(err, exit_code::invalid, "There is no task in what was given.");

    auto prepared = prepare_tasks(loaded.document, platform::host_name());
    if (!prepared) return say(err, exit_code::failed, prepared.error().context);

    platform::raise_descriptor_limit();
    std::signal(SIGPIPE, SIG_IGN);  // who reads our log lines may go away
    std::fflush(err);
    Runner runner(options, ::fileno(err));
    if (const Status ready = runner.prepare(prepared->size(), secret_files(loaded.document)); !ready)
        return say(err, exit_code::failed, ready.error().context);
    const Result<std::vector<std::string>> reasons = runner.run(std::move(*prepared));
    if (!reasons) return say(err, exit_code::failed, reasons.error().context);
    // A reader of standard error that has stopped must not hold up the end.
    for (const std::string& reason : *reasons) {
        platform::write_without_waiting(::fileno(err), fmt::format("outflow: {}\n", reason));
    }
    return reasons->empty() ? exit_code::ok : exit_code::failed;
}

}  // namespace outflow::app
