#include "api/service_routes.h"

#include <memory>

#include "api/openapi.h"
#include "api/problem.h"
#include "json/document.h"

namespace outflow::api {

namespace {

http::Response version(const ServiceFacts& facts) {
    json::Node node = json::Node::object();
    node.members.emplace_back("version", json::Node::string(facts.version));
    node.members.emplace_back("commit", json::Node::string(facts.commit));
    node.members.emplace_back("installation", json::Node::string(facts.installation));
    std::string body;
    json::append_json(body, node);
    return json_response(std::move(body));
}

}  // namespace

void add_service_routes(Routes& routes, ServiceFacts facts) {
    const auto shared = std::make_shared<const ServiceFacts>(std::move(facts));  // by the handlers
    routes.schema("Version",
                  R"({"type":"object","required":["version","commit","installation"],"properties":)"
                  R"({"version":{"type":"string"},"commit":{"type":"string"},"installation":{"type":"string"}}})");
    routes.add({.method = "GET",
                .path = "/v1/version",
                .needs = std::nullopt,
                .summary = "What runs here.",
                .handler = Handler([shared](const Caller&, const http::Request&) { return version(*shared); }),
                .answers = {{200, "The version.", "Version"}}});
    routes.add(
        {.method = "GET",
         .path = "/v1/openapi.json",
         .needs = std::nullopt,
         .summary = "This document.",
         .handler = Handler([&routes, shared, document = std::string()](const Caller&, const http::Request&) mutable {
             if (document.empty()) document = openapi_document(routes, shared->version);
             return json_response(document);
         }),
         .answers = {{200, "An OpenAPI 3.1 document.", R"({"type":"object"})"}}});
    routes.add({.method = "GET",
                .path = "/healthz",
                .needs = std::nullopt,
                .summary = "Whether the server answers.",
                .handler = Handler([](const Caller&, const http::Request&) { return http::sentence(200, "ok"); }),
                .answers = {{200, "It does.", R"({"type":"string"})", "text/plain"}}});
    routes.add({.method = "GET",
                .path = "/readyz",
                .needs = std::nullopt,
                .summary = "Whether the server is ready to work.",
                .handler = Handler([shared](const Caller&, const http::Request&) {
                    const std::string reason = shared->not_ready ? shared->not_ready() : std::string();
                    return reason.empty() ? http::sentence(200, "ready") : problem(503, reason);
                }),
                .answers = {{200, "It is.", R"({"type":"string"})", "text/plain"}}});
}

}  // namespace outflow::api
