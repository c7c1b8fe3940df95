// What the routes of accounts share: what they work with, rules of names and patterns, users as JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access.h"
#include "api/passwords.h"
#include "api/request_json.h"
#include "api/routes.h"
#include "json/document.h"
#include "store/accounts.h"
#include "store/audit.h"
#include "store/database.h"
#include "store/vault.h"

namespace outflow::api {

// All outlive the server.
struct AccountServices {
    store::Database& database;
    const store::Vault& vault;
    Access& access;
    Passwords& passwords;
    platform::Logger& logger;
    bool is_tls_in_front = false;  // a proxy talks TLS with browsers: cookies are Secure all the same
};

inline constexpr std::size_t user_name_bytes_max = 64;
inline constexpr std::size_t users_max = 1'000;
inline constexpr std::size_t keys_of_user_max = 50;

// 1 to 64 letters, digits, `.`, `-`, `_` and `@`.
bool is_user_name(std::string_view name);
// The role, the patterns of tasks and a new password of a user in a body.
std::optional<store::Role> read_role(RequestJson& body, bool is_required);
std::optional<std::vector<std::string>> read_patterns(RequestJson& body);
std::optional<platform::Secret> read_new_password(RequestJson& body, std::string_view name);

// Whether an administrator can still get in, by a password or a key, when this user or this key is gone.
Result<bool> keeps_an_administrator(store::Accounts& accounts, std::string_view lost_user,
                                    std::string_view lost_key = {});

// As the API gives it.
json::Node user_node(const store::User& user);
json::Node text_array(const std::vector<std::string>& texts);
std::string text_of(const json::Node& node);

// Of the caller's change; either side may be null. No secret may be in them.
store::AuditEntry audit_entry(const Caller& caller, std::string_view action, std::string_view kind,
                              std::string_view name, const json::Node* before, const json::Node* after);

// Of a password, whose values nobody sees.
store::AuditEntry password_entry(const Caller& caller, std::string_view user);

// 503 with Retry-After: too many passwords wait.
http::Response too_many_passwords();
// 429 with Retry-After.
http::Response slowed_down(std::chrono::seconds wait);

}  // namespace outflow::api
