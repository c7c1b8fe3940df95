#include "api/instance_routes.h"

#include <memory>

#include <fmt/format.h>

#include "api/definition_json.h"
#include "api/problem.h"
#include "api/request_json.h"
#include "api/status_board.h"

namespace outflow::api {

namespace {

using store::Role;

constexpr std::size_t topic_bytes_max = 65'535;

class InstanceRoutes {
public:
    InstanceRoutes(Registry& registry, ProbeInstance probe) : registry_(registry), probe_(std::move(probe)) {}

    http::Response list(const Caller& caller) const {
        std::string out = "{\"items\":[";
        for (const auto& [name, instance] : registry_.instances())
            append_instance(out += out.back() == '[' ? "" : ",", name, instance,
                            [&caller](std::string_view task) { return caller.sees(task); });
        return json_response(out + "]}");
    }

    http::Response get(const Caller& caller, const std::string& name, unsigned status = 200) const {
        const auto found = registry_.instances().find(name);
        if (found == registry_.instances().end()) return problem(404, fmt::format("There is no instance {}.", name));
        std::string out;
        append_instance(out, name, found->second, [&caller](std::string_view task) { return caller.sees(task); });
        http::Response response = json_response(std::move(out), status);
        response.fields.set("ETag", etag_of(found->second.stored.revision));
        if (status == 201) response.fields.set("Location", "/v1/instances/" + name);
        return response;
    }

    http::Response create(const Caller& caller, const http::Request& request) {
        auto item = read_item(Kind::instance, request.body, {});
        if (!item) return std::move(item).error();
        item->must_be_new = true;
        return put(caller, std::move(*item), 201);
    }

    http::Response replace(const Caller& caller, const http::Request& request) {
        auto item = read_item(Kind::instance, request.body, request.parameter("name"));
        if (!item) return std::move(item).error();
        if (auto refused = read_if_match(request, *item)) return std::move(*refused);
        const bool is_new = !registry_.instances().contains(item->name);
        return put(caller, std::move(*item), is_new ? 201 : 200);
    }

    http::Response remove(const Caller& caller, const http::Request& request) {
        Edit edit;
        edit.items.push_back({.kind = Kind::instance, .name = std::string(request.parameter("name"))});
        if (auto refused = read_if_match(request, edit.items.back())) return std::move(*refused);
        const Outcome outcome = registry_.apply(edit, entry_by(caller));
        if (!outcome.ok()) return refusal(outcome);
        return {.status = 204, .content_type = {}};
    }

    void test_stored(const http::Request& request, http::Responder responder) {
        const std::string name(request.parameter("name"));
        std::string topic;
        if (!request.body.empty()) {
            RequestJson body(request.body);
            topic = body.optional_text("topic", {.min = 1, .max = topic_bytes_max}).value_or("");
            if (auto refused = body.refusal()) return responder.respond(std::move(*refused));
        }
        if (!registry_.instances().contains(name))
            return responder.respond(problem(404, fmt::format("There is no instance {}.", name)));
        const auto instance = registry_.load_instance(name);
        if (!instance) return responder.respond(problem(instance.error()));
        test(*instance, topic, std::move(responder));
    }

    void test_sent(const http::Request& request, http::Responder responder) {
        auto object = read_object(request.body);
        if (!object) return responder.respond(std::move(object).error());
        std::string topic;
        bool is_topic = true;
        std::erase_if(object->members, [&topic, &is_topic](const json::Member& member) {
            if (member.name != "topic") return false;
            topic = member.value.text;
            is_topic = member.value.is(json::Kind::null) ||
                       (member.value.is(json::Kind::string) && !topic.empty() && topic.size() <= topic_bytes_max);
            return true;
        });
        if (!is_topic) {
            const Fault fault{.pointer = "/topic", .detail = fmt::format("expected 1 to {} bytes", topic_bytes_max)};
            return responder.respond(refusal_of({&fault, 1}, "the body"));
        }
        if (object->find("name") == nullptr) object->members.emplace_back("name", json::Node::string("instance"));
        auto item = read_item(Kind::instance, std::move(*object), {}, "");
        if (!item) return responder.respond(std::move(item).error());
        task::Instance instance;
        const Outcome outcome = registry_.load_instance(*item, instance);
        if (!outcome.ok()) return responder.respond(refusal(outcome, "instances." + item->name));
        test(instance, topic, std::move(responder));
    }

private:
    http::Response put(const Caller& caller, Edit::Item item, unsigned status) {
        const std::string name = item.name;
        Edit edit;
        edit.items.push_back(std::move(item));
        const Outcome outcome = registry_.apply(edit, entry_by(caller));
        return outcome.ok() ? get(caller, name, status) : refusal(outcome, "instances." + name);
    }

    void test(const task::Instance& instance, const std::string& topic, http::Responder responder) {
        auto waiting = std::make_shared<http::Responder>(std::move(responder));
        probe_(instance, topic, [waiting](std::string result) { waiting->respond(json_response(std::move(result))); });
    }

