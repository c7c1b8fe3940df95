#include "api/preview_routes.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "api/definition_json.h"
#include "base/base64.h"
#include "json/elements.h"
#include "mqtt/topic.h"

namespace outflow::api {

namespace {

using store::Role;

// What is previewed holds up everything else that the control loop does.
constexpr std::size_t event_bytes_max = 256 * 1024;
constexpr std::size_t pattern_bytes_max = 64 * 1024;

// A body's object, whose members are read one by one; what is wrong comes together in `faults`.
class PreviewRequest {
public:
    explicit PreviewRequest(std::string_view body) : body_(body) {}

    // 400 for what is no JSON, 422 for what is no object, or has a member that is not among the names.
    std::optional<http::Response> read(std::initializer_list<std::string_view> names) {
        auto document = json::parse_document(body_);
        if (!document) return problem(document.error());
        root_ = std::move(document->root);
        if (!root_.is(json::Kind::object)) add("", "expected an object");
        // Events and patterns may repeat names: that is theirs to judge.
        for (const std::string& pointer : document->repeated) {
            if (!pointer.starts_with("/event/") && !pointer.starts_with("/pattern/"))
                add(pointer, "the name is there twice", "leave one out");
        }
        check_names(root_, "", names);
        return refusal();
    }

    const json::Node* find(std::string_view name) const { return root_.find(name); }

    // As it was sent: numbers and escapes keep their spelling. Empty and a fault, when it is absent or larger.
    std::string text_of(std::string_view name, std::size_t bytes_max) {
        std::string found;
        const std::string array = fmt::format("[{}]", body_);
        json::ElementReader whole({json::Kind::array, false, array});
        json::Value object;
        if (!whole.next(object)) return {};
        json::ElementReader members(object);
        std::string pointer = "/" + std::string(name);
        for (json::Value key, value; members.next(key, value);) {
            if (key.raw != name) continue;
            // Of a string `raw` is without its quotes.
            found = value.kind == json::Kind::string ? fmt::format("\"{}\"", value.raw) : std::string(value.raw);
        }
        if (found.empty()) add(pointer, "it is missing");
        else if (found.front() != '{') add(pointer, "expected an object");
        if (found.size() <= bytes_max) return found;
        add(pointer, fmt::format("it has {} bytes; here are at most {} looked at", found.size(), bytes_max),
            "try it by the command line: `outflow task preview` or `outflow pattern test`");
        return {};
    }

    GivenEvent event() {
        GivenEvent given;
        const json::Node* message = find("message");
        if ((find("event") == nullptr) == (message == nullptr))
            add("", "expected one of message and event",
                R"(e.g. {"message":{"topic":"a/b","payload":"{\"t\":81.5}"}})");
        else if (message == nullptr) given.text = text_of("event", event_bytes_max);
        else given.message = read_message(*message);
        return given;
    }

    void add(std::string pointer, std::string detail, std::string hint = {}) {
        faults_.push_back({std::move(pointer), task::Severity::error, std::move(detail), std::move(hint)});
    }
    std::optional<http::Response> refusal() const { return refusal_of_faults(faults_); }

    static std::optional<http::Response> refusal_of_faults(const std::vector<Fault>& faults) {
        if (faults.empty()) return std::nullopt;
        return problem(422, fmt::format("{} fault{}.", faults.size(), faults.size() == 1 ? "" : "s"), faults);
    }

private:
    void check_names(const json::Node& object, const std::string& at, std::initializer_list<std::string_view> names) {
        for (const json::Member& member : object.members) {
            if (std::find(names.begin(), names.end(), member.name) != names.end()) continue;
            std::string pointer = at;
            json::append_pointer(pointer, member.name);
            add(std::move(pointer), "unknown field", fmt::format("there are {}", fmt::join(names, ", ")));
        }
    }

    std::optional<std::string> text_in(const json::Node& message, std::string_view name) {
        const json::Node* found = message.find(name);
        if (found == nullptr) return std::nullopt;
        const std::string pointer = fmt::format("/message/{}", name);
        if (!found->is(json::Kind::string)) add(pointer, "expected a text");
        else if (found->text.size() > event_bytes_max * 4 / 3 + 4) add_too_large(pointer, found->text.size());
        return found->text;
    }

    void add_too_large(std::string pointer, std::size_t bytes) {
        add(std::move(pointer), fmt::format("it has {} bytes; here are at most {} looked at", bytes, event_bytes_max),
            "preview it by the command line: `outflow task preview`");
    }

