// Whole documents: what task files hold, checked, compared or made true at once.
#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "api/definition_json.h"
#include "api/problem.h"
#include "api/task_routes.h"

namespace outflow::api {

namespace {

using store::Role;

constexpr std::size_t document_bytes_max = task::file_limits::file_bytes_max;

std::string_view action_of(const Change& change) {
    switch (change.action) {
    case Change::Action::create: return "create";
    case Change::Action::change: return "change";
    case Change::Action::remove: return "delete";
    case Change::Action::unchanged: break;
    }
    if (!change.wanted) return "unchanged";
    return *change.wanted ? "enable" : "pause";
}

std::string render_outcome(const Outcome& outcome) {
    std::string out = "{\"changes\":[";
    for (const Change& change : outcome.changes) {
        out += fmt::format("{}{{\"kind\":\"{}\",\"name\":", out.back() == '[' ? "" : ",", to_string(change.kind));
        json::append_json_string(out, change.name);
        out += fmt::format(",\"action\":\"{}\"", action_of(change));
        if (change.wanted) out += fmt::format(",\"enabled\":{}", *change.wanted);
        out += ",\"differences\":" + (change.differences.empty() ? "[]" : change.differences) + "}";
    }
    append_faults(out += "],\"warnings\":", faults_of(outcome.diagnostics));
    return out + fmt::format(",\"digest\":\"{}\"}}", outcome.digest);
}

// Takes a member out; none when it is not there.
std::optional<json::Node> take_member(json::Node& object, std::string_view name) {
    const auto member = std::find_if(object.members.begin(), object.members.end(),
                                     [name](const json::Member& each) { return each.name == name; });
    if (member == object.members.end()) return std::nullopt;
    json::Node value = std::move(member->value);
    object.members.erase(member);
    return value;
}

std::optional<http::Response> take_flag(json::Node& object, std::string_view name, bool& flag) {
    const auto value = take_member(object, name);
    if (!value) return std::nullopt;
    if (!value->is(json::Kind::boolean)) return problem(422, fmt::format("/{}: expected true or false.", name));
    flag = value->text == "true";
    return std::nullopt;
}

std::optional<http::Response> take_text(json::Node& object, std::string_view name, std::string& text) {
    auto value = take_member(object, name);
    if (!value) return std::nullopt;
    if (!value->is(json::Kind::string)) return problem(422, fmt::format("/{}: expected a text.", name));
    text = std::move(value->text);
    return std::nullopt;
}

class ApplyRoutes {
public:
    explicit ApplyRoutes(Registry& registry) : registry_(registry) {}

    http::Response apply(const Caller& caller, const http::Request& request) {
        auto object = read_object(request.body);
        if (!object) return std::move(object).error();
        Edit edit;
        bool prunes = false;
        if (auto refused = take_flag(*object, "dry_run", edit.is_dry_run)) return std::move(*refused);
        if (auto refused = take_flag(*object, "prune", prunes)) return std::move(*refused);
        if (auto refused = take_text(*object, "digest", edit.digest)) return std::move(*refused);
        if (auto refused = read(*object, edit)) return std::move(*refused);
        if (prunes) add_removals(caller, edit);
        if (auto refused = check_rights(caller, edit)) return std::move(*refused);
        edit.sees = tasks_seen_by(caller);
        const Outcome outcome = registry_.apply(edit, entry_by(caller));
        return outcome.ok() ? json_response(render_outcome(outcome)) : refusal(outcome);
    }

