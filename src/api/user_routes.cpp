#include "api/user_routes.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <sodium.h>

#include "api/problem.h"

namespace outflow::api {

namespace {

http::Response no_such_user(std::string_view name) {
    return problem(404, fmt::format("There is no user {}.", name.substr(0, user_name_bytes_max)));
}

http::Response list_users(const AccountServices& services) {
    const auto users = store::Accounts(services.database).users();
    if (!users) return problem(users.error());
    json::Node items = json::Node::array();
    for (const store::User& user : *users) items.items.push_back(user_node(user));
    json::Node list = json::Node::object();
    list.members.emplace_back("items", std::move(items));
    return json_response(text_of(list));
}

http::Response show_user(const AccountServices& services, std::string_view name) {
    const auto user = store::Accounts(services.database).find_user(name);
    if (!user) return problem(user.error());
    return *user ? json_response(text_of(user_node(**user))) : no_such_user(name);
}

// What is to become of a user, once a new password is hashed.
struct UserChange {
    Caller caller;
    std::string name;
    std::optional<store::Role> role;
    std::optional<std::vector<std::string>> tasks;
    std::optional<std::string> password_hash;
    bool is_new = false;
};

// The refusal to take the role from the last administrator.
std::optional<http::Response> keep_last_administrator(store::Accounts& accounts, const store::User& user) {
    if (user.role != store::Role::administrator) return std::nullopt;
    const Result<bool> is_kept = keeps_an_administrator(accounts, user.name);
    if (!is_kept) return problem(is_kept.error());
    if (*is_kept) return std::nullopt;
    return problem(
        409, fmt::format("The user {} is the last administrator who can get in; make another one with a password or a "
                         "key first.",
                         user.name));
}

std::optional<http::Response> check_change(store::Accounts& accounts, const UserChange& change,
                                           const std::optional<store::User>& before) {
    if (!change.is_new) {
        if (!before) return no_such_user(change.name);
        const bool is_demoted = change.role && *change.role != store::Role::administrator;
        return is_demoted ? keep_last_administrator(accounts, *before) : std::nullopt;
    }
    if (before) return problem(409, fmt::format("There is a user {} already.", change.name));
    const auto users = accounts.users();
    if (!users) return problem(users.error());
    if (users->size() < users_max) return std::nullopt;
    return problem(409, fmt::format("There are {} users, which is the limit.", users_max));
}

store::AuditEntry entry_of(const UserChange& change, const std::optional<store::User>& before,
                           const store::User& after) {
    json::Node old_node = before ? user_node(*before) : json::Node();
    json::Node new_node = user_node(after);
    const auto without_time = [](json::Node& node) {
        std::erase_if(node.members, [](const json::Member& member) { return member.name == "created_at"; });
    };
    without_time(old_node);
    without_time(new_node);
    if (change.password_hash && before && !before->password_hash.empty())
        new_node.members.emplace_back("has_new_password", json::Node::boolean(true));
    return audit_entry(change.caller, change.is_new ? "create" : "change", "user", after.name,
                       before ? &old_node : nullptr, &new_node);
}

http::Response store_user(const AccountServices& services, const UserChange& change) {
    if (!services.access.is_current(change.caller)) return problem(409, "The account that asks was changed meanwhile.");
    store::Accounts accounts(services.database);
    const auto before = accounts.find_user(change.name);
    if (!before) return problem(before.error());
    if (auto refusal = check_change(accounts, change, *before)) return std::move(*refusal);
    store::User user = before->value_or(store::User());
    user.name = change.name;
    user.role = change.role.value_or(user.role);
    user.tasks = change.tasks.value_or(user.tasks);
    user.password_hash = change.password_hash.value_or(user.password_hash);
    const store::AuditEntry entry = entry_of(change, *before, user);
    if (entry.difference == "[]") return show_user(services, user.name);
    const Status stored = services.database.transact([&]() -> Status {
        if (Status put = accounts.put_user(user); !put) return put;
        return store::Audit(services.database).add(entry);
    });
    if (!stored) return problem(stored.error());
    services.access.put_user(user, change.password_hash.has_value());
    http::Response response = show_user(services, user.name);
    if (!change.is_new || response.status != 200) return response;
    response.status = 201;
    response.fields.add("Location", "/v1/users/" + user.name);
    return response;
}

// After the password, when there is one, was hashed.
void finish_change(const AccountServices& services, UserChange change, std::optional<platform::Secret> password,
                   http::Responder responder) {
    if (!password) return responder.respond(store_user(services, change));
    const auto shared = std::make_shared<http::Responder>(std::move(responder));
    const bool is_taken =
        services.passwords.hash(std::move(*password), [services, change, shared](const Result<std::string>& hash) {
            if (!hash) return shared->respond(problem(hash.error()));
            UserChange whole = change;
            whole.password_hash = *hash;
            shared->respond(store_user(services, whole));
        });
    if (!is_taken) shared->respond(too_many_passwords());
}

void create_user(const AccountServices& services, const Caller& caller, http::Request request,
                 http::Responder responder) {
    RequestJson body(request.body);
    UserChange change;
    change.caller = caller;
    change.is_new = true;
    change.name = body.text("name", {.min = 1, .max = user_name_bytes_max});
    if (!change.name.empty() && !is_user_name(change.name))
        body.fault("name", "expected 1 to 64 letters, digits, `.`, `-`, `_` and `@`");
    change.role = read_role(body, true);
    change.tasks = read_patterns(body);
    auto password = read_new_password(body, "password");
    sodium_memzero(request.body.data(), request.body.size());
    if (auto refusal = body.refusal()) return responder.respond(std::move(*refusal));
    // At once, so that nobody waits for a hash in vain; and again behind it.
    const auto before = store::Accounts(services.database).find_user(change.name);
    if (!before) return responder.respond(problem(before.error()));
    if (*before) return responder.respond(problem(409, fmt::format("There is a user {} already.", change.name)));
    finish_change(services, std::move(change), std::move(password), std::move(responder));
}

void change_user(const AccountServices& services, const Caller& caller, http::Request request,
                 http::Responder responder) {
    RequestJson body(request.body);
    UserChange change;
    change.caller = caller;
    change.name = request.parameter("name");
    change.role = read_role(body, false);
    change.tasks = read_patterns(body);
    auto password = read_new_password(body, "password");
    sodium_memzero(request.body.data(), request.body.size());
    if (auto refusal = body.refusal()) return responder.respond(std::move(*refusal));
    const auto before = store::Accounts(services.database).find_user(change.name);
    if (!before) return responder.respond(problem(before.error()));
    if (!*before) return responder.respond(no_such_user(change.name));
    finish_change(services, std::move(change), std::move(password), std::move(responder));
}

http::Response delete_user(const AccountServices& services, const Caller& caller, std::string_view name) {
    store::Accounts accounts(services.database);
    const auto user = accounts.find_user(name);
    if (!user) return problem(user.error());
    if (!*user) return no_such_user(name);
    if (auto refusal = keep_last_administrator(accounts, **user)) return std::move(*refusal);
    const json::Node before = user_node(**user);
    const Status removed = services.database.transact([&]() -> Status {
        if (Status done = accounts.remove_user(name); !done) return done;
        return store::Audit(services.database).add(audit_entry(caller, "delete", "user", name, &before, nullptr));
    });
    if (!removed) return problem(removed.error());
    services.access.remove_user(name);
    return {.status = 204};
}

void add_user_schemas(Routes& routes) {
    routes.schema("Role", R"({"type":"string","enum":["viewer","operator","administrator"]})");
    routes.schema("Patterns",
                  R"({"type":["array","null"],"maxItems":100,"description":"Of names of tasks; null is as good )"
                  R"(as absent","items":{"type":"string","pattern":"^[A-Za-z0-9_*-]{1,127}$"}})");
    routes.schema("NewPassword", R"({"type":["string","null"],"minLength":12,"maxLength":256})");
    routes.schema("User", R"({"type":"object","required":["name","role","tasks","has_password","created_at"],)"
                          R"("properties":{"name":{"type":"string"},"role":{"$ref":"#/components/schemas/Role"},)"
                          R"("tasks":{"type":"array","items":{"type":"string"}},"has_password":{"type":"boolean"},)"
                          R"("created_at":{"type":"string","format":"date-time"}}})");
    routes.schema("Users", R"({"type":"object","required":["items"],"properties":)"
                           R"({"items":{"type":"array","items":{"$ref":"#/components/schemas/User"}}}})");
    routes.schema("NewUser",
                  R"({"type":"object","required":["name","role"],"additionalProperties":false,"properties":)"
                  R"({"name":{"type":"string","pattern":"^[A-Za-z0-9._@-]{1,64}$"},)"
                  R"("password":{"$ref":"#/components/schemas/NewPassword"},)"
                  R"("role":{"$ref":"#/components/schemas/Role"},"tasks":{"$ref":"#/components/schemas/Patterns"}}})");
    routes.schema("UserChange", R"({"type":"object","additionalProperties":false,"properties":)"
                                R"({"password":{"$ref":"#/components/schemas/NewPassword"},)"
                                R"("role":{"enum":["viewer","operator","administrator",null]},)"
                                R"("tasks":{"$ref":"#/components/schemas/Patterns"}}})");
}

}  // namespace

void add_user_routes(Routes& routes, const AccountServices& services) {
    constexpr store::Role needed = store::Role::administrator;
    add_user_schemas(routes);
    routes.add({.method = "GET",
                .path = "/v1/users",
                .needs = needed,
                .summary = "All users.",
                .handler = Handler([services](const Caller&, const http::Request&) { return list_users(services); }),
                .answers = {{200, "The users by name.", "Users"}}});
    routes.add(
        {.method = "POST",
         .path = "/v1/users",
         .needs = needed,
         .summary = "Creates a user. Without a password the user has keys alone.",
         .handler = LaterHandler([services](const Caller& caller, http::Request request, http::Responder responder) {
             create_user(services, caller, std::move(request), std::move(responder));
         }),
         .request = "NewUser",
         .answers = {{201, "The user.", "User", "application/json", {"Location"}}},
         .refusals = {409, 422}});
    routes.add({.method = "GET",
                .path = "/v1/users/{name}",
                .needs = needed,
                .summary = "One user.",
                .handler = Handler([services](const Caller&, const http::Request& request) {
                    return show_user(services, request.parameter("name"));
                }),
                .answers = {{200, "The user.", "User"}},
                .refusals = {404}});
    routes.add(
        {.method = "PUT",
         .path = "/v1/users/{name}",
         .needs = needed,
         .summary = "Changes what is given of a user. A new password or role ends the user's sessions.",
         .handler = LaterHandler([services](const Caller& caller, http::Request request, http::Responder responder) {
             change_user(services, caller, std::move(request), std::move(responder));
         }),
         .request = "UserChange",
         .answers = {{200, "The user.", "User"}},
         .refusals = {404, 409, 422}});
    routes.add({.method = "DELETE",
                .path = "/v1/users/{name}",
                .needs = needed,
                .summary = "Deletes a user with the user's keys and sessions.",
                .handler = Handler([services](const Caller& caller, const http::Request& request) {
                    return delete_user(services, caller, request.parameter("name"));
                }),
                .answers = {{204, "The user is deleted."}},
                .refusals = {404, 409}});
}

}  // namespace outflow::api
