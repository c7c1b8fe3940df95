#include "api/definition_json.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "api/problem.h"
#include "api/request_json.h"

namespace outflow::api {

namespace {

tl::unexpected<http::Response> unfit(std::string pointer, std::string detail, std::string hint = {}) {
    const Fault fault{std::move(pointer), task::Severity::error, std::move(detail), std::move(hint)};
    return tl::unexpected(problem(422, "1 fault; nothing was changed.", std::span(&fault, 1)));
}

// Takes a member out of the object.
std::optional<json::Node> take(json::Node& object, std::string_view name) {
    std::optional<json::Node> taken;
    std::erase_if(object.members, [&](json::Member& member) {
        if (member.name != name) return false;
        taken = std::move(member.value);
        return true;
    });
    return taken;
}

}  // namespace

tl::expected<json::Node, http::Response> read_object(std::string_view body) {
    auto document = json::parse_document(body);
    if (!document) return tl::unexpected(problem(document.error()));
    if (!document->repeated.empty())
        return unfit(document->repeated.front(), "the name is there twice", "leave one out");
    if (!document->root.is(json::Kind::object)) return unfit("", "expected an object");
    return std::move(document->root);
}

tl::expected<Edit::Item, http::Response> read_item(Kind kind, std::string_view body, std::string_view name) {
    auto object = read_object(body);
    if (!object) return tl::unexpected(std::move(object).error());
    return read_item(kind, std::move(*object), name, "");
}

tl::expected<Edit::Item, http::Response> read_item(Kind kind, json::Node object, std::string_view name,
                                                   std::string_view pointer) {
    const std::string at(pointer);
    if (!object.is(json::Kind::object)) return unfit(at, "expected an object");
    Edit::Item item;
    item.kind = kind;
    item.name = name;
    take(object, "status");
    if (const auto said = take(object, "name")) {
        if (!said->is(json::Kind::string)) return unfit(at + "/name", "expected a text");
        if (!name.empty() && said->text != name)
            return unfit(at + "/name", fmt::format("the address says \"{}\"", name),
                         "a name cannot be changed; make a new one");
        item.name = said->text;
    }
    if (item.name.empty()) return unfit(at + "/name", "the name is missing", "letters, digits, - and _");
    if (const auto enabled = kind == Kind::task ? take(object, "enabled") : std::nullopt; enabled) {
        if (!enabled->is(json::Kind::boolean)) return unfit(at + "/enabled", "expected true or false");
        item.wanted = enabled->text == "true";
    }
    const json::Node* description = kind == Kind::task ? object.find("description") : nullptr;
    if (description != nullptr && count_characters(description->text) > description_characters_max)
        return unfit(at + "/description", fmt::format("longer than {} characters", description_characters_max));
    item.definition = std::move(object);
    return item;
}

tl::expected<std::vector<Edit::Item>, http::Response> read_items(const json::Node& document) {
    std::vector<Edit::Item> items;
    if (const json::Node* instances = document.find("instances")) {
        if (!instances->is(json::Kind::object)) return unfit("/instances", "expected an object of instances by name");
        if (instances->members.size() > task::file_limits::instances_max)
            return unfit("/instances", fmt::format("more than {} instances", task::file_limits::instances_max));
        for (const json::Member& member : instances->members) {
            std::string pointer = "/instances";
            json::append_pointer(pointer, member.name);
            auto item = read_item(Kind::instance, member.value, member.name, pointer);
            if (!item) return tl::unexpected(std::move(item).error());
            items.push_back(std::move(*item));
        }
    }
    const json::Node* tasks = document.find("tasks");
    if (tasks == nullptr) return items;
    if (!tasks->is(json::Kind::array)) return unfit("/tasks", "expected a list of tasks");
    if (tasks->items.size() > task::file_limits::tasks_max)
        return unfit("/tasks", fmt::format("more than {} tasks", task::file_limits::tasks_max));
    std::set<std::string> names;
    for (std::size_t i = 0; i < tasks->items.size(); ++i) {
        const std::string pointer = fmt::format("/tasks/{}", i);
        auto item = read_item(Kind::task, tasks->items[i], {}, pointer);
        if (!item) return tl::unexpected(std::move(item).error());
        if (!names.insert(item->name).second) return unfit(pointer + "/name", "the task is there twice");
        items.push_back(std::move(*item));
    }
    return items;
}

std::optional<http::Response> read_if_match(const http::Request& request, Edit::Item& item) {
    std::string_view text = request.field("If-Match");
    item.must_exist = !text.empty();
    if (text.empty() || text == "*") return std::nullopt;
    std::int64_t revision = 0;
    if (text.size() > 2 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), revision);
        item.revision = revision;
        if (error == std::errc() && end == text.data() + text.size()) return std::nullopt;
    }
    return problem(400, "If-Match has one ETag as a GET gives it, like \"7\".");
}

std::string etag_of(std::int64_t revision) { return fmt::format("\"{}\"", revision); }

http::Response refusal(const Outcome& outcome, std::string_view prefix) {
    return problem(outcome.status, outcome.sentence, faults_of(outcome.diagnostics, prefix));
}

std::function<bool(std::string_view)> tasks_seen_by(const Caller& caller) {
    return [&caller](std::string_view task) { return caller.sees(task); };
}

store::AuditEntry entry_by(const Caller& caller) {
    store::AuditEntry entry;
    entry.who = caller.user;
    entry.key = caller.key;
    entry.from = caller.from;
    return entry;
}

}  // namespace outflow::api
