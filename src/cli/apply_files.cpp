#include "cli/apply_files.h"

#include <algorithm>

#include <fmt/format.h>

#include "api/problem.h"
#include "app/run.h"
#include "cli/tree_file.h"
#include "platform/file.h"
#include "task/load.h"

namespace outflow::cli {

namespace {

bool is_task_file(std::string_view name) {
    return !name.starts_with('.') && (name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json"));
}

std::vector<std::string> files_of(const std::vector<std::string>& paths) {
    std::vector<std::string> files;
    for (const std::string& path : paths) {
        const auto names = platform::list_folder(path);
        if (!names) {
            files.push_back(path);  // a file, or what reading it tells about
            continue;
        }
        const std::size_t before = files.size();
        for (const std::string& name : *names)
            if (is_task_file(name)) files.push_back(path + (path.ends_with('/') ? "" : "/") + name);
        if (files.size() == before) {
            throw Failure{app::exit_code::invalid,
                          fmt::format("{}: the folder has no file *.yaml, *.yml or *.json.", path)};
        }
    }
    return files;
}

// The loader knows task files of `outflow run`: what is more in those of a server is judged there.
bool is_of_server(const task::Diagnostic& fault) {
    if (fault.sentence.starts_with("there is no instance")) return true;
    if (fault.sentence.starts_with("unknown field"))
        return fault.path.ends_with(".status") || fault.path.ends_with(".set");
    return fault.sentence.starts_with("expected one of env and file");  // { set: true }
}

// Gives the warnings.
std::vector<task::Diagnostic> check_locally(const std::vector<task::SourceText>& texts, const Streams& streams) {
    std::vector<task::Diagnostic> faults = task::load_texts(texts).diagnostics;
    faults.erase(std::remove_if(faults.begin(), faults.end(), is_of_server), faults.end());
    const std::size_t errors = task::count_errors(faults);
    std::string text;
    for (const task::Diagnostic& each : faults) text += task::render_diagnostic(each) + "\n";
    if (errors > 0) {
        throw Failure{app::exit_code::invalid,
                      fmt::format("Nothing was sent: {}\n{}", task::render_summary(faults, texts.size()),
                                  text.substr(0, text.size() - 1))};
    }
    fmt::print(streams.err, "{}", text);
    return faults;
}

void merge(TaskFiles& files, const json::Node& file, const std::string& name) {
    const json::Node* instances = file.find("instances");
    const json::Node* tasks = file.find("tasks");
    auto& all_instances = files.document.members[0].value.members;
    auto& all_tasks = files.document.members[1].value.items;
    if (instances != nullptr)
        for (const json::Member& each : instances->members)
            all_instances.emplace_back(each.name, without(each.value, "status"));
    if (tasks != nullptr)
        for (const json::Node& each : tasks->items) all_tasks.push_back(without(each, "status"));
    files.instance_files.resize(all_instances.size(), name);
    files.task_files.resize(all_tasks.size(), name);
}

}  // namespace

std::string TaskFiles::place_of(std::string_view pointer) const {
    const json::Node& value = nearest_at(document, pointer);
    const std::string_view above = pointer.substr(0, pointer.find('/', pointer.find('/', 1) + 1));  // /tasks/press
    const json::Node* whole = &nearest_at(document, above);
    const auto& instances = document.members[0].value.members;
    const auto& tasks = document.members[1].value.items;
    for (std::size_t i = 0; i < instances.size(); ++i)
        if (whole == &instances[i].value) return place_in(instance_files[i], value);
    for (std::size_t i = 0; i < tasks.size(); ++i)
        if (whole == &tasks[i]) return place_in(task_files[i], value);
    return "  ";
}

bool TaskFiles::has_told(const json::Node& warning) const {
    return std::any_of(warnings.begin(), warnings.end(), [&warning](const task::Diagnostic& told) {
        return told.sentence == text_at(warning, "detail") && api::pointer_of(told.path) == text_at(warning, "pointer");
    });
}

TaskFiles read_task_files(const std::vector<std::string>& paths, const Streams& streams) {
    std::vector<task::SourceText> texts;
    for (const std::string& path : files_of(paths)) {
        const bool is_input = path == platform::standard_input;
        texts.push_back(
            {is_input ? "standard input" : path, must(platform::read_input(path, task::file_limits::file_bytes_max))});
    }
    TaskFiles files;
    files.warnings = check_locally(texts, streams);
    files.document = json::Node::object();
    files.document.members.emplace_back("instances", json::Node::object());
    files.document.members.emplace_back("tasks", json::Node::array());
    for (const task::SourceText& text : texts) merge(files, parse_tree(text.name, text.text), text.name);
    return files;
}

}  // namespace outflow::cli
