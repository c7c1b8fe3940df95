#include "api/task_routes.h"

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "api/definition_json.h"
#include "api/problem.h"
#include "base/name_pattern.h"

namespace outflow::api {

namespace {

using store::Role;

constexpr std::size_t task_page_bytes_max = 4 * 1024 * 1024;  // then the page ends, and has one task at least

http::Response unknown_task(std::string_view name) { return problem(404, fmt::format("There is no task {}.", name)); }

std::string_view instance_of(const json::Node& definition, std::string_view end, std::string_view kind) {
    const json::Node* node = definition.find(end);
    for (const std::string_view name : {kind, std::string_view("instance")}) {
        if (node != nullptr) node = node->is(json::Kind::object) ? node->find(name) : nullptr;
    }
    return node == nullptr ? std::string_view() : std::string_view(node->text);
}

class TaskRoutes {
public:
    TaskRoutes(Registry& registry, StatusBoard& board) : registry_(registry), board_(board) {}

    // In the order of names, so that a page goes on behind the last name of the one before, whatever comes and goes.
    http::Response list(const Caller& caller, const http::Request& request) {
        const auto limit = query_number(request, "limit", 1, 1'000, 100);
        if (!limit) return limit.error();
        std::array<std::string_view, task::all_states.size()> states;
        std::transform(task::all_states.begin(), task::all_states.end(), states.begin(),
                       [](task::State each) { return task::to_string(each); });
        auto state = query_word(request, "state", states);
        if (!state) return std::move(state).error();
        board_.look();
        const std::string after = request.query_value("after").value_or("");
        const Wish wish{request.query_value("name"), std::move(*state), request.query_value("instance")};
        std::string out = "{\"items\":[";
        std::string last;
        std::size_t total = 0;
        std::int64_t shown = 0;
        bool has_more = false;
        for (const auto& [name, task] : registry_.tasks()) {
            const TaskStatus* status = board_.find(name);
            if (!caller.sees(name) || !wish.takes(name, task, status)) continue;
            ++total;
            if (!after.empty() && name <= after) continue;
            if (shown == *limit || out.size() >= task_page_bytes_max) {
                has_more = true;
                continue;
            }
            ++shown;
            append_task(out += out.back() == '[' ? "" : ",", name, task, status);
            last = name;
        }
        out += "],\"next\":";
        if (has_more) json::append_json_string(out, last);
        else out += "null";
        return json_response(out + fmt::format(",\"total\":{}}}", total));
    }

    http::Response get(const Caller& caller, const std::string& name, unsigned status = 200) {
        const auto found = registry_.tasks().find(name);
        if (found == registry_.tasks().end() || !caller.sees(name)) return unknown_task(name);
        board_.look();
        std::string out;
        append_task(out, name, found->second, board_.find(name));
        http::Response response = json_response(std::move(out), status);
        response.fields.set("ETag", etag_of(found->second.stored.revision));
        if (status == 201) response.fields.set("Location", "/v1/tasks/" + name);
        return response;
    }

    http::Response create(const Caller& caller, const http::Request& request) {
        auto item = read_item(Kind::task, request.body, {});
        if (!item) return std::move(item).error();
        item->must_be_new = true;
        return put(caller, std::move(*item), 201);
    }

    http::Response replace(const Caller& caller, const http::Request& request) {
        auto item = read_item(Kind::task, request.body, request.parameter("name"));
        if (!item) return std::move(item).error();
        if (auto refused = read_if_match(request, *item)) return std::move(*refused);
        const std::string held = request.query_value("held").value_or("drain");
        if (held != "drain" && held != "leave") return problem(400, "`held` is drain or leave.");
        item->leaves_session = held == "leave";
        const bool is_new = !registry_.tasks().contains(item->name);
        return put(caller, std::move(*item), is_new ? 201 : 200);
    }

    http::Response want(const Caller& caller, const http::Request& request, bool is_wanted) {
        const std::string name(request.parameter("name"));
        if (!caller.sees(name)) return unknown_task(name);
        const Outcome outcome = registry_.want(name, is_wanted, entry_by(caller));
        return outcome.ok() ? get(caller, name) : refusal(outcome);
    }

    void remove(const Caller& caller, const http::Request& request, http::Responder responder) {
        const std::string name(request.parameter("name"));
        const auto found = registry_.tasks().find(name);
        if (found == registry_.tasks().end() || !caller.sees(name)) return responder.respond(unknown_task(name));
        Edit::Item item;
        if (auto refused = read_if_match(request, item)) return responder.respond(std::move(*refused));
        if (item.revision && *item.revision != found->second.stored.revision)
            return responder.respond(
                problem(412, fmt::format("The task {} was changed since it was read; read it again.", name)));
        const std::string held = request.query_value("held").value_or("");
        if (!held.empty() && held != "drain" && held != "discard" && held != "leave")
            return responder.respond(problem(400, "`held` is drain, discard or leave."));
        board_.look();
        const TaskStatus* status = board_.find(name);
        const std::uint64_t in_flight = status == nullptr ? 0 : status->snapshot.events.in_flight;
        if (held.empty() && in_flight > 0) return responder.respond(holds_messages(name, in_flight));
        auto waiting = std::make_shared<http::Responder>(std::move(responder));
        const task::Held how = held == "discard" ? task::Held::discard
                               : held == "leave" ? task::Held::leave
                                                 : task::Held::drain;
        registry_.remove_task(name, how, entry_by(caller), [waiting](const Outcome& outcome) {
            waiting->respond(outcome.ok() ? removed(outcome) : refusal(outcome));
        });
    }

private:
    // What a list is asked for.
    struct Wish {
        std::optional<std::string> name;
        std::string state;  // empty: any
        std::optional<std::string> instance;

        bool takes(const std::string& own_name, const Registry::Task& task, const TaskStatus* status) const {
            if (name && !matches_name(*name, own_name)) return false;
            if (!state.empty() && (status == nullptr || state != task::to_string(status->state))) return false;
            return !instance || instance_of(task.definition, "source", "mqtt") == *instance ||
                   instance_of(task.definition, "sink", "rocketmq") == *instance;
        }
    };

    static http::Response holds_messages(const std::string& name, std::uint64_t in_flight) {
        http::Response response = problem(
            409,
            fmt::format("The task {} holds {} message{}. `held=drain` delivers them and what its MQTT session holds "
                        "first; `held=discard` throws them away; `held=leave` leaves its session at the broker.",
                        name, in_flight, in_flight == 1 ? "" : "s"));
        response.body.erase(response.body.rfind('}'));
        response.body += fmt::format(",\"held\":{{\"in_flight\":{},\"spooled\":0}}}}", in_flight);
        return response;
    }

    static http::Response removed(const Outcome& outcome) {
        if (outcome.sentence.empty()) return {.status = 204, .content_type = {}};
        std::string out = "{\"detail\":";
        json::append_json_string(out, outcome.sentence);
        return json_response(out + "}", outcome.status);
    }

    http::Response put(const Caller& caller, Edit::Item item, unsigned status) {
        const std::string name = item.name;
        if (!caller.sees(name))
            return problem(403,
                           fmt::format("{} may not change the task {}: its name matches none of the user's patterns.",
                                       caller.user, name));
        Edit edit;
        edit.items.push_back(std::move(item));
        edit.sees = tasks_seen_by(caller);
        const Outcome outcome = registry_.apply(edit, entry_by(caller));
        if (!outcome.ok()) return refusal(outcome, "tasks." + name);
        http::Response response = get(caller, name, status);
        if (outcome.sentence.empty()) return response;
        response.body.erase(response.body.rfind("}}"));  // of the status
        json::append_json_string(response.body += ",\"detail\":", outcome.sentence);
        response.body += "}}";
        return response;
    }

    Registry& registry_;
    StatusBoard& board_;
};

void add_task_schemas(Routes& routes) {
    routes.schema("Name", R"({"type":"string","pattern":"^[A-Za-z0-9][A-Za-z0-9_-]{0,126}$"})");
    routes.schema("Detail", R"({"type":"object","properties":{"detail":{"type":"string"}}})");
    // `status` is what a GET has given: it is passed over.
    routes.schema(
        "Task",
        R"({"type":"object","description":"As in task files: docs/task.schema.json","additionalProperties":false,"required":["name"],"properties":{"name":{"$ref":"#/components/schemas/Name"},"enabled":{"type":"boolean"},"description":{"type":"string","maxLength":4096},"source":{"type":"object"},"filter":{"type":"object"},"transform":{"type":"array","items":{"type":"object"}},"sink":{"type":"object"},"property":{"type":"object"},"status":{"description":"Passed over"}}})");
    routes.schema(
        "TaskChange",
        R"({"type":"object","description":"A task; its name is that of the address","additionalProperties":false,"properties":{"name":{"$ref":"#/components/schemas/Name"},"enabled":{"type":"boolean"},"description":{"type":"string","maxLength":4096},"source":{"type":"object"},"filter":{"type":"object"},"transform":{"type":"array","items":{"type":"object"}},"sink":{"type":"object"},"property":{"type":"object"},"status":{"description":"Passed over"}}})");
    routes.schema(
        "TaskWithStatus",
        R"({"type":"object","description":"A task, what it does and what it has done","required":["name","enabled","source","sink","status"],"properties":{"name":{"type":"string"},"enabled":{"type":"boolean"},"description":{"type":"string"},"source":{"type":"object"},"filter":{"type":"object"},"transform":{"type":"array","items":{"type":"object"}},"sink":{"type":"object"},"property":{"type":"object"},"status":{"type":"object","required":["state","revision"],"properties":{"state":{"$ref":"#/components/schemas/State"},"reason":{"type":"string"},"remedy":{"type":"string"},"since":{"type":"string"},"stopped":{"type":"string"},"revision":{"type":"integer"},"counts":{"type":"object","additionalProperties":{"type":"integer"}}}}}})");
    routes.schema(
        "State",
        R"({"type":"string","enum":["READY","STARTING","STARTING_FAILED","RUNNING","RUNNING_FAILED","PAUSED"]})");
    routes.schema(
        "Tasks",
        R"({"type":"object","required":["items","next","total"],"properties":{"items":{"type":"array","items":{"$ref":"#/components/schemas/TaskWithStatus"}},"next":{"type":["string","null"]},"total":{"type":"integer"}}})");
}

void add_changing_routes(Routes& routes, const std::shared_ptr<TaskRoutes>& all) {
    routes.add(
        {.method = "PUT",
         .path = "/v1/tasks/{name}",
         .needs = Role::operator_,
         .summary = "Replaces or creates a task. Without `enabled` it stays as it is: running or not.",
         .handler = Handler(
             [all](const Caller& caller, const http::Request& request) { return all->replace(caller, request); }),
         .query = {{"held",
                    "What becomes of what its MQTT session holds, if it moves to another broker or client id: it is "
                    "delivered first (drain), or stays there with the session (leave)",
                    R"({"type":"string","enum":["drain","leave"],"default":"drain"})"}},
         .request = "TaskChange",
         .answers = {{200,
                      "It was changed; status.detail tells of a session that was left",
                      "TaskWithStatus",
                      "application/json",
                      {"ETag"}},
                     {201, "It was created", "TaskWithStatus", "application/json", {"ETag", "Location"}}},
         .refusals = {409, 412, 422},
         .body_bytes_max = definition_bytes_max,
         .takes_if_match = true});
    routes.add(
        {.method = "DELETE",
         .path = "/v1/tasks/{name}",
         .needs = Role::operator_,
         .summary = "Deletes a task and ends its MQTT session, when what that holds is delivered.",
         .handler = LaterHandler([all](const Caller& caller, const http::Request& request, http::Responder responder) {
             all->remove(caller, request, std::move(responder));
         }),
         .query =
             {{"held",
               "What becomes of the messages that it holds: they are delivered first (drain), thrown away (discard), or "
               "stay with its session at a broker that may be gone for ever (leave)",
               R"({"type":"string","enum":["drain","discard","leave"]})"}},
         .answers = {{200, "It was deleted, and a session was left", "Detail"},
                     {202, "Its deletion was accepted before, and waits", "Detail"},
                     {204, "It was deleted"}},
         .refusals = {404, 409, 412},
         .takes_if_match = true});
    routes.add({.method = "POST",
                .path = "/v1/tasks/{name}:enable",
                .needs = Role::operator_,
                .summary = "Starts a task, now and after each restart; one that has stopped or failed begins anew.",
                .handler = Handler([all](const Caller& caller, const http::Request& request) {
                    return all->want(caller, request, true);
                }),
                .answers = {{200, "The task", "TaskWithStatus", "application/json", {"ETag"}}},
                .refusals = {404, 409, 412}});
    routes.add({.method = "POST",
                .path = "/v1/tasks/{name}:pause",
                .needs = Role::operator_,
                .summary = "Stops a task; its MQTT session keeps what arrives.",
                .handler = Handler([all](const Caller& caller, const http::Request& request) {
                    return all->want(caller, request, false);
                }),
                .answers = {{200, "The task", "TaskWithStatus", "application/json", {"ETag"}}},
                .refusals = {404, 409}});
}

}  // namespace

void add_task_routes(Routes& routes, Registry& registry, StatusBoard& board) {
    add_task_schemas(routes);
    auto all = std::make_shared<TaskRoutes>(registry, board);
    routes.add({.method = "GET",
                .path = "/v1/tasks",
                .needs = Role::viewer,
                .summary = "Tasks with their state and numbers, by name, a page at a time.",
                .handler = Handler(
                    [all](const Caller& caller, const http::Request& request) { return all->list(caller, request); }),
                .query = {{"limit", "At most so many, 1 to 1,000",
                           R"({"type":"integer","minimum":1,"maximum":1000,"default":100})"},
                          {"after", "The `next` of the page before"},
                          {"state", "Only those in this state", "State"},
                          {"name", "Only those whose name is like this; `*` for any characters"},
                          {"instance", "Only those that use this instance"}},
                .answers = {{200, "A page of tasks", "Tasks"}}});
    routes.add({.method = "POST",
                .path = "/v1/tasks",
                .needs = Role::operator_,
                .summary = "Creates a task; it starts when `enabled` is true.",
                .handler = Handler(
                    [all](const Caller& caller, const http::Request& request) { return all->create(caller, request); }),
                .request = "Task",
                .answers = {{201, "It was created", "TaskWithStatus", "application/json", {"ETag", "Location"}}},
                .refusals = {409, 422},
                .body_bytes_max = definition_bytes_max});
    routes.add({.method = "GET",
                .path = "/v1/tasks/{name}",
                .needs = Role::viewer,
                .summary = "A task with its state and numbers.",
                .handler = Handler([all](const Caller& caller, const http::Request& request) {
                    return all->get(caller, std::string(request.parameter("name")));
                }),
                .answers = {{200, "The task", "TaskWithStatus", "application/json", {"ETag"}}},
                .refusals = {404}});
    add_changing_routes(routes, all);
}

}  // namespace outflow::api