    GivenMessage read_message(const json::Node& message) {
        GivenMessage given;
        if (!message.is(json::Kind::object)) {
            add("/message", "expected an object");
            return given;
        }
        check_names(message, "/message",
                    {"topic", "qos", "payload", "payload_base64", "user_properties", "content_type"});
        given.topic = text_in(message, "topic").value_or("");
        if (const Status good = mqtt::validate_topic_name(given.topic); !good)
            add("/message/topic", good.error().context);
        read_payload(message, given);
        if (const json::Node* qos = message.find("qos")) {
            const bool is_qos = qos->is(json::Kind::number) && qos->text.size() == 1 && qos->text <= "2";
            if (is_qos) given.qos = static_cast<std::uint8_t>(qos->text.front() - '0');
            else add("/message/qos", "expected 0, 1 or 2");
        }
        given.content_type = text_in(message, "content_type");
        if (given.content_type) check_mqtt_text("/message/content_type", *given.content_type);
        read_user_properties(message, given);
        return given;
    }

    void read_payload(const json::Node& message, GivenMessage& given) {
        const auto text = text_in(message, "payload");
        const auto base64 = text_in(message, "payload_base64");
        if (text && base64) add("/message/payload_base64", "expected one of payload and payload_base64");
        given.payload = text.value_or("");
        if (base64 && !text) {
            auto bytes = decode_base64(*base64);
            if (bytes) given.payload = std::move(*bytes);
            else add("/message/payload_base64", "expected Base64 with padding (RFC 4648, section 4)");
        }
        if (given.payload.size() > event_bytes_max) add_too_large("/message/payload", given.payload.size());
    }

    void read_user_properties(const json::Node& message, GivenMessage& given) {
        const json::Node* properties = message.find("user_properties");
        if (properties == nullptr) return;
        if (!properties->is(json::Kind::object)) return add("/message/user_properties", "expected an object of texts");
        std::size_t bytes = given.payload.size();
        for (const json::Member& member : properties->members) {
            std::string pointer = "/message/user_properties";
            json::append_pointer(pointer, member.name);
            if (!member.value.is(json::Kind::string)) add(pointer, "expected a text");
            check_mqtt_text(pointer, member.name);
            check_mqtt_text(pointer, member.value.text);
            given.user_properties.emplace_back(member.name, member.value.text);
            bytes += member.name.size() + member.value.text.size();
        }
        if (bytes > event_bytes_max) add_too_large("/message", bytes);
    }

    void check_mqtt_text(const std::string& pointer, std::string_view text) {
        if (text.size() > 65535 || !mqtt::is_utf8_string(text))
            add(pointer, "expected a text that MQTT can carry: at most 65,535 bytes of UTF-8 without U+0000");
    }

    std::string_view body_;
    json::Node root_;
    std::vector<Fault> faults_;
};

http::Response answer(Previewed previewed) {
    if (!previewed) return *PreviewRequest::refusal_of_faults(previewed.error());
    return json_response(std::move(*previewed));
}

class PreviewRoutes {
public:
    PreviewRoutes(Registry& registry, Preview preview, TestPattern test_pattern)
        : registry_(registry), preview_(std::move(preview)), test_pattern_(std::move(test_pattern)) {}

    http::Response preview_stored(const Caller& caller, const http::Request& request) const {
        const std::string name(request.parameter("name"));
        if (!registry_.tasks().contains(name) || !caller.sees(name))
            return problem(404, fmt::format("There is no task {}.", name));
        PreviewRequest body(request.body);
        if (auto refused = body.read({"message", "event"})) return std::move(*refused);
        const GivenEvent event = body.event();
        if (auto refused = body.refusal()) return std::move(*refused);
        const auto document = registry_.load(name);
        if (!document) return problem(document.error());
        return answer(preview_(*document, event));
    }

    http::Response preview_sent(const Caller& caller, const http::Request& request) const {
        PreviewRequest body(request.body);
        if (auto refused = body.read({"task", "message", "event"})) return std::move(*refused);
        const json::Node* task = body.find("task");
        if (task == nullptr) body.add("/task", "it is missing");
        const GivenEvent event = body.event();
        if (auto refused = body.refusal()) return std::move(*refused);
        auto item = read_item(Kind::task, *task, {}, "/task");
        if (!item) return std::move(item).error();
        if (!caller.sees(item->name))
            return problem(403,
                           fmt::format("{} may not preview the task {}: its name matches none of the user's patterns.",
                                       caller.user, item->name));
        item->wanted = false;  // so that no secret is looked for
        const std::string name = item->name;
        Edit edit;
        edit.items.push_back(std::move(*item));
        edit.sees = tasks_seen_by(caller);
        task::Document document;
        const Outcome outcome = registry_.load(edit, document);
        if (outcome.ok()) return answer(preview_(document, event));
        if (outcome.status != 422) return problem(outcome.status, outcome.sentence);
        std::vector<Fault> faults = faults_of(outcome.diagnostics, "tasks." + name);
        for (Fault& fault : faults)
            if (!fault.pointer.starts_with("/instances/")) fault.pointer.insert(0, "/task");
        return problem(422, outcome.sentence, faults);
    }

