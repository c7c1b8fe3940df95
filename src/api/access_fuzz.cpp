// Lines of header fields, an empty line, then a body: nobody is known without a secret, and every refusal is JSON.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/name_pattern.h"
#include "api/access.h"
#include "api/problem.h"
#include "api/request_json.h"
#include "json/document.h"

namespace {

using namespace outflow;
using namespace outflow::api;

constexpr std::string_view secret = "0123456789abcdef";

void check(bool is_right) {
    if (!is_right) std::abort();
}

struct Target {
    Target() {
        access.put_user({.name = "ann", .role = store::Role::administrator});
        access.put_key("ak", "ann", platform::Secret(std::string(secret)));
        session = access.sessions().begin("ann", access.now());
    }
    Access access{{.clock = [] { return platform::Clock::time_point(); }}};
    Sessions::Begun session;
};

http::Request read_request(std::string_view& text, const Target& target) {
    http::Request request{.method = "POST"};
    request.fields.add("Host", "flow");
    while (!text.empty()) {
        std::string line(text.substr(0, text.find('\n')));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.empty()) break;
        // What no fuzzer guesses.
        if (const std::size_t at = line.find("$id"); at != std::string::npos) line.replace(at, 3, target.session.id);
        if (const std::size_t at = line.find("$csrf"); at != std::string::npos)
            line.replace(at, 5, target.session.csrf);
        const std::size_t colon = std::min(line.find(": "), line.size());
        request.fields.add(line.substr(0, colon), line.substr(std::min(colon + 2, line.size())));
    }
    return request;
}

void check_identity(Target& target, const http::Request& request) {
    const auto caller = target.access.identify(request);
    if (!caller) return check(json::parse_document(caller.error().body).has_value());
    check(caller->user == "ann");
    if (request.fields.has("Authorization")) {
        check(request.field("Authorization").find(secret) != std::string_view::npos && caller->key == "ak");
        return;
    }
    check(request.field("X-Outflow-Csrf") == target.session.csrf && caller->session == target.session.id);
    check(find_cookie(request, session_cookie) == target.session.id && is_same_origin(request));
}

void check_body(std::string_view text) {
    RequestJson body(text);
    const std::string name = body.text("name", {.min = 1, .max = 8});
    body.secret("password", {.min = 1, .max = 8});
    const auto tasks = body.optional_texts("tasks", 4, {.min = 1, .max = 8});
    const auto role = body.optional_word("role", {"viewer", "operator"});
    body.optional_boolean("enabled");
    if (const auto refusal = body.refusal()) return check(json::parse_document(refusal->body).has_value());
    check(!name.empty() && name.size() <= 8 && (!role || role->size() >= 6));
    for (const std::string& pattern : tasks.value_or(std::vector<std::string>())) {
        check(matches_name(pattern, pattern));
        check(matches_name(pattern + "*", pattern + name));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Target target;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    const http::Request request = read_request(text, target);
    check_identity(target, request);
    check_body(text);
    const std::string pointer = pointer_of(text);
    check(pointer.empty() || pointer.front() == '/');
    return 0;
}
