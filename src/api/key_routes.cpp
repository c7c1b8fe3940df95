#include "api/key_routes.h"

#include <algorithm>

#include <fmt/format.h>

#include "api/problem.h"
#include "api/random_text.h"

namespace outflow::api {

namespace {

constexpr std::size_t key_id_characters = 16;  // behind `ak-`
constexpr std::size_t secret_characters = 32;
constexpr std::size_t description_bytes_max = 200;

bool may_see(const Caller& caller, const store::AccessKey& key) {
    return key.user == caller.user || caller.may(store::Role::administrator);
}

json::Node key_node(const store::AccessKey& key) {
    json::Node node = json::Node::object();
    node.members.emplace_back("id", json::Node::string(key.id));
    node.members.emplace_back("user", json::Node::string(key.user));
    node.members.emplace_back("description", json::Node::string(key.description));
    if (!key.created_at.empty()) node.members.emplace_back("created_at", json::Node::string(key.created_at));
    return node;
}

http::Response list_keys(const AccountServices& services, const Caller& caller) {
    const auto keys = store::Accounts(services.database).keys();
    if (!keys) return problem(keys.error());
    json::Node items = json::Node::array();
    for (const store::AccessKey& key : *keys)
        if (may_see(caller, key)) items.items.push_back(key_node(key));
    json::Node list = json::Node::object();
    list.members.emplace_back("items", std::move(items));
    return json_response(text_of(list));
}

// The refusal of a key for this user.
std::optional<http::Response> check_owner(store::Accounts& accounts, const std::string& user) {
    const auto found = accounts.find_user(user);
    if (!found) return problem(found.error());
    if (!*found) {
        const Fault fault{.pointer = "/user", .detail = "there is no such user"};
        return refusal_of({&fault, 1}, "the body");
    }
    const auto keys = accounts.keys();
    if (!keys) return problem(keys.error());
    const auto count =
        std::count_if(keys->begin(), keys->end(), [&user](const store::AccessKey& key) { return key.user == user; });
    if (static_cast<std::size_t>(count) < keys_of_user_max) return std::nullopt;
    return problem(
        409, fmt::format("{} has {} keys, which is the limit; delete one that is not used.", user, keys_of_user_max));
}

http::Response create_key(const AccountServices& services, const Caller& caller, const http::Request& request) {
    RequestJson body(request.body.empty() ? std::string_view("{}") : request.body);
    store::AccessKey key;
    key.user = body.optional_text("user", {.min = 1, .max = user_name_bytes_max}).value_or(caller.user);
    key.description = body.optional_text("description", {.max = description_bytes_max}).value_or("");
    if (auto refusal = body.refusal()) return std::move(*refusal);
    if (key.user != caller.user && !caller.may(store::Role::administrator))
        return problem(403, "Keys of other users need the role administrator.");
    store::Accounts accounts(services.database);
    if (auto refusal = check_owner(accounts, key.user)) return std::move(*refusal);
    key.id = "ak-" + random_text(key_id_characters, base62);
    const platform::Secret secret(random_text(secret_characters, base62));
    key.sealed_secret = services.vault.seal("key/" + key.id, secret);
    const json::Node after = key_node(key);
    const Status stored = services.database.transact([&]() -> Status {
        if (Status added = accounts.add_key(key); !added) return added;
        return store::Audit(services.database).add(audit_entry(caller, "create", "key", key.id, nullptr, &after));
    });
    if (!stored) return problem(stored.error());
    services.access.put_key(key.id, key.user, secret);
    const auto found = accounts.find_key(key.id);
    if (found && *found) key.created_at = (*found)->created_at;
    json::Node node = key_node(key);
    node.members.emplace(node.members.begin() + 1, "secret", json::Node::string(secret.reveal()));
    http::Response response = json_response(text_of(node), 201);
    response.fields.add("Location", "/v1/keys/" + key.id);
    return response;
}

http::Response delete_key(const AccountServices& services, const Caller& caller, std::string_view id) {
    store::Accounts accounts(services.database);
    const auto key = accounts.find_key(id);
    if (!key) return problem(key.error());
    if (!*key || !may_see(caller, **key)) return problem(404, fmt::format("There is no key {}.", id.substr(0, 64)));
    const Result<bool> is_kept = keeps_an_administrator(accounts, {}, id);
    if (!is_kept) return problem(is_kept.error());
    if (!*is_kept)
        return problem(
            409, "With this key the last administrator would be locked out; set a password or make another key first.");
    const json::Node before = key_node(**key);
    const Status removed = services.database.transact([&]() -> Status {
        if (Status done = accounts.remove_key(id); !done) return done;
        return store::Audit(services.database).add(audit_entry(caller, "delete", "key", id, &before, nullptr));
    });
    if (!removed) return problem(removed.error());
    services.access.remove_key(id);
    return {.status = 204};
}

}  // namespace

void add_key_routes(Routes& routes, const AccountServices& services) {
    constexpr store::Role needed = store::Role::viewer;
    routes.schema("Key",
                  R"({"type":"object","required":["id","user","description","created_at"],"properties":)"
                  R"({"id":{"type":"string"},"secret":{"type":"string","description":"In the answer that made it."},)"
                  R"("user":{"type":"string"},"description":{"type":"string"},)"
                  R"("created_at":{"type":"string","format":"date-time"}}})");
    routes.schema("Keys", R"({"type":"object","required":["items"],"properties":)"
                          R"({"items":{"type":"array","items":{"$ref":"#/components/schemas/Key"}}}})");
    routes.schema("NewKey", R"({"type":"object","additionalProperties":false,"properties":)"
                            R"({"user":{"type":["string","null"],"minLength":1,"maxLength":64},)"
                            R"("description":{"type":["string","null"],"maxLength":200}}})");
    routes.add({.method = "GET",
                .path = "/v1/keys",
                .needs = needed,
                .summary = "The caller's keys; to an administrator all.",
                .handler = Handler(
                    [services](const Caller& caller, const http::Request&) { return list_keys(services, caller); }),
                .answers = {{200, "The keys by id, without secrets.", "Keys"}}});
    routes.add(
        {.method = "POST",
         .path = "/v1/keys",
         .needs = needed,
         .summary = "Creates a key, which may do what its user may; of another user for an administrator.",
         .handler = Handler([services](const Caller& caller, const http::Request& request) {
             return create_key(services, caller, request);
         }),
         .request = "NewKey",
         .answers =
             {{201, "The key with its secret, which is told this once.", "Key", "application/json", {"Location"}}},
         .refusals = {409, 422},
         .is_body_optional = true});
    routes.add({.method = "DELETE",
                .path = "/v1/keys/{id}",
                .needs = needed,
                .summary = "Deletes a key: from now on it opens nothing.",
                .handler = Handler([services](const Caller& caller, const http::Request& request) {
                    return delete_key(services, caller, request.parameter("id"));
                }),
                .answers = {{204, "The key is deleted."}},
                .refusals = {404, 409}});
}

}  // namespace outflow::api
