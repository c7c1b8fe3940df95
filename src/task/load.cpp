#include "task/load.h"

#include <set>

#include <fmt/format.h>

#include "platform/file.h"
#include "task/draft.h"
#include "task/object.h"
#include "task/yaml.h"

namespace outflow::task {
namespace {

// Takes what one file defines into the draft.
void read_text(Report& report, std::string_view text, Draft& draft) {
    if (text.size() > file_limits::file_bytes_max) {
        report.error({}, {}, fmt::format("a file has at most {} MiB", file_limits::file_bytes_max >> 20U),
                     "split it into several files");
        return;
    }
    const YamlDocument yaml = parse_yaml(text);
    for (const YamlDiagnostic& diagnostic : yaml.diagnostics)
        report.error(diagnostic.place, {}, diagnostic.sentence, diagnostic.hint);
    for (const YamlDiagnostic& each : yaml.warnings) report.warning(each.place, {}, each.sentence, each.hint);
    if (!yaml.diagnostics.empty()) return;
    if (yaml.root == nullptr || yaml.root->is_null()) {
        report.error({}, {}, "the file is empty", "it holds instances, tasks, or both");
        return;
    }
    const Object file = Object::read(report, yaml.root, {}, "file");
    if (const YamlNodePtr instances = file.find("instances"); instances != nullptr) {
        read_instances(report, instances, draft);
    }
    const YamlNodePtr tasks = file.find("tasks");
    for (std::size_t i = 0; tasks != nullptr && i < tasks->items.size(); ++i) {
        if (draft.tasks.size() == file_limits::tasks_max) {
            report.error(tasks->items[i]->place, fmt::format("tasks[{}]", i),
                         fmt::format("more than {} tasks", with_commas(file_limits::tasks_max)));
            return;
        }
        read_task(report, tasks->items[i], i, draft);
    }
}

Loaded finish(Report& report, Draft draft) {
    check_document(report, draft);
    Loaded loaded;
    loaded.diagnostics = report.take();
    loaded.document.instances = std::move(draft.instances);
    for (TaskDraft& task : draft.tasks) loaded.document.tasks.push_back(std::move(task.definition));
    return loaded;
}

}  // namespace

Loaded load_files(std::span<const std::string> paths) {
    Report report;
    Draft draft;
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const bool is_input = paths[i] == platform::standard_input;
        report.begin_file(is_input ? "standard input" : paths[i], i);
        if (!seen.insert(paths[i]).second) {
            report.error({}, {}, "the file is given twice");
            continue;
        }
        const Result<std::string> text = platform::read_input(paths[i], file_limits::file_bytes_max);
        if (text) read_text(report, *text, draft);
        else report.error({}, {}, text.error().context);
    }
    return finish(report, std::move(draft));
}

Loaded load_texts(std::span<const SourceText> texts) {
    Report report;
    Draft draft;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        report.begin_file(texts[i].name, i);
        read_text(report, texts[i].text, draft);
    }
    return finish(report, std::move(draft));
}

Loaded load_text(std::string_view name, std::string_view text) {
    const SourceText only{std::string(name), std::string(text)};
    return load_texts(std::span(&only, 1));
}

}  // namespace outflow::task
