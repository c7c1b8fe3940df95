// `outflow test`.
#include <memory>

#include <fmt/format.h>

#include "app/run.h"
#include "cli/command.h"
#include "cli/junit.h"
#include "cli/tests_report.h"
#include "pattern/wildcard.h"
#include "platform/file.h"

namespace outflow::cli {

namespace {

struct TestsArguments {
    std::vector<std::string> files;
    std::string filter;
    std::string junit;
    std::string output = "text";
};

int run_test_files(const TestsArguments& arguments, const Streams& streams) {
    std::string reason;
    const auto chosen = pattern::Wildcard::parse(arguments.filter, reason);
    if (!chosen) return complain(streams, app::exit_code::invalid, fmt::format("--filter: {}", reason));
    const LoadedTests loaded = load_tests(arguments.files);
    for (const task::Diagnostic& diagnostic : loaded.diagnostics)
        fmt::print(streams.err, "{}\n", task::render_diagnostic(diagnostic));
    if (!loaded.diagnostics.empty()) return app::exit_code::invalid;
    const bool has_filter = !arguments.filter.empty();
    const std::vector<TestResult> results =
        run_tests(loaded.files, [&](std::string_view name) { return !has_filter || chosen->matches(name); });
    if (results.empty()) {
        return complain(
            streams, app::exit_code::invalid,
            fmt::format("No test has a name like {}; * stands for any text, as in '*hot*'.", arguments.filter));
    }
    const std::string text = arguments.output == "json" ? render_tests_json(results) : render_tests_text(results);
    std::fwrite(text.data(), 1, text.size(), streams.out);
    if (!arguments.junit.empty()) {
        const Status written =
            platform::write_file_atomically(arguments.junit, render_junit(results), platform::Readers::everyone);
        if (!written) return complain(streams, app::exit_code::failed, to_sentence(written.error().context));
    }
    return count_failed(results) == 0 ? app::exit_code::ok : app::exit_code::failed;
}

}  // namespace

void add_test_files(Command& parent, Action& action) {
    auto arguments = std::make_shared<TestsArguments>();
    Command command =
        parent.add_command("test", "Runs files of tests: messages, and the records that tasks make of them");
    command.add_option("FILE", arguments->files, "Files of tests (docs/testing.md); -: standard input")
        .required()
        .type_name("");
    command.add_option("--filter", arguments->filter, "Only tests of such names; * stands for any text")
        .type_name("PATTERN");
    command.add_option("--junit", arguments->junit, "Also write the results as JUnit XML").type_name("FILE");
    command.add_option("-o,--output", arguments->output, "text or json").type_name("FORMAT").one_of({"text", "json"});
    command.footer(
        "Nothing is connected to, nothing is sent, no secret is read.\n"
        "Exit codes: 0 all passed; 1 some failed, or the XML cannot be written; 2 a file has errors: all are\n"
        "reported at once.\n"
        "Example: outflow test tasks.test.yaml --junit results.xml");
    command.on_parsed([arguments, &action] {
        action = [arguments](const Streams& streams) { return run_test_files(*arguments, streams); };
    });
}

}  // namespace outflow::cli
