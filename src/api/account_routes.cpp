#include "api/account_routes.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <sodium.h>

#include "api/problem.h"

namespace outflow::api {

namespace {

using SharedResponder = std::shared_ptr<http::Responder>;

SharedResponder share(http::Responder responder) { return std::make_shared<http::Responder>(std::move(responder)); }

std::string cookie_of(std::string_view id, bool is_secure, std::string_view more = {}) {
    return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}{}", session_cookie, id, is_secure ? "; Secure" : "",
                       more);
}

// Passwords are not left in the memory of a request.
void erase(std::string& body) { sodium_memzero(body.data(), body.size()); }

http::Response wrong_login() { return problem(401, "The name or the password is wrong."); }

json::Node caller_node(const Caller& caller) {
    json::Node node = json::Node::object();
    node.members.emplace_back("name", json::Node::string(caller.user));
    node.members.emplace_back("role", json::Node::string(std::string(to_string(caller.role))));
    node.members.emplace_back("tasks", text_array(caller.tasks));
    if (!caller.key.empty()) node.members.emplace_back("key", json::Node::string(caller.key));
    if (!caller.csrf.empty()) node.members.emplace_back("csrf", json::Node::string(caller.csrf));
    return node;
}

// --- login

struct LoginAttempt {
    std::string name;
    std::string hash;  // that was verified
    std::string from;
    std::string old_session;
    bool is_secure = false;
};

// The password is right; the user may have been changed since.
http::Response begin_session(const AccountServices& services, const LoginAttempt& attempt) {
    const auto user = store::Accounts(services.database).find_user(attempt.name);
    if (!user) return problem(user.error());
    if (!*user || (*user)->password_hash != attempt.hash) return wrong_login();
    services.access.delays().succeed(attempt.name, attempt.from);
    services.access.sessions().end(attempt.old_session);
    const Sessions::Begun begun = services.access.sessions().begin(attempt.name, services.access.now());
    const Caller caller = services.access.caller_of_session(begun.id, attempt.from);
    // A disk that is full must not keep the one out who can help.
    const Status noted = services.database.transact([&] {
        return store::Audit(services.database)
            .add(audit_entry(caller, "login", "user", attempt.name, nullptr, nullptr));
    });
    if (!noted)
        services.logger.error("A login is missing in the audit log.",
                              {{"user", attempt.name}, {"reason", noted.error().context}});
    http::Response response = json_response(text_of(caller_node(caller)));
    response.fields.add("Set-Cookie", cookie_of(begun.id, attempt.is_secure));
    return response;
}

void finish_login(const AccountServices& services, const LoginAttempt& attempt, bool is_right,
                  http::Responder& responder) {
    if (is_right) return responder.respond(begin_session(services, attempt));
    // Not a name that nobody has: it may be a password in the wrong field.
    const std::string_view name = attempt.hash.empty() ? "unknown" : std::string_view(attempt.name);
    services.logger.warn("A login failed.", {{"user", name}, {"from", attempt.from}}, attempt.from);
    responder.respond(wrong_login());
}

void login(const AccountServices& services, const Caller& caller, http::Request request, http::Responder responder) {
    if (!is_same_origin(request))
        return responder.respond(problem(403, "The request comes from a page of another origin."));
    RequestJson body(request.body);
    LoginAttempt attempt;
    attempt.name = body.text("name", {.min = 1, .max = 256});
    platform::Secret password = body.secret("password", {.min = 1, .max = password_characters_max});
    erase(request.body);
    if (auto refusal = body.refusal()) return responder.respond(std::move(*refusal));
    attempt.name.resize(std::min(attempt.name.size(), user_name_bytes_max + 1));  // too long stays too long
    attempt.from = caller.from;
    attempt.old_session = find_cookie(request, session_cookie);
    attempt.is_secure = request.is_tls || services.is_tls_in_front;
    const std::chrono::seconds wait = services.access.delays().wait(attempt.name, attempt.from, services.access.now());
    if (wait.count() > 0) return responder.respond(slowed_down(wait));
    const auto user = store::Accounts(services.database).find_user(attempt.name);
    if (!user) return responder.respond(problem(user.error()));
    if (*user) attempt.hash = (*user)->password_hash;
    const SharedResponder shared = share(std::move(responder));
    const bool is_taken = services.passwords.verify(
        attempt.hash, std::move(password),
        [services, attempt, shared](bool is_right) { finish_login(services, attempt, is_right, *shared); });
    if (!is_taken) return shared->respond(too_many_passwords());
    services.access.delays().begin(attempt.name, attempt.from, services.access.now());
}

http::Response logout(const AccountServices& services, const Caller& caller, const http::Request& request) {
    if (!caller.session.empty()) services.access.sessions().end(caller.session);
    http::Response response{.status = 204};
    response.fields.add("Set-Cookie", cookie_of("", request.is_tls || services.is_tls_in_front, "; Max-Age=0"));
    return response;
}

// --- the own password

struct PasswordChange {
    Caller caller;
    platform::Secret password;
    std::string old_hash;
};

