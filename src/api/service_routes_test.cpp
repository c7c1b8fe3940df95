#include "api/service_routes.h"

#include <functional>
#include <set>

#include <gtest/gtest.h>

#include "api/api_rig.h"
#include "api/openapi.h"

namespace outflow::api {
namespace {

using ServiceRoutesTest = ApiTest;

TEST_F(ServiceRoutesTest, say_what_runs) {
    EXPECT_EQ(ask("GET", "/v1/version").body,
              R"({"version":"1.2.3","commit":"abc","installation":")" + database->installation_id() + "\"}");
}

TEST_F(ServiceRoutesTest, say_how_it_is) {
    EXPECT_EQ(ask("GET", "/healthz").body, "ok\n");
    EXPECT_EQ(ask("GET", "/readyz").body, "ready\n");
    not_ready = "The disk is full.";
    const Answered answer = ask("GET", "/readyz");
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(answer.member("detail"), "The disk is full.");
    EXPECT_EQ(ask("GET", "/healthz").status, 200U);
}

class OpenapiTest : public ApiTest {
protected:
    OpenapiTest() : document(std::move(json::parse_document(ask("GET", "/v1/openapi.json").body)->root)) {}

    const json::Node& at(std::initializer_list<std::string_view> names) const {
        const json::Node* node = &document;
        for (const std::string_view name : names) {
            node = node->find(name);
            if (node == nullptr) throw std::runtime_error("no " + std::string(name));
        }
        return *node;
    }

    json::Node document;
};

TEST_F(OpenapiTest, has_every_route) {
    EXPECT_EQ(at({"openapi"}).text, "3.1.0");
    EXPECT_EQ(at({"info", "version"}).text, "1.2.3");
    std::size_t operations = 0;
    for (const json::Member& path : at({"paths"}).members) operations += path.value.members.size();
    EXPECT_EQ(operations, routes.all().size());
    for (const Route& route : routes.all()) {
        std::string method(route.method);
        for (char& c : method) c = static_cast<char>(c + ('a' - 'A'));
        const json::Node& operation = at({"paths", route.path, method});
        EXPECT_FALSE(operation.find("summary")->text.empty()) << route.path;
        EXPECT_FALSE(route.answers.empty()) << route.path;
        EXPECT_EQ(operation.find("requestBody") != nullptr, !route.request.empty()) << route.path;
        EXPECT_EQ(operation.find("security") != nullptr, !route.needs) << route.path;
        EXPECT_EQ(operation.find("responses")->find("401") != nullptr, route.needs || route.path == "/v1/login");
        const std::string parameters = [&operation] {
            std::string text;
            json::append_json(text, *operation.find("parameters"));
            return text;
        }();
        const bool needs_token = route.needs && route.method != "GET";
        EXPECT_EQ(parameters.find("X-Outflow-Csrf") != std::string::npos, needs_token) << route.path;
        EXPECT_EQ(parameters.find("If-Match") != std::string::npos, route.takes_if_match) << route.path;
        for (const unsigned status : route.refusals)
            EXPECT_NE(operation.find("responses")->find(std::to_string(status)), nullptr) << route.path;
    }
    EXPECT_EQ(at({"paths", "/v1/users/{name}", "get", "parameters"}).items.at(0).find("name")->text, "name");
    EXPECT_EQ(at({"paths", "/v1/audit", "get", "parameters"}).items.size(), 5U);
    EXPECT_EQ(at({"components", "securitySchemes", "key", "scheme"}).text, "bearer");
    EXPECT_EQ(at({"components", "securitySchemes", "session", "name"}).text, session_cookie);
}

TEST_F(OpenapiTest, refers_to_schemas_that_it_has) {
    std::set<std::string> known;
    for (const json::Member& schema : at({"components", "schemas"}).members)
        known.insert("#/components/schemas/" + schema.name);
    std::size_t references = 0;
    std::function<void(const json::Node&)> visit = [&](const json::Node& node) {
        for (const json::Node& item : node.items) visit(item);
        for (const json::Member& member : node.members) {
            if (member.name == "$ref") {
                ++references;
                EXPECT_TRUE(known.contains(member.value.text)) << member.value.text;
            }
            visit(member.value);
        }
    };
    visit(document);
    EXPECT_GT(references, 20U);
    for (const Route& route : routes.all()) {
        if (route.request.empty() || route.request.starts_with('{')) continue;
        EXPECT_TRUE(known.contains("#/components/schemas/" + std::string(route.request))) << route.request;
    }
}

}  // namespace
}  // namespace outflow::api
