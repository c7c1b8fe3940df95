// The document while it is read, with the places that checks over several tasks, instances and files need.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "task/definition.h"
#include "task/object.h"
#include "task/report.h"
#include "task/yaml.h"

namespace outflow::task {

struct InstanceDraft {
    std::string name;
    std::string_view kind;  // empty: unknown, it has errors of its own
    std::string file;
    Position place;
};

struct TaskDraft {
    TaskDefinition definition;
    std::string path;  // `tasks.<name>` or `tasks[<n>]`
    std::size_t file_number = 0;
    Position name_place;
    Object source;  // the fields of its kind, as those that follow
    Object sink;
    Object dead_letter;
    std::vector<std::string_view> refused_fields;  // of the sink's records: absent, or with errors already reported
};

struct Draft {
    std::vector<Instance> instances;  // of which the kind is known
    std::vector<InstanceDraft> instance_drafts;
    std::vector<TaskDraft> tasks;
};

// A value of the kind whose name `object` has; nothing, if it has none of them, or several.
template <class Definition>
std::optional<Definition> choose_kind(const Object& object) {
    const auto& names = Kinds<Definition>::names;
    const auto has_kind = [&object](std::string_view name) { return object.has(name); };
    if (std::count_if(names.begin(), names.end(), has_kind) != 1) return std::nullopt;
    return Kinds<Definition>::make(
        static_cast<std::size_t>(std::find_if(names.begin(), names.end(), has_kind) - names.begin()));
}

// Reads the map `instances` of a file.
void read_instances(Report& report, const YamlNodePtr& node, Draft& draft);

// Reads one item of the list `tasks`, the `index`th of its file.
void read_task(Report& report, const YamlNodePtr& node, std::size_t index, Draft& draft);

// Reads the field `name` of the sink, a text or a form, into `field`, which keeps its default where there is none.
// `refused` gets its name when it is absent or has errors that are reported already.
void read_value(Report& report, const Object& sink, std::string_view name, transform::Field& field,
                std::vector<std::string_view>& refused);

// Reports what compiling a field of the sink has found, where it stands in the file.
void report_value(Report& report, Severity severity, const Object& sink, const transform::Diagnostic& diagnostic);

// Reads the stages of a task, and compiles them as it will once its source has been read.
void read_transform(Report& report, const Object& task, TaskDefinition& definition);

// Reads the field `name`, a secret or where it is.
std::optional<platform::SecretSource> read_secret(Report& report, const Object& object, std::string_view name);

// What only all files together show: references, names given twice, client ids that meet at one broker.
void check_document(Report& report, const Draft& draft);

// A tree written in YAML as the JSON tree that it means; what JSON cannot spell is reported at `path`.
json::Node to_json(Report& report, const YamlNode& node, const std::string& path);

// The filter of a task as the pattern compiler wants it; the empty pattern if it has errors. `from_text` is set when
// it was JSON text: then its lines are not those of the file.
json::Node read_filter(Report& report, const YamlNode& node, const std::string& path, bool& from_text);

}  // namespace outflow::task