    http::Response test_pattern(const http::Request& request) const {
        PreviewRequest body(request.body);
        if (auto refused = body.read({"pattern", "event", "dialect"})) return std::move(*refused);
        const std::string pattern = body.text_of("pattern", pattern_bytes_max);
        const std::string event = body.text_of("event", event_bytes_max);
        const json::Node* word = body.find("dialect");
        const auto dialect = word == nullptr ? pattern::Dialect::outflow : pattern::dialect_of(word->text);
        if (!dialect) body.add("/dialect", "expected outflow or alibaba");
        if (auto refused = body.refusal()) return std::move(*refused);
        return answer(test_pattern_(pattern, *dialect, event));
    }

private:
    Registry& registry_;
    Preview preview_;
    TestPattern test_pattern_;
};

void add_schemas(Routes& routes) {
    routes.schema(
        "Message",
        R"({"type":"object","description":"As MQTT delivers it; a payload is a text, or bytes in Base64","additionalProperties":false,"required":["topic"],"properties":{"topic":{"type":"string","minLength":1},"qos":{"type":"integer","minimum":0,"maximum":2},"payload":{"type":"string"},"payload_base64":{"type":"string"},"user_properties":{"type":"object","additionalProperties":{"type":"string"}},"content_type":{"type":"string"}}})");
    routes.schema(
        "Previewed",
        R"({"type":"object","properties":{"verdict":{"type":"string","enum":["record","filtered","undeliverable"]},"reason":{"type":"string"},"remarks":{"type":"array","items":{"type":"string"}},"event":{"type":"object"},"decisions":{"type":"array","items":{"type":"object"}},"records":{"type":"array","items":{"type":"object"}}}})");
    routes.schema(
        "PatternTested",
        R"({"type":"object","properties":{"matches":{"type":"boolean"},"decisions":{"type":"array","items":{"type":"object"}},"warnings":{"type":"array","items":{"type":"object"}}}})");
}

}  // namespace

void add_preview_routes(Routes& routes, Registry& registry, Preview preview, TestPattern test_pattern) {
    auto all = std::make_shared<PreviewRoutes>(registry, std::move(preview), std::move(test_pattern));
    add_schemas(routes);
    routes.add(
        {.method = "POST",
         .path = "/v1/tasks/{name}:preview",
         .needs = Role::viewer,
         .summary = "What the task would do with a message or a whole event; nothing is sent.",
         .handler = Handler([all](const Caller& caller, const http::Request& request) {
             return all->preview_stored(caller, request);
         }),
         .request =
             R"({"type":"object","description":"One of the two","additionalProperties":false,"oneOf":[{"required":["message"]},{"required":["event"]}],"properties":{"message":{"$ref":"#/components/schemas/Message"},"event":{"type":"object"}}})",
         .answers = {{200, "Verdict, reasons and records", "Previewed"}},
         .refusals = {404, 422},
         .body_bytes_max = definition_bytes_max});
    routes.add(
        {.method = "POST",
         .path = "/v1/tasks:preview",
         .needs = Role::operator_,
         .summary = "The same for a task that is not stored; it is checked first.",
         .handler = Handler(
             [all](const Caller& caller, const http::Request& request) { return all->preview_sent(caller, request); }),
         .request =
             R"({"type":"object","description":"The task, and one of the others","additionalProperties":false,"required":["task"],"oneOf":[{"required":["message"]},{"required":["event"]}],"properties":{"task":{"$ref":"#/components/schemas/Task"},"message":{"$ref":"#/components/schemas/Message"},"event":{"type":"object"}}})",
         .answers = {{200, "Verdict, reasons and records", "Previewed"}},
         .refusals = {409, 422},
         .body_bytes_max = definition_bytes_max});
    routes.add(
        {.method = "POST",
         .path = "/v1/patterns:test",
         .needs = Role::operator_,
         .summary = "Whether an event pattern matches a whole event, and which condition decides.",
         .handler = Handler([all](const Caller&, const http::Request& request) { return all->test_pattern(request); }),
         .request =
             R"({"type":"object","additionalProperties":false,"required":["pattern","event"],"properties":{"pattern":{"type":"object"},"event":{"type":"object"},"dialect":{"type":"string","enum":["outflow","alibaba"]}}})",
         .answers = {{200, "The verdict", "PatternTested"}},
         .refusals = {422},
         .body_bytes_max = definition_bytes_max});
}

}  // namespace outflow::api
