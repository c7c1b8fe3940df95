#include "cli/tree_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/run.h"
#include "base/sentence.h"
#include "cli/table.h"
#include "platform/file.h"
#include "task/draft.h"
#include "task/load.h"

namespace outflow::cli {

namespace {

[[noreturn]] void throw_faults(const std::vector<task::Diagnostic>& faults) {
    std::string text = faults.size() == 1 ? "There is a fault in the file." : "There are faults in the file.";
    for (const task::Diagnostic& each : faults) text += "\n" + task::render_diagnostic(each);
    throw Failure{app::exit_code::invalid, std::move(text)};
}

}  // namespace

json::Node parse_tree(const std::string& name, std::string_view text) {
    task::Report report;
    report.begin_file(name, 0);
    const task::YamlDocument yaml = task::parse_yaml(text);
    for (const task::YamlDiagnostic& each : yaml.diagnostics) report.error(each.place, {}, each.sentence, each.hint);
    json::Node node;
    if (yaml.root != nullptr) node = task::to_json(report, *yaml.root, {});
    const std::vector<task::Diagnostic> faults = report.take();
    if (!faults.empty()) throw_faults(faults);
    return node;
}

json::Node read_tree(const std::string& path) {
    const std::string text = must(platform::read_input(path, task::file_limits::file_bytes_max));
    return parse_tree(path == platform::standard_input ? "standard input" : path, text);
}

Answer send_tree(Remote& remote, std::string_view method, const std::string& target, const json::Node& tree,
                 const std::string& file, const http::Fields& fields) {
    const std::string_view name = file == platform::standard_input ? "standard input" : std::string_view(file);
    const auto place_of = [&](std::string_view pointer) { return place_in(name, nearest_at(tree, pointer)); };
    return send_with_places(remote, method, target, without(tree, "status"), place_of, fields);
}

Answer send_with_places(Remote& remote, std::string_view method, const std::string& target, const json::Node& body,
                        const PlaceOf& place_of, const http::Fields& fields) {
    try {
        return remote.call(method, target, &body, fields);
    } catch (Failure& failure) {
        const json::Node* faults = failure.problem.is(json::Kind::object) ? failure.problem.find("faults") : nullptr;
        if (faults == nullptr || faults->items.empty()) throw;
        failure.text =
            to_sentence(visible(text_at(failure.problem, "detail"))) + "\n" + render_faults(*faults, place_of);
        failure.text.pop_back();
        throw;
    }
}

json::Node without(json::Node object, std::string_view name) {
    object.members.erase(std::remove_if(object.members.begin(), object.members.end(),
                                        [name](const json::Member& member) { return member.name == name; }),
                         object.members.end());
    return object;
}

}  // namespace outflow::cli