http::Response store_password(const AccountServices& services, const PasswordChange& change, std::string hash) {
    store::Accounts accounts(services.database);
    const auto found = accounts.find_user(change.caller.user);
    if (!found) return problem(found.error());
    if (!*found || (*found)->password_hash != change.old_hash || !services.access.is_current(change.caller))
        return problem(409, "The account was changed meanwhile.");
    store::User user = **found;
    user.password_hash = std::move(hash);
    const Status stored = services.database.transact([&]() -> Status {
        if (Status put = accounts.put_user(user); !put) return put;
        return store::Audit(services.database).add(password_entry(change.caller, user.name));
    });
    if (!stored) return problem(stored.error());
    services.access.put_user(user, true, change.caller.session);
    return {.status = 204};
}

void go_on_with_password(const AccountServices& services, const PasswordChange& change, bool is_right,
                         const SharedResponder& responder) {
    if (!is_right) {
        const Fault fault{.pointer = "/old", .detail = "this is not the user's password"};
        return responder->respond(refusal_of({&fault, 1}, "the body"));
    }
    services.access.delays().succeed(change.caller.user, change.caller.from);
    const bool is_taken =
        services.passwords.hash(change.password, [services, change, responder](const Result<std::string>& hash) {
            responder->respond(hash ? store_password(services, change, *hash) : problem(hash.error()));
        });
    if (!is_taken) responder->respond(too_many_passwords());
}

void change_password(const AccountServices& services, const Caller& caller, http::Request request,
                     http::Responder responder) {
    RequestJson body(request.body);
    platform::Secret old = body.secret("old", {.min = 1, .max = password_characters_max});
    PasswordChange change{
        caller, body.secret("new", {.min = password_characters_min, .max = password_characters_max}), {}};
    erase(request.body);
    if (!old.empty() && old == change.password) body.fault("new", "this is the old password");
    if (auto refusal = body.refusal()) return responder.respond(std::move(*refusal));
    const std::chrono::seconds wait = services.access.delays().wait(caller.user, caller.from, services.access.now());
    if (wait.count() > 0) return responder.respond(slowed_down(wait));
    const auto user = store::Accounts(services.database).find_user(caller.user);
    if (!user) return responder.respond(problem(user.error()));
    if (!*user || (*user)->password_hash.empty())
        return responder.respond(problem(409, "The user has no password yet; an administrator gives one."));
    change.old_hash = (*user)->password_hash;
    const SharedResponder shared = share(std::move(responder));
    const bool is_taken = services.passwords.verify(
        change.old_hash, std::move(old),
        [services, change, shared](bool is_right) { go_on_with_password(services, change, is_right, shared); });
    if (!is_taken) return shared->respond(too_many_passwords());
    services.access.delays().begin(caller.user, caller.from, services.access.now());
}

}  // namespace

void add_account_routes(Routes& routes, const AccountServices& services) {
    routes.schema("Login", R"({"type":"object","required":["name","password"],"additionalProperties":false,)"
                           R"("properties":{"name":{"type":"string","minLength":1,"maxLength":256},)"
                           R"("password":{"type":"string","minLength":1,"maxLength":256}}})");
    routes.schema("Me",
                  R"({"type":"object","required":["name","role","tasks"],"properties":{"name":{"type":"string"},)"
                  R"("role":{"$ref":"#/components/schemas/Role"},"tasks":{"type":"array","items":{"type":"string"}},)"
                  R"("key":{"type":"string"},"csrf":{"type":"string"}}})");
    routes.schema("PasswordChange", R"({"type":"object","required":["old","new"],"additionalProperties":false,)"
                                    R"("properties":{"old":{"type":"string","minLength":1,"maxLength":256},)"
                                    R"("new":{"type":"string","minLength":12,"maxLength":256}}})");
    routes.add(
        {.method = "POST",
         .path = "/v1/login",
         .needs = std::nullopt,
         .summary = "Begins a session of a browser.",
         .handler = LaterHandler([services](const Caller& caller, http::Request request, http::Responder responder) {
             login(services, caller, std::move(request), std::move(responder));
         }),
         .request = "Login",
         .answers =
             {{200, "The session; its id is in the cookie outflow_session.", "Me", "application/json", {"Set-Cookie"}}},
         .refusals = {401, 403, 422, 429},
         .body_bytes_max = 8 * 1024});  // anybody may send it
    routes.add({.method = "POST",
                .path = "/v1/logout",
                .needs = store::Role::viewer,
                .summary = "Ends the session.",
                .handler = Handler([services](const Caller& caller, const http::Request& request) {
                    return logout(services, caller, request);
                }),
                .answers = {{204, "The session has ended.", {}, {}, {"Set-Cookie"}}}});
    routes.add({.method = "GET",
                .path = "/v1/me",
                .needs = store::Role::viewer,
                .summary = "Who asks, and what he may.",
                .handler = Handler([](const Caller& caller, const http::Request&) {
                    return json_response(text_of(caller_node(caller)));
                }),
                .answers = {{200, "The caller.", "Me"}}});
    routes.add(
        {.method = "PUT",
         .path = "/v1/me/password",
         .needs = store::Role::viewer,
         .summary = "Changes the caller's password, and ends the user's other sessions.",
         .handler = LaterHandler([services](const Caller& caller, http::Request request, http::Responder responder) {
             change_password(services, caller, std::move(request), std::move(responder));
         }),
         .request = "PasswordChange",
         .answers = {{204, "The password was changed."}},
         .refusals = {409, 422, 429}});
}

}  // namespace outflow::api
