#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "task/draft.h"
#include "task/load.h"
#include "task/names.h"
#include "task/object.h"

namespace outflow::task {
namespace {

void read_batch(Report& report, const Object& object, const Object& source, TaskDefinition& task) {
    BatchDefinition batch;
    batch.messages = object.integer("messages", batch.messages);
    const double seconds = object.decimal("interval_seconds", 3);
    batch.interval = std::chrono::milliseconds(std::llround(seconds * 1'000));
    task.batch = batch;
    std::visit([&](const auto& each) { check_batch(report, source, each, batch); }, task.source);
}

// The object `name` in `parent`; an empty one without a report when it is absent or was refused.
Object read_child(Report& report, const Object& parent, std::string_view name, std::string_view object) {
    const YamlNodePtr node = parent.find(name);
    return node == nullptr ? Object() : Object::read(report, node, parent.path(name), object);
}

// Gives `definition` a value of the kind that is chosen in `parent`, and returns its fields. Without one it stays as it
// is and has no fields: what is missing or too much is reported.
template <class Definition>
Object read_kind(Report& report, const Object& parent, std::string_view object, Definition& definition) {
    const std::optional<Definition> chosen = choose_kind<Definition>(parent);
    if (!chosen) {
        if (parent.is_there() && parent.is_clean()) {
            report.error(parent.place(), parent.path(),
                         fmt::format("expected one of {}", fmt::join(Kinds<Definition>::names, ", ")));
        }
        return {};
    }
    definition = *chosen;
    const std::string_view name = Kinds<Definition>::name_of(definition);
    return read_child(report, parent, name, fmt::format("{}.{}", object, name));
}

void read_source(Report& report, const Object& task, TaskDraft& draft) {
    TaskDefinition& definition = draft.definition;
    const Object source = read_child(report, task, "source", "task.source");
    draft.source = read_kind(report, source, "task.source", definition.source);
    std::visit([&](auto& each) { read(report, draft.source, each); }, definition.source);
    if (!source.has("batch")) return;
    read_batch(report, read_child(report, source, "batch", "task.source.batch"), draft.source, definition);
}

void read_sink(Report& report, const Object& task, TaskDraft& draft) {
    TaskDefinition& definition = draft.definition;
    const Object sink = read_child(report, task, "sink", "task.sink");
    draft.sink = read_kind(report, sink, "task.sink", definition.sink);
    SinkReading reading;
    reading.task = definition.name;
    std::visit([&](const auto& each) { reading.source = traits_of(draft.source, each); }, definition.source);
    std::visit([&](auto& each) { read(report, draft.sink, each, reading); }, definition.sink);
    draft.refused_fields = std::move(reading.refused_fields);
}

// This version stops at an undeliverable event (NONE) unless a dead-letter file takes it (ALL).
void check_fault_tolerance(Report& report, const Object& property, bool has_dead_letter) {
    const std::string word = property.text("fault_tolerance");
    const bool acted_on = word.empty() || (word == "ALL") == has_dead_letter;
    if (acted_on) return;
    report.error(property.place("fault_tolerance"), property.path("fault_tolerance"),
                 fmt::format("`{}` {} dead_letter is not supported yet", word, has_dead_letter ? "with" : "without"),
                 has_dead_letter ? "leave dead_letter out to stop at an undeliverable event"
                                 : "add dead_letter: { file: PATH }; without it an undeliverable event stops the task");
}

// An event of any task can be undeliverable: its payload may be too large, its properties may be malformed. A task with
// errors of its own is reported of these first, and who writes NONE means it.
void warn_about_dead_letter(Report& report, const Object& task, const Object& property) {
    const bool is_answered = property.has("dead_letter") || property.has("fault_tolerance");
    if (is_answered || !task.is_clean() || !property.is_clean()) return;
    report.warning(task.place("property"), task.path("property") + ".dead_letter",
                   "without it one undeliverable message ends the task within its grace period",
                   "write property: { dead_letter: { file: PATH } }, or { fault_tolerance: NONE } if that is meant");
}

void read_property(Report& report, const Object& task, TaskDraft& draft) {
    const Object property = read_child(report, task, "property", "task.property");
    if (const YamlNodePtr letter = property.find("dead_letter"); letter != nullptr) {
        draft.dead_letter = Object::read(report, letter, property.path("dead_letter"), "task.property.dead_letter");
        std::optional<DeadLetterDefinition>& made = draft.definition.property.dead_letter;
        made = choose_kind<DeadLetterDefinition>(draft.dead_letter);
        if (made) {
            std::visit([&](auto& each) { read(report, draft.dead_letter, each); }, *made);
        } else if (draft.dead_letter.is_clean()) {
            report.error(letter->place, draft.dead_letter.path(), "expected { file: PATH }");
        }
    }
    if (property.has("rate_limit"))
        draft.definition.property.rate_limit = static_cast<std::uint32_t>(property.integer("rate_limit", 1));
    check_fault_tolerance(report, property, property.has("dead_letter"));
    warn_about_dead_letter(report, task, property);
}

// What compiling the filter has found; its place is inside of a filter written in YAML.
void report_filter(Report& report, Severity severity, const Object& task, const transform::Diagnostic& diagnostic,
                   bool from_text) {
    Position place = task.place("filter");
    std::string sentence = diagnostic.message;
    if (sentence.ends_with('.')) sentence.pop_back();  // more may come behind it
    if (diagnostic.line != 0 && !from_text) place = {diagnostic.line, diagnostic.column};
    if (diagnostic.line != 0 && from_text) {
        sentence += fmt::format(" (line {}, column {} of the pattern)", diagnostic.line, diagnostic.column);
    }
    report.add(severity, place, task.path("filter") + (diagnostic.pointer.empty() ? "" : " at " + diagnostic.pointer),
               std::move(sentence), diagnostic.hint);
}

// Compiles filter and fields as the task will.
void check_program(Report& report, const Object& task, const TaskDraft& draft, bool filter_from_text) {
    std::vector<transform::Diagnostic> diagnostics;
    std::vector<transform::Diagnostic> warnings;
    const transform::ProgramDefinition source = program_source(draft.definition, std::nullopt);
    if (draft.definition.transform.empty()) {
        transform::Program::compile(source, diagnostics, &warnings);
    } else {
        transform::Program::compile(source.filter_half(), diagnostics, &warnings);
        transform::Program::compile(source.mapping_half(), diagnostics, &warnings);
    }
    const std::vector<std::string_view>& refused = draft.refused_fields;
    const auto add = [&](Severity severity, const transform::Diagnostic& diagnostic) {
        if (diagnostic.field == "filter") return report_filter(report, severity, task, diagnostic, filter_from_text);
        if (diagnostic.field == "filter_path") return report_value(report, severity, task, diagnostic);
        const bool is_reported = std::find(refused.begin(), refused.end(), diagnostic.field) != refused.end();
        if (!is_reported) report_value(report, severity, draft.sink, diagnostic);
    };
    for (const transform::Diagnostic& each : warnings) add(Severity::warning, each);
    if (diagnostics.empty()) {
        std::visit([&](const auto& sink) { check_records(report, draft.sink, sink, refused); }, draft.definition.sink);
    }
    for (const transform::Diagnostic& each : diagnostics) add(Severity::error, each);
}

}  // namespace

void read_task(Report& report, const YamlNodePtr& node, std::size_t index, Draft& draft) {
    TaskDraft made;
    made.path = fmt::format("tasks[{}]", index);
    made.file_number = report.file_number();
    for (const YamlNode::Entry& entry : node->entries) {
        const bool is_name = entry.name == "name" && entry.value->kind == YamlNode::Kind::scalar;
        if (!is_name || entry.value->text.empty()) continue;
        made.path = "tasks." + path_name(entry.value->text);
        break;
    }
    const Object task = Object::read(report, node, made.path, "task");
    TaskDefinition& definition = made.definition;
    definition.name = task.text("name");
    definition.enabled = task.boolean("enabled", true);
    definition.description = task.text("description");
    definition.file = report.file();
    made.name_place = task.place("name");
    if (task.has("name")) {
        const std::string diagnostic = check_name(definition.name);
        if (!diagnostic.empty()) report.error(task.place("name"), task.path("name"), diagnostic);
    }
    read_source(report, task, made);
    read_sink(report, task, made);
    read_transform(report, task, definition);
    read_property(report, task, made);
    const std::string dialect = task.text("filter_dialect");
    definition.filter_dialect = pattern::dialect_of(dialect).value_or(pattern::Dialect::outflow);
    definition.filter_path = task.text("filter_path");
    bool filter_from_text = false;
    if (const YamlNodePtr filter = task.find("filter"); filter != nullptr) {
        definition.filter = read_filter(report, *filter, task.path("filter"), filter_from_text);
    }
    check_program(report, task, made, filter_from_text);
    draft.tasks.push_back(std::move(made));
}

}  // namespace outflow::task
