#include "cli/pattern_options.h"

#include "app/preview_json.h"
#include "app/run.h"
#include "base/limits.h"
#include "cli/event_input.h"
#include "cli/pattern_text.h"

namespace outflow::cli {

Option add_pattern_options(Command& command, PatternOptions& options) {
    const auto take = [&options](const std::string& word) {
        const auto dialect = pattern::dialect_of(word);
        if (!dialect) throw UsageError{"--dialect: say outflow or alibaba, not " + word};
        options.dialect = *dialect;
    };
    command
        .add_option("--dialect", take,
                    "Whose answers to give: outflow's, or those of Alibaba's open-source engine (alibaba)")
        .type_name("NAME");
    command
        .add_option("--filter-path", options.filter_path,
                    "A JSONPath that must find something, beside the pattern or alone")
        .type_name("JSONPATH");
    return command.add_option("-p,--pattern", options.pattern, "The event pattern as JSON, or @FILE with it")
        .type_name("PATTERN");
}

void check_pattern_options(const PatternOptions& options, bool may_have_rows) {
    if (!options.pattern.empty() || !options.filter_path.empty()) return;
    throw UsageError{may_have_rows ? "-p PATTERN, --filter-path JSONPATH or --rows FILE is required"
                                   : "-p PATTERN or --filter-path JSONPATH is required"};
}

Result<std::unique_ptr<app::GivenPattern>> read_pattern(const PatternOptions& options,
                                                        const event::EventContext* context) {
    const std::string given = options.pattern.empty() ? "{}" : options.pattern;
    TRY(const std::string text, read_argument(given, limits::pattern_bytes_max));
    return std::make_unique<app::GivenPattern>(text, options.dialect, context, options.filter_path);
}

int refuse_pattern(const app::GivenPattern& pattern, const PatternOptions& options, bool json, const Streams& streams) {
    std::string out;
    if (json) {
        out = "{\"outcome\":\"invalid\",\"faults\":";
        app::append_diagnostics_json(out, pattern.diagnostics());
        out += "}\n";
    } else {
        out = render_pattern_diagnostics(pattern, name_argument(options.pattern, "pattern"));
    }
    std::fwrite(out.data(), 1, out.size(), json ? streams.out : streams.err);
    return app::exit_code::invalid;
}

void print_warnings(const app::GivenPattern& pattern, const PatternOptions& options, const Streams& streams) {
    const std::string lines = render_pattern_diagnostics(pattern, name_argument(options.pattern, "pattern"));
    std::fwrite(lines.data(), 1, lines.size(), streams.err);
}

}  // namespace outflow::cli
