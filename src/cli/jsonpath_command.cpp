#include <string>
#include <utility>

#include <fmt/format.h>

#include "app/run.h"
#include "cli/command.h"
#include "json/evaluate.h"
#include "json/suite.h"
#include "platform/file.h"

namespace outflow::cli {

namespace {

constexpr std::size_t file_bytes_max = 64 * 1024 * 1024;

struct JsonpathArguments {
    std::string expression;
    std::string file = "-";
    bool paths = false;
    std::string suite;
};

int print_nodes(const json::Evaluator& evaluator, std::span<const json::Value> nodes, bool paths,
                const Streams& streams) {
    std::string line;
    for (std::size_t at = 0; at < nodes.size(); ++at) {
        line.clear();
        if (paths) {
            line = evaluator.location(at);
        } else {
            json::append_compact_json(line, nodes[at]);
        }
        line += '\n';
        std::fwrite(line.data(), 1, line.size(), streams.out);
    }
    return nodes.empty() ? app::exit_code::failed : app::exit_code::ok;
}

int select(const JsonpathArguments& arguments, const Streams& streams) {
    auto query = json::parse_query(arguments.expression);
    if (!query) return complain(streams, app::exit_code::invalid, query.error().context);
    for (const std::string& warning : query->warnings()) fmt::print(streams.err, "outflow: {}\n", warning);
    auto text = platform::read_input(arguments.file, file_bytes_max);
    if (!text) return complain(streams, app::exit_code::invalid, to_sentence(text.error().context));
    json::Evaluator evaluator;
    if (Status opened = evaluator.open(*text); !opened) {
        return complain(streams, app::exit_code::invalid, opened.error().context);
    }
    auto nodes = evaluator.select(*query);
    if (!nodes) return complain(streams, app::exit_code::failed, nodes.error().context);
    return print_nodes(evaluator, *nodes, arguments.paths, streams);
}

int run_suite(const JsonpathArguments& arguments, const Streams& streams) {
    auto text = platform::read_file(arguments.suite, file_bytes_max);
    if (!text) return complain(streams, app::exit_code::invalid, to_sentence(text.error().context));
    auto report = json::run_suite(*text);
    if (!report) return complain(streams, app::exit_code::invalid, arguments.suite + ": " + report.error().context);
    for (const std::string& why : report->disagreements) fmt::print(streams.out, "{}\n", why);
    fmt::print(streams.out, "{} of {} rows agree\n", report->agreed(), report->rows);
    return report->disagreements.empty() ? app::exit_code::ok : app::exit_code::failed;
}

}  // namespace

void add_jsonpath(Command& parent, Action& action) {
    auto arguments = std::make_shared<JsonpathArguments>();
    Command command = parent.add_command("jsonpath", "Prints what a JSONPath (RFC 9535) finds in a JSON text");
    Option expression =
        command.add_option("EXPRESSION", arguments->expression, "The query, in single quotes for the shell");
    expression.type_name("");
    command.add_option("FILE", arguments->file, "The JSON text; - or nothing: standard input").type_name("");
    command.add_flag("--paths", arguments->paths, "Print where the nodes stand instead, as normalised paths");
    command.add_option("--suite", arguments->suite, "Run a file in the form of the RFC's compliance suite instead")
        .type_name("FILE")
        .excludes(expression);
    command.footer("One node a line, numbers as they are spelled.\n"
                   "Exit codes: 0 nodes were found; 1 none, or a suite disagrees; 2 an invalid query, text or file.\n"
                   "Example: outflow jsonpath '$.readings[?@.celsius > 80].sensor' payload.json");
    command.on_parsed([arguments, expression, &action] {
        if (!expression.is_given() && arguments->suite.empty()) throw UsageError{"EXPRESSION is required"};
        action = [arguments](const Streams& streams) {
            return arguments->suite.empty() ? select(*arguments, streams) : run_suite(*arguments, streams);
        };
    });
}

}  // namespace outflow::cli
