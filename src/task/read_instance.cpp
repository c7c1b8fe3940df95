#include <algorithm>

#include <fmt/format.h>

#include "task/draft.h"
#include "task/load.h"
#include "task/names.h"
#include "task/object.h"

namespace outflow::task {

std::optional<platform::SecretSource> read_secret(Report& report, const Object& object, std::string_view name) {
    using Kind = platform::SecretSource::Kind;
    const YamlNodePtr node = object.find(name);
    if (node == nullptr) return std::nullopt;
    if (node->kind == YamlNode::Kind::scalar) return platform::SecretSource{Kind::plain, node->text};
    const Object secret = Object::read(report, node, object.path(name), "secret");
    if (secret.has("env") == secret.has("file")) {
        if (secret.is_clean()) {
            report.error(secret.place(), secret.path(), "expected one of env and file",
                         "write { env: NAME } or { file: PATH }");
        }
        return std::nullopt;
    }
    if (secret.has("env")) return platform::SecretSource{Kind::environment, secret.text("env")};
    return platform::SecretSource{Kind::file, secret.text("file")};
}

namespace {

// Takes the instance into the draft; `path` is its own.
void read_instance(Report& report, const YamlNode::Entry& entry, const std::string& path, Draft& draft,
                   InstanceDraft& instance) {
    const Object object = Object::read(report, entry.value, path, "instance");
    const std::optional<InstanceKind> chosen = choose_kind<InstanceKind>(object);
    if (!chosen) {
        if (object.is_clean()) {
            report.error(entry.place, path,
                         fmt::format("an instance is either {}", fmt::join(Kinds<InstanceKind>::names, " or ")),
                         "write NAME: { mqtt: { endpoint: ... } }");
        }
        return;
    }
    instance.kind = Kinds<InstanceKind>::name_of(*chosen);
    Instance& made = draft.instances.emplace_back(Instance{entry.name, *chosen});
    const std::string name(instance.kind);
    const Object fields = Object::read(report, object.find(name), object.path(name), "instance." + name);
    std::visit([&](auto& each) { read(report, fields, each); }, made.kind);
}

}  // namespace

void read_instances(Report& report, const YamlNodePtr& node, Draft& draft) {
    for (const YamlNode::Entry& entry : node->entries) {
        const std::string path = "instances." + path_name(entry.name);
        const std::string diagnostic = check_name(entry.name);
        if (!diagnostic.empty()) report.error(entry.place, path, diagnostic);
        const auto same = std::find_if(draft.instance_drafts.begin(), draft.instance_drafts.end(),
                                       [&](const InstanceDraft& other) { return other.name == entry.name; });
        if (same != draft.instance_drafts.end()) {
            report.error(entry.place, path, "the instance is defined twice",
                         fmt::format("the other one is at {}:{}", same->file, same->place.line));
            continue;
        }
        if (draft.instance_drafts.size() == file_limits::instances_max) {
            return report.error(entry.place, path, fmt::format("more than {} instances", file_limits::instances_max));
        }
        InstanceDraft instance{entry.name, {}, report.file(), entry.place};
        read_instance(report, entry, path, draft, instance);
        draft.instance_drafts.push_back(std::move(instance));
    }
}

}  // namespace outflow::task
