// A whole API on loopback with three users, a clock that a test moves, and a client.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "api/account_routes.h"
#include "api/audit_routes.h"
#include "api/key_routes.h"
#include "api/service_routes.h"
#include "api/user_routes.h"
#include "http/server_rig.h"
#include "json/document.h"
#include "net/run_until.h"
#include "store/store_rig.h"

namespace outflow::api {

using FieldLines = std::vector<std::pair<std::string, std::string>>;

struct Answered {
    unsigned status = 0;
    std::string head;
    std::string body;

    // Of the first such field; empty without one.
    std::string field(const std::string& name) const {
        const std::size_t at = head.find("\r\n" + name + ": ");
        if (at == std::string::npos) return {};
        const std::size_t begin = at + name.size() + 4;
        return head.substr(begin, head.find("\r\n", begin) - begin);
    }
    // A member of the body as JSON text; empty when there is none.
    std::string member(std::string_view name) const {
        const auto document = json::parse_document(body);
        const json::Node* found = document ? document->root.find(name) : nullptr;
        std::string text;
        if (found != nullptr) json::append_json(text, *found);
        return found != nullptr && found->is(json::Kind::string) ? found->text : text;
    }
    bool has(std::string_view text) const { return body.find(text) != std::string::npos; }
};

// The users admin, olga (an operator) and vera (a viewer of press-*) have `password` and the keys ak-NAME:NAME-secret.
class ApiTest : public store::StoreTest {
protected:
    static constexpr std::string_view password = "correct horse battery";

    ApiTest() {
        store::Accounts accounts(*database);
        for (const auto& [name, role, tasks] :
             {std::tuple("admin", store::Role::administrator, "*"), std::tuple("olga", store::Role::operator_, "*"),
              std::tuple("vera", store::Role::viewer, "press-*")}) {
            EXPECT_TRUE(accounts.put_user({.name = name, .role = role, .tasks = {tasks}, .password_hash = hash()}));
            const std::string id = std::string("ak-") + name;
            const platform::Secret secret(std::string(name) + "-secret");
            EXPECT_TRUE(accounts.add_key({.id = id, .user = name, .sealed_secret = vault.seal("key/" + id, secret)}));
        }
        EXPECT_EQ(access.load(accounts, vault).value_or(99), 0U);
        add_account_routes(routes, services);
        add_user_routes(routes, services);
        add_key_routes(routes, services);
        add_audit_routes(routes, *database);
        add_service_routes(routes, {.version = "1.2.3",
                                    .commit = "abc",
                                    .installation = database->installation_id(),
                                    .not_ready = [this] { return not_ready; }});
    }

    // Of the password; made once.
    static const std::string& hash() {
        static const std::string made = *hash_password(platform::Secret(std::string(password)));
        return made;
    }

    // Before the first request: a test may add routes until then.
    void serve() {
        if (server.port() != 0) return;
        routes.install(server);
        ASSERT_TRUE(server.listen({.host = "127.0.0.1", .port = 0}));
    }

    static std::string request_text(std::string_view method, std::string_view path, const FieldLines& fields,
                                    std::string_view body) {
        std::string text = std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: flow:8080\r\n";
        for (const auto& [name, value] : fields) text += name + ": " + value + "\r\n";
        if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        return text + "Connection: close\r\n\r\n" + std::string(body);
    }

    bool wait(const std::function<bool()>& is_done) {
        net::Timer again(loop);
        std::function<void()> tick = [&] { again.start(std::chrono::milliseconds(1), tick); };
        tick();
        return net::run_until(loop, is_done, std::chrono::seconds(20));
    }

    static Answered read(const std::string& received) {
        Answered answer;
        const std::size_t end = received.find("\r\n\r\n");
        if (end == std::string::npos) return answer;
        answer.head = received.substr(0, end + 2);
        answer.body = received.substr(end + 4);
        answer.status = static_cast<unsigned>(std::stoul(received.substr(9, 3)));
        return answer;
    }

    // With exactly these fields; a body is not said to be JSON.
    Answered ask_raw(std::string_view method, std::string_view path, const FieldLines& fields = {},
                     std::string_view body = {}) {
        serve();
        http::Client client(server.port());
        client.send(request_text(method, path, fields, body));
        EXPECT_TRUE(wait([&] { return client.receive(), client.is_closed; })) << method << " " << path;
        return read(client.received);
    }

    Answered ask(std::string_view method, std::string_view path, FieldLines fields = {}, std::string_view body = {}) {
        if (!body.empty()) fields.emplace_back("Content-Type", "application/json");
        return ask_raw(method, path, fields, body);
    }

    static std::pair<std::string, std::string> key_field(std::string_view user) {
        const std::string name(user);
        return {"Authorization", "Bearer ak-" + name + ":" + name + "-secret"};
    }

    // With the user's key.
    Answered ask_as(std::string_view user, std::string_view method, std::string_view path, std::string_view body = {}) {
        return ask(method, path, {key_field(user)}, body);
    }

    Answered log_in(std::string_view user, std::string_view word = password) {
        return ask("POST", "/v1/login", {},
                   "{\"name\":\"" + std::string(user) + "\",\"password\":\"" + std::string(word) + "\"}");
    }

    // The fields of a session: the cookie and the token.
    FieldLines session_of(std::string_view user, std::string_view word = password) {
        const Answered answer = log_in(user, word);
        EXPECT_EQ(answer.status, 200U) << answer.body;
        const std::string cookie = answer.field("Set-Cookie");
        return {{"Cookie", cookie.substr(0, cookie.find(';'))}, {"X-Outflow-Csrf", answer.member("csrf")}};
    }

    // Action, kind and name of the newest entry in the audit log, and its difference.
    std::string newest_audit() {
        const auto entries = store::Audit(*database).find({.limit = 1});
        if (!entries || entries->empty()) return {};
        const store::AuditEntry& entry = entries->front();
        return entry.who + " " + entry.action + " " + entry.kind + " " + entry.name + " " + entry.difference;
    }

    platform::Clock::time_point time = platform::Clock::now();
    std::string not_ready;
    std::string logged;
    net::EventLoop loop;
    platform::Logger logger{
        {.descriptor = -1, .write = [this](std::string_view line) { logged += line; }, .clock = {}}};
    store::Vault vault = std::move(*store::Vault::open(path("key"), true));
    Access access{{.clock = [this] { return time; }}};
    Passwords passwords{loop};
    Routes routes{access, logger};
    http::Server server{loop, {.body_bytes_max = http::ServerLimits().small_body_bytes_max}};
    AccountServices services{open(), vault, access, passwords, logger};
};

}  // namespace outflow::api