    Registry& registry_;
    ProbeInstance probe_;
};

void add_instance_schemas(Routes& routes) {
    // `status` is what a GET has given: it is passed over.
    routes.schema(
        "Instance",
        R"({"type":"object","description":"As in task files, with a name","additionalProperties":false,"required":["name"],"properties":{"name":{"$ref":"#/components/schemas/Name"},"mqtt":{"type":"object"},"rocketmq":{"type":"object"},"status":{"description":"Passed over"}}})");
    routes.schema(
        "InstanceChange",
        R"({"type":"object","description":"An instance; its name is that of the address","additionalProperties":false,"properties":{"name":{"$ref":"#/components/schemas/Name"},"mqtt":{"type":"object"},"rocketmq":{"type":"object"},"status":{"description":"Passed over"}}})");
    routes.schema(
        "InstanceToTest",
        R"({"type":"object","description":"An instance, and a topic whose rights are tested, too","additionalProperties":false,"properties":{"name":{"$ref":"#/components/schemas/Name"},"mqtt":{"type":"object"},"rocketmq":{"type":"object"},"status":{"description":"Passed over"},"topic":{"type":["string","null"],"minLength":1,"maxLength":65535}}})");
    routes.schema(
        "InstanceWithStatus",
        R"({"type":"object","description":"Secrets are left out: {\"set\":true} stands for them","required":["name","status"],"properties":{"name":{"type":"string"},"mqtt":{"type":"object"},"rocketmq":{"type":"object"},"status":{"type":"object","required":["revision","used_by"],"properties":{"revision":{"type":"integer"},"created_at":{"type":"string"},"changed_at":{"type":"string"},"used_by":{"type":"array","items":{"type":"string"}}}}}})");
    routes.schema(
        "Instances",
        R"({"type":"object","required":["items"],"properties":{"items":{"type":"array","items":{"$ref":"#/components/schemas/InstanceWithStatus"}}}})");
    routes.schema(
        "TestResult",
        R"({"type":"object","required":["ok","steps"],"properties":{"ok":{"type":"boolean"},"steps":{"type":"array","items":{"type":"object"}}}})");
}

void add_test_routes(Routes& routes, const std::shared_ptr<InstanceRoutes>& all) {
    routes.add(
        {.method = "POST",
         .path = "/v1/instances/{name}:test",
         .needs = Role::operator_,
         .summary = "Tests in steps whether the instance can be reached and used; with a topic, its rights, too.",
         .handler = LaterHandler([all](const Caller&, http::Request request, http::Responder responder) {
             all->test_stored(request, std::move(responder));
         }),
         .request =
             R"({"type":"object","additionalProperties":false,"properties":{"topic":{"type":["string","null"],"minLength":1,"maxLength":65535}}})",
         .answers = {{200, "What each step found", "TestResult"}},
         .refusals = {404, 422},
         .is_body_optional = true});
    routes.add(
        {.method = "POST",
         .path = "/v1/instances:test",
         .needs = Role::operator_,
         .summary =
             "The same for an instance that is not stored. Secrets that are left out are those of the stored one of that name.",
         .handler = LaterHandler([all](const Caller&, http::Request request, http::Responder responder) {
             all->test_sent(request, std::move(responder));
         }),
         .request = "InstanceToTest",
         .answers = {{200, "What each step found", "TestResult"}},
         .refusals = {422},
         .body_bytes_max = definition_bytes_max,
         .needs_all_tasks = true});
}

}  // namespace

void add_instance_routes(Routes& routes, Registry& registry, ProbeInstance probe) {
    auto all = std::make_shared<InstanceRoutes>(registry, std::move(probe));
    add_instance_schemas(routes);
    routes.add({.method = "GET",
                .path = "/v1/instances",
                .needs = Role::viewer,
                .summary = "All instances, their secrets left out.",
                .handler = Handler([all](const Caller& caller, const http::Request&) { return all->list(caller); }),
                .answers = {{200, "The instances", "Instances"}}});
    routes.add({.method = "POST",
                .path = "/v1/instances",
                .needs = Role::operator_,
                .summary = "Creates an instance.",
                .handler = Handler(
                    [all](const Caller& caller, const http::Request& request) { return all->create(caller, request); }),
                .request = "Instance",
                .answers = {{201, "It was created", "InstanceWithStatus", "application/json", {"ETag", "Location"}}},
                .refusals = {409, 422},
                .body_bytes_max = definition_bytes_max,
                .needs_all_tasks = true});
    routes.add({.method = "GET",
                .path = "/v1/instances/{name}",
                .needs = Role::viewer,
                .summary = "An instance.",
                .handler = Handler([all](const Caller& caller, const http::Request& request) {
                    return all->get(caller, std::string(request.parameter("name")));
                }),
                .answers = {{200, "The instance", "InstanceWithStatus", "application/json", {"ETag"}}},
                .refusals = {404}});
    routes.add(
        {.method = "PUT",
         .path = "/v1/instances/{name}",
         .needs = Role::operator_,
         .summary =
             "Replaces or creates an instance; the tasks that use it go on with the new one. Secrets that are left out stay.",
         .handler = Handler(
             [all](const Caller& caller, const http::Request& request) { return all->replace(caller, request); }),
         .request = "InstanceChange",
         .answers = {{200, "It was changed", "InstanceWithStatus", "application/json", {"ETag"}},
                     {201, "It was created", "InstanceWithStatus", "application/json", {"ETag", "Location"}}},
         .refusals = {409, 412, 422},
         .body_bytes_max = definition_bytes_max,
         .needs_all_tasks = true,
         .takes_if_match = true});
    routes.add({.method = "DELETE",
                .path = "/v1/instances/{name}",
                .needs = Role::operator_,
                .summary = "Deletes an instance that no task uses.",
                .handler = Handler(
                    [all](const Caller& caller, const http::Request& request) { return all->remove(caller, request); }),
                .answers = {{204, "It was deleted"}},
                .refusals = {404, 409, 412},
                .needs_all_tasks = true,
                .takes_if_match = true});
    add_test_routes(routes, all);
}

}  // namespace outflow::api
