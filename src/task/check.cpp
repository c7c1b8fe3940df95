// What only all files together show.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "task/draft.h"
#include "task/object.h"

namespace outflow::task {
namespace {

std::string_view article_of(std::string_view kind) {
    const auto& names = Kinds<InstanceKind>::names;
    const auto found = std::find(names.begin(), names.end(), kind);
    return article_of(Kinds<InstanceKind>::make(static_cast<std::size_t>(found - names.begin())));
}

std::string hint_for_reference(const Draft& draft, const InstanceReference& wanted) {
    std::vector<std::string_view> names;
    for (const InstanceDraft& instance : draft.instance_drafts) {
        if (instance.kind == wanted.kind) names.push_back(instance.name);
    }
    const std::string_view near = nearest_word(wanted.name, names);
    if (!near.empty()) return fmt::format("did you mean {}?", near);
    if (names.empty()) return fmt::format("no {} instance is defined in these files", wanted.kind);
    names.resize(std::min<std::size_t>(names.size(), 10));
    return fmt::format("there are: {}", fmt::join(names, ", "));
}

// Of the source or sink `object`.
void check_reference(Report& report, const Draft& draft, const InstanceReference& wanted, const Object& object) {
    if (wanted.name.empty()) return;  // it needs none, or that is reported where it was read
    const auto& all = draft.instance_drafts;
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const InstanceDraft& instance) { return instance.name == wanted.name; });
    if (found == all.end()) {
        report.error(object.place("instance"), object.path("instance"), "there is no instance " + quote(wanted.name),
                     hint_for_reference(draft, wanted));
    } else if (found->kind != wanted.kind && !found->kind.empty()) {
        report.error(object.place("instance"), object.path("instance"),
                     fmt::format("expected {} {} instance, {} is {} {} one", article_of(wanted.kind), wanted.kind,
                                 quote(wanted.name), article_of(found->kind), found->kind),
                     hint_for_reference(draft, wanted));
    }
}

// Null: there is none, or nobody knows its kind.
const Instance* find_instance(const Draft& draft, std::string_view name) {
    const auto found = std::find_if(draft.instances.begin(), draft.instances.end(),
                                    [name](const Instance& instance) { return instance.name == name; });
    return found == draft.instances.end() ? nullptr : &*found;
}

using TasksByText = std::map<std::string, const TaskDraft*>;

void check_exclusive(Report& report, const TaskDraft& task, const Object& object,
                     const std::optional<Exclusive>& exclusive, TasksByText& owners) {
    if (!exclusive) return;
    const auto [same, is_new] = owners.emplace(exclusive->what, &task);
    if (is_new) return;
    report.error(object.place(exclusive->field), object.path(exclusive->field),
                 fmt::format("the task {} {}", quote(same->second->definition.name), exclusive->sentence),
                 std::string(exclusive->hint));
}

void check_task_name(Report& report, const TaskDraft& task, TasksByText& names) {
    if (task.definition.name.empty()) return;
    const auto [same, is_new] = names.emplace(task.definition.name, &task);
    if (is_new) return;
    report.error(
        task.name_place, task.path + ".name", "the task is defined twice",
        fmt::format("the other one is at {}:{}", same->second->definition.file, same->second->name_place.line));
}

}  // namespace

void check_document(Report& report, const Draft& draft) {
    TasksByText names;
    TasksByText owners;
    for (const TaskDraft& task : draft.tasks) {
        const TaskDefinition& definition = task.definition;
        report.begin_file(definition.file, task.file_number);
        const InstanceReference of_sink = instance_of(definition.sink);
        check_reference(report, draft, instance_of(definition.source), task.source);
        check_reference(report, draft, of_sink, task.sink);
        const Instance* at = find_instance(draft, instance_of(definition.source).name);
        std::visit([&](const auto& source) { check_with_instance(report, task.source, source, at); },
                   definition.source);
        std::visit(
            [&](const auto& sink) { check_with_instance(report, task.sink, sink, find_instance(draft, of_sink.name)); },
            definition.sink);
        if (definition.property.dead_letter) {
            check_exclusive(report, task, task.dead_letter, exclusive_of(*definition.property.dead_letter), owners);
        }
        check_task_name(report, task, names);
        check_exclusive(report, task, task.source, exclusive_of(definition.source), owners);
    }
}

}  // namespace outflow::task