    http::Response validate(const Caller& caller, const http::Request& request) {
        auto object = read_object(request.body);
        if (!object) return std::move(object).error();
        Edit edit;
        std::string prefix;
        if (object->find("source") != nullptr || object->find("sink") != nullptr) {
            auto item = read_item(Kind::task, std::move(*object), {}, "");
            if (!item) return std::move(item).error();
            prefix = "tasks." + item->name;
            edit.items.push_back(std::move(*item));
        } else if (auto refused = read(*object, edit)) {
            return std::move(*refused);
        }
        if (auto refused = check_rights(caller, edit)) return std::move(*refused);
        edit.sees = tasks_seen_by(caller);
        const Outcome outcome = registry_.check(edit);
        if (!outcome.ok()) return refusal(outcome, prefix);
        std::string out = "{\"faults\":";
        append_faults(out, faults_of(outcome.diagnostics, prefix));
        return json_response(out + "}");
    }

private:
    static std::optional<http::Response> read(const json::Node& object, Edit& edit) {
        for (const json::Member& member : object.members) {
            if (member.name != "instances" && member.name != "tasks")
                return problem(422, fmt::format("/{}: unknown; there are instances and tasks.", member.name));
        }
        auto items = read_items(object);
        if (!items) return std::move(items).error();
        edit.items = std::move(*items);
        return std::nullopt;
    }

    // What the document does not have shall not be: of what the caller may see.
    void add_removals(const Caller& caller, Edit& edit) const {
        std::set<std::pair<Kind, std::string>> given;
        for (const Edit::Item& item : edit.items) given.emplace(item.kind, item.name);
        for (const auto& [name, task] : registry_.tasks()) {
            if (!given.contains({Kind::task, name}) && caller.sees(name) && !task.is_leaving)
                edit.items.push_back({.kind = Kind::task, .name = name});
        }
        if (!caller.sees_all()) return;
        for (const auto& [name, instance] : registry_.instances())
            if (!given.contains({Kind::instance, name}) && !instance.is_leaving)
                edit.items.push_back({.kind = Kind::instance, .name = name});
    }

    static std::optional<http::Response> check_rights(const Caller& caller, const Edit& edit) {
        for (const Edit::Item& item : edit.items) {
            if (item.kind == Kind::instance && !caller.sees_all())
                return problem(403, fmt::format("Instances are changed by users who see all tasks (`*`); {} does not.",
                                                caller.user));
            if (item.kind == Kind::task && !caller.sees(item.name))
                return problem(
                    403, fmt::format("{} may not change the task {}: its name matches none of the user's patterns.",
                                     caller.user, item.name));
        }
        return std::nullopt;
    }

    Registry& registry_;
};

}  // namespace

void add_apply_routes(Routes& routes, Registry& registry) {
    auto all = std::make_shared<ApplyRoutes>(registry);
    routes.schema(
        "Document",
        R"({"type":"object","description":"What a task file holds","properties":{"instances":{"type":"object"},"tasks":{"type":"array","items":{"$ref":"#/components/schemas/Task"}},"dry_run":{"type":"boolean"},"prune":{"type":"boolean"},"digest":{"type":"string","description":"The digest of the difference that a dry_run has told: if it would be another one now, the answer is 409"}}})");
    routes.schema(
        "Applied",
        R"({"type":"object","properties":{"changes":{"type":"array","items":{"type":"object"}},"warnings":{"type":"array","items":{"type":"object"}},"digest":{"type":"string"}}})");
    routes.add(
        {.method = "POST",
         .path = "/v1/apply",
         .needs = Role::operator_,
         .summary =
             "Makes instances and tasks what the document says, all or nothing; `dry_run` only tells what would change, `prune` deletes what the document does not have.",
         .handler =
             Handler([all](const Caller& caller, const http::Request& request) { return all->apply(caller, request); }),
         .request = "Document",
         .answers = {{200, "What has changed", "Applied"}},
         .refusals = {409, 422},
         .body_bytes_max = document_bytes_max});
    routes.add({.method = "POST",
                .path = "/v1/tasks:validate",
                .needs = Role::operator_,
                .summary = "Finds all faults of a task or a document without changing anything.",
                .handler = Handler([all](const Caller& caller, const http::Request& request) {
                    return all->validate(caller, request);
                }),
                .request = R"({"type":"object"})",
                .answers = {{200, "No faults; maybe warnings", R"({"type":"object"})"}},
                .refusals = {409, 422},
                .body_bytes_max = document_bytes_max});
}

}  // namespace outflow::api
