// What only all files together show.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "rocketmq/instance_namespace.h"
#include "rocketmq/validate.h"
#include "task/draft.h"
#include "task/names.h"
#include "task/object.h"

namespace outflow::task {
namespace {

using Kind = InstanceDraft::Kind;

std::string_view name_of(Kind kind) { return kind == Kind::mqtt ? "mqtt" : "rocketmq"; }
std::string_view article_of(Kind kind) { return kind == Kind::mqtt ? "an" : "a"; }

std::string hint_for_reference(const Draft& draft, std::string_view name, Kind wanted) {
    std::vector<std::string_view> names;
    for (const InstanceDraft& instance : draft.instances) {
        if (instance.kind == wanted) names.push_back(instance.name);
    }
    const std::string_view near = nearest_word(name, names);
    if (!near.empty()) return fmt::format("did you mean {}?", near);
    if (names.empty()) return fmt::format("no {} instance is defined in these files", name_of(wanted));
    names.resize(std::min<std::size_t>(names.size(), 10));
    return fmt::format("there are: {}", fmt::join(names, ", "));
}

void check_reference(Report& report, const Draft& draft, const std::string& name, Kind wanted, Position place,
                     const std::string& path) {
    if (name.empty()) return;  // reported where it was read
    const auto found = std::find_if(draft.instances.begin(), draft.instances.end(),
                                    [&](const InstanceDraft& instance) { return instance.name == name; });
    if (found == draft.instances.end()) {
        report.error(place, path, "there is no instance " + quote(name), hint_for_reference(draft, name, wanted));
    } else if (found->kind != wanted && found->kind != Kind::unknown) {
        report.error(place, path,
                     fmt::format("expected {} {} instance, {} is {} {} one", article_of(wanted), name_of(wanted),
                                 quote(name), article_of(found->kind), name_of(found->kind)),
                     hint_for_reference(draft, name, wanted));
    }
}

void check_constant_topic(Report& report, const Draft& draft, const TaskDraft& task) {
    const SinkDefinition& sink = task.definition.sink;
    const std::optional<std::string_view> topic = sink.topic.constant_text();
    if (!topic || task.sink_topic_place.line == 0) return;
    if (topic->empty()) return;  // reported by the compiler of fields, or absent
    const std::string path = task.path + ".sink.rocketmq.topic";
    std::string_view instance_namespace;
    for (const RocketmqInstance& instance : draft.rocketmq) {
        if (instance.name == sink.instance) instance_namespace = instance.namespace_name;
    }
    const std::size_t prefix = instance_namespace.empty() ? 0 : instance_namespace.size() + 1;
    std::string diagnostic = check_rocketmq_name(*topic, limits::rocketmq_topic_bytes_max -
                                                        std::min(prefix, limits::rocketmq_topic_bytes_max));
    const Status legal = rocketmq::check_topic(rocketmq::wrap_namespace(instance_namespace, *topic));
    if (diagnostic.empty() && !legal) diagnostic = legal.error().context;
    const char* const hint = sink.topic.form == transform::Form::constant ? "a path begins with $. or $[" : "";
    if (!diagnostic.empty()) report.error(task.sink_topic_place, path, diagnostic, hint);
}

// Without `.`, `..` and slashes that say nothing. Where links lead is found out at the start.
std::string plain_path(std::string_view path) {
    std::vector<std::string_view> names;
    for (std::size_t at = 0; at < path.size();) {
        const std::string_view name = path.substr(at, path.find('/', at) - at);
        at += name.size() + 1;
        const bool leads_back = name == ".." && !names.empty() && names.back() != "..";
        if (leads_back) names.pop_back();
        else if (!name.empty() && name != ".") names.push_back(name);
    }
    return fmt::format("{}{}", path.starts_with('/') ? "/" : "", fmt::join(names, "/"));
}

// Two writers would not know what of a file is theirs.
void check_dead_letter_file(Report& report, const TaskDraft& task, std::map<std::string, const TaskDraft*>& files) {
    const std::optional<std::string>& file = task.definition.property.dead_letter_file;
    if (!file) return;
    const auto [same, is_new] = files.emplace(plain_path(*file), &task);
    if (is_new) return;
    report.error(task.dead_letter_place, task.path + ".property.dead_letter.file",
                 fmt::format("the task {} writes its dead letters to the same file", quote(same->second->definition.name)),
                 "give each task a file of its own");
}

}  // namespace

void check_document(Report& report, const Draft& draft) {
    std::map<std::string_view, const TaskDraft*> names;
    std::map<std::string, const TaskDraft*> letter_files;
    std::map<std::pair<std::string_view, std::string_view>, const TaskDraft*> client_ids;
    for (const TaskDraft& task : draft.tasks) {
        const TaskDefinition& definition = task.definition;
        report.begin_file(definition.file, task.file_number);
        check_reference(report, draft, definition.source.instance, Kind::mqtt, task.source_instance_place,
                        task.path + ".source.mqtt.instance");
        check_reference(report, draft, definition.sink.instance, Kind::rocketmq, task.sink_instance_place,
                        task.path + ".sink.rocketmq.instance");
        check_constant_topic(report, draft, task);
        check_dead_letter_file(report, task, letter_files);
        if (!definition.name.empty()) {
            const auto [same, is_new] = names.emplace(definition.name, &task);
            if (!is_new) {
                report.error(task.name_place, task.path + ".name", "the task is defined twice",
                             fmt::format("the other one is at {}:{}", same->second->definition.file,
                                         same->second->name_place.line));
            }
        }
        if (!definition.source.client_id.empty()) {
            const std::pair<std::string_view, std::string_view> key{definition.source.instance,
                                                                    definition.source.client_id};
            const auto [same, is_new] = client_ids.emplace(key, &task);
            if (!is_new) {
                report.error(task.client_id_place, task.path + ".source.mqtt.client_id",
                             fmt::format("the task {} has the same client id at the same broker, which would end one "
                                         "connection for the other",
                                         quote(same->second->definition.name)),
                             "leave it out, or give each task its own");
            }
        }
    }
}

}  // namespace outflow::task
