// The stages of a task's transform.
#include <fmt/format.h>

#include "base/limits.h"
#include "task/draft.h"
#include "task/object.h"

namespace outflow::task {
namespace {

void read_split(Report& report, const Object& object, TaskDefinition& task) {
    if (!object.is_clean()) return;
    transform::SplitDefinition source{{object.text("path"), object.text("json"), false}};
    std::vector<transform::Diagnostic> diagnostics;
    std::vector<transform::Diagnostic> warnings;
    transform::Split::compile(source, program_source(task, std::nullopt).context, diagnostics, &warnings);
    const auto add = [&](Severity severity, const transform::Diagnostic& diagnostic) {
        const std::string name = diagnostic.pointer.substr(1);
        report.add(severity, object.place(name), object.path(name), diagnostic.message, diagnostic.hint);
    };
    for (const transform::Diagnostic& each : warnings) add(Severity::warning, each);
    for (const transform::Diagnostic& each : diagnostics) add(Severity::error, each);
    task.transform.emplace_back(std::move(source));
}

}  // namespace

void read_transform(Report& report, const Object& task, TaskDefinition& definition) {
    const YamlNodePtr node = task.find("transform");
    if (node == nullptr) return;
    if (node->items.size() > limits::stages_max) {
        report.error(node->place, task.path("transform"),
                     fmt::format("a task has at most {} stages", limits::stages_max));
        return;
    }
    for (std::size_t i = 0; i < node->items.size(); ++i) {
        const std::string path = fmt::format("{}[{}]", task.path("transform"), i);
        const Object item = Object::read(report, node->items[i], path, "task.transform");
        if (const YamlNodePtr split = item.find("split"); split != nullptr) {
            read_split(report, Object::read(report, split, item.path("split"), "task.transform.split"), definition);
        } else if (item.is_clean()) {
            report.error(item.place(), path, "the stage is empty", "leave it out");
        }
    }
}

}  // namespace outflow::task
