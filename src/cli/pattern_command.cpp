// `outflow pattern`: test and lint; try stands in pattern_try.cpp.
#include <fmt/format.h>

#include "app/preview_json.h"
#include "app/run.h"
#include "base/limits.h"
#include "cli/event_input.h"
#include "cli/message_text.h"
#include "cli/pattern_options.h"
#include "cli/pattern_rows.h"
#include "cli/pattern_text.h"
#include "cli/rocketmq_options.h"
#include "platform/file.h"

namespace outflow::cli {

namespace {

constexpr std::size_t file_bytes_max = 64 * 1024 * 1024;

struct TestArguments {
    PatternOptions pattern;
    EventOptions event;
    event::DataFormat format = event::DataFormat::json;
    std::string rows;
    std::string column;
    bool wrap_data = false;
    bool json = false;
};

int complain_invalid(const Streams& streams, const Error& error) {
    return complain(streams, app::exit_code::invalid, to_sentence(error.context));
}

void print(std::FILE* to, std::string_view text) { std::fwrite(text.data(), 1, text.size(), to); }

// The verdict on the event that was given, whole or as a message.
Result<app::PatternVerdict> judge(app::GivenPattern& pattern, const TestArguments& arguments,
                                  const event::EventContext& context) {
    if (arguments.event.payload.empty()) {
        TRY(const std::string event, read_argument(arguments.event.event, file_bytes_max));
        return pattern.judge(event);
    }
    TRY(const event::OwnedEvent owned, read_message(arguments.event, context, 1));
    return pattern.judge(owned.event, owned.context);
}

int test_pattern(const TestArguments& arguments, const Streams& streams) {
    event::EventContext context;
    context.format = arguments.format;
    const bool is_message = !arguments.event.payload.empty();
    const auto pattern = read_pattern(arguments.pattern, is_message ? &context : nullptr);
    if (!pattern) return complain_invalid(streams, pattern.error());
    if (!(*pattern)->is_valid()) return refuse_pattern(**pattern, arguments.pattern, arguments.json, streams);
    if (!arguments.json) print_warnings(**pattern, arguments.pattern, streams);
    const auto verdict = judge(**pattern, arguments, context);
    std::string out;
    if (!verdict && arguments.json) {
        out = "{\"outcome\":\"invalid\"";
        app::append_json_member(out, "reason", to_sentence(verdict.error().context));
        print(streams.out, out + "}\n");
        return app::exit_code::invalid;
    }
    if (!verdict) return complain_invalid(streams, verdict.error());
    if (arguments.json) {
        out = fmt::format("{{\"outcome\":\"{}\",\"decisions\":", app::outcome_name(verdict->matches));
        app::append_decisions_json(out, verdict->decisions);
        if (const auto warnings = (*pattern)->warnings(); !warnings.empty()) {
            out += ",\"advice\":";
            app::append_diagnostics_json(out, warnings);
        }
        out += "}\n";
    } else {
        out = verdict->matches ? "match\n" : "no match\n";
        append_decisions_text(out, verdict->decisions);
    }
    print(streams.out, out);
    return verdict->matches ? app::exit_code::ok : app::exit_code::failed;
}

int test_rows(const TestArguments& arguments, const Streams& streams) {
    const auto text = platform::read_input(arguments.rows, file_bytes_max);
    if (!text) return complain_invalid(streams, text.error());
    RowsOptions options;
    options.dialect = arguments.pattern.dialect;
    options.column = arguments.column;
    options.wrap_data = arguments.wrap_data;
    const auto report = run_rows(*text, options, [&streams](std::string_view line) { print(streams.out, line); });
    if (!report) {
        return complain(streams, app::exit_code::invalid, arguments.rows + ": " + to_sentence(report.error().context));
    }
    fmt::print(streams.err, "{} rows, {} agree, {} differ\n", report->rows, report->agree, report->differ);
    return report->differ == 0 ? app::exit_code::ok : app::exit_code::failed;
}

void add_test(Command& parent, Action& action) {
    auto arguments = std::make_shared<TestArguments>();
    Command command = parent.add_command("test", "Says whether an event matches, and why, field by field");
    Option pattern = add_pattern_options(command, arguments->pattern);
    add_event_options(command, arguments->event);
    add_data_format(command, arguments->format);
    Option rows =
        command.add_option("--rows", arguments->rows, "Run a file of patterns and events instead (JSON Lines)");
    rows.type_name("FILE").excludes(pattern);
    command.add_option("--column", arguments->column, "What a row expects; else expected, outcome or valid")
        .type_name("NAME")
        .needs(rows);
    const auto wrap = [arguments](const std::string&) { arguments->wrap_data = true; };
    command.add_option("--wrap", wrap, "Put patterns and events of rows below data")
        .type_name("data")
        .check([](const std::string& word) { return word == "data" ? "" : "say data, not " + word; })
        .needs(rows);
    command.add_flag("--json", arguments->json, "The answer as one JSON object");
    command.footer(
        "Exit codes: 0 it matches, or all rows agree; 1 it does not, or some differ; 2 the pattern, the event\n"
        "or the file is invalid. A message counts as one of QoS 1.\n"
        "Example: outflow pattern test -p '{\"data\":{\"body\":{\"t\":[{\"numeric\":[\">\",80]}]}}}' \\\n"
        "         --payload message.json --topic factory/press7");
    command.on_parsed([arguments, rows, &action] {
        const bool is_rows = rows.is_given();
        if (!is_rows) check_pattern_options(arguments->pattern, true);
        if (is_rows && arguments->event.is_given()) throw UsageError{"--rows excludes -e and --payload"};
        if (!is_rows && !arguments->event.is_given()) throw UsageError{"-e EVENT, or --payload FILE is required"};
        check_event_options(arguments->event);
        action = [arguments, is_rows](const Streams& streams) {
            return is_rows ? test_rows(*arguments, streams) : test_pattern(*arguments, streams);
        };
    });
}

int lint_pattern(const PatternOptions& options, bool json, const Streams& streams) {
    const auto pattern = read_pattern(options, nullptr);
    if (!pattern) return complain_invalid(streams, pattern.error());
    std::string out;
    if (json) {
        out = "{\"faults\":";
        app::append_diagnostics_json(out, (*pattern)->diagnostics());
        out += ",\"advice\":";
        app::append_diagnostics_json(out, (*pattern)->warnings());
        out += "}\n";
    } else {
        out = render_pattern_diagnostics(**pattern, name_argument(options.pattern, "pattern"));
        if (out.empty()) out = "no problems\n";
    }
    print(streams.out, out);
    return (*pattern)->is_valid() ? app::exit_code::ok : app::exit_code::invalid;
}

void add_lint_pattern(Command& parent, Action& action) {
    struct PatternArguments {
        PatternOptions pattern;
        bool json = false;
    };
    auto arguments = std::make_shared<PatternArguments>();
    Command command = parent.add_command("lint", "Checks a pattern and reports all errors at once");
    add_pattern_options(command, arguments->pattern);
    command.add_flag("--json", arguments->json, "One JSON object");
    command.footer("Each error has its place: line, column and JSON pointer.\n"
                   "Exit codes: 0 the pattern can be used, maybe with warnings; 2 it cannot.\n"
                   "Example: outflow pattern lint -p @pattern.json");
    command.on_parsed([arguments, &action] {
        check_pattern_options(arguments->pattern);
        action = [arguments](const Streams& streams) {
            return lint_pattern(arguments->pattern, arguments->json, streams);
        };
    });
}

}  // namespace

void add_pattern(Command& parent, Action& action) {
    Command command =
        parent.add_command("pattern", "Tests event patterns: on events, on rows of them, on live messages");
    command.require_command();
    command.footer("Example: outflow pattern test -p @pattern.json -e @event.json");
    add_test(command, action);
    add_lint_pattern(command, action);
    add_try(command, action);
}

}  // namespace outflow::cli
