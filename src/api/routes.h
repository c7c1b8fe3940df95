// The table of what the API answers: who may, what comes in and what goes out; /v1/openapi.json is made of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/access.h"
#include "http/server.h"
#include "platform/log.h"
#include "store/accounts.h"

namespace outflow::api {

// Called with nobody as the caller (`from` is set) where no one need be known. Must not throw; what does is answered 500.
using Handler = std::function<http::Response(const Caller&, const http::Request&)>;
using LaterHandler = std::function<void(const Caller&, http::Request, http::Responder)>;

// A schema is JSON text that begins with `{`, or the name of one that Routes::schema() was given; empty: there is no body.
struct QueryParameter {
    std::string_view name;
    std::string_view summary;
    std::string_view schema = R"({"type":"string","pattern":"^[^\\u0000]*$"})";
};

struct Answer {
    unsigned status = 200;
    std::string_view summary;
    std::string_view schema = {};
    std::string_view content_type = "application/json";
    std::vector<std::string_view> fields = {};  // of the header, that openapi.cpp knows: ETag, Location ...
};

// Views are literals: they outlive the table.
struct Route {
    std::string_view method;
    std::string_view path;             // "/v1/tasks/{name}:pause"
    std::optional<store::Role> needs;  // nothing: nobody need be known
    std::string_view summary;          // a sentence
    std::variant<Handler, LaterHandler> handler;
    std::vector<QueryParameter> query = {};
    std::string_view request = {};        // the body's schema; a body without one is refused
    std::vector<Answer> answers = {};     // the good ones
    std::vector<unsigned> refusals = {};  // besides those that follow from the rest: 404, 409, 412, 422, 429
    std::optional<std::size_t> body_bytes_max = std::nullopt;  // Routes::body_bytes_max when there is a schema, else 0
    bool is_body_optional = false;
    bool needs_all_tasks = false;  // that the caller sees all of them
    bool takes_if_match = false;
};

class Routes {
public:
    static constexpr std::size_t body_bytes_max = 64 * 1024;

    // Both outlive the server's last request.
    Routes(Access& access, platform::Logger& logger) : access_(access), logger_(logger) {}
    Routes(const Routes&) = delete;
    Routes& operator=(const Routes&) = delete;

    // A proxy on this machine stands in front: who asks is what it has put last into X-Forwarded-For.
    void trust_proxy() { trusts_proxy_ = true; }
    void add(Route route) { routes_.push_back(std::move(route)); }
    // Of what bodies are: JSON text.
    void schema(std::string_view name, std::string_view text) { schemas_.insert_or_assign(name, text); }
    // Once, when all were added and before the server listens: every route, what answers any other path, and how the
    // server's own refusals look. Of who may not use a route no large body is read. ServerLimits::body_bytes_max says how large a body may
    // be that has no route.
    void install(http::Server& server);

    const std::vector<Route>& all() const { return routes_; }
    const std::map<std::string_view, std::string_view>& schemas() const { return schemas_; }

private:
    tl::expected<Caller, http::Response> admit(const Route& route, const http::Request& request);
    void handle(const Route& route, http::Request request, http::Responder responder);

    Access& access_;
    platform::Logger& logger_;
    bool trusts_proxy_ = false;
    std::vector<Route> routes_;
    std::map<std::string_view, std::string_view> schemas_;
};

// A JSON body.
http::Response json_response(std::string body, unsigned status = 200);
// The parameter as a number from `min` to `max`, `fallback` without one; else a 400.
tl::expected<std::int64_t, http::Response> query_number(const http::Request& request, std::string_view name,
                                                        std::int64_t min, std::int64_t max, std::int64_t fallback);
// The parameter, which is one of the words; empty without one; else a 400.
tl::expected<std::string, http::Response> query_word(const http::Request& request, std::string_view name,
                                                     std::span<const std::string_view> words);

}  // namespace outflow::api
