#include "store/accounts.h"

#include <array>

#include <fmt/format.h>

#include "json/document.h"
#include "platform/clock.h"
#include "store/statement.h"

namespace outflow::store {
namespace {

constexpr std::array<std::string_view, 3> role_names{"viewer", "operator", "administrator"};

std::string patterns_to_json(const std::vector<std::string>& patterns) {
    json::Node list = json::Node::array();
    for (const std::string& pattern : patterns) list.items.push_back(json::Node::string(pattern));
    std::string text;
    json::append_json(text, list);
    return text;
}

// What is no list of texts gives no pattern: the user then sees nothing.
std::vector<std::string> patterns_of_json(std::string_view text) {
    std::vector<std::string> patterns;
    const Result<json::Document> document = json::parse_document(text);
    if (!document) return patterns;
    for (const json::Node& item : document->root.items) {
        if (item.is(json::Kind::string)) patterns.push_back(item.text);
    }
    return patterns;
}

User user_of(const Statement& row) {
    return {.name = row.text(0),
            .role = parse_role(row.text(1)).value_or(Role::viewer),
            .tasks = patterns_of_json(row.text(2)),
            .password_hash = row.text(3),
            .created_at = row.text(4)};
}

AccessKey key_of(const Statement& row) {
    return {.id = row.text(0),
            .user = row.text(1),
            .description = row.text(2),
            .sealed_secret = row.text(3),
            .created_at = row.text(4)};
}

}  // namespace

std::string_view to_string(Role role) { return role_names.at(static_cast<std::size_t>(role)); }

std::optional<Role> parse_role(std::string_view text) {
    for (std::size_t i = 0; i < role_names.size(); ++i) {
        if (role_names.at(i) == text) return static_cast<Role>(i);
    }
    return std::nullopt;
}

Result<std::vector<User>> Accounts::users() {
    return read_rows(database_, "SELECT name, role, tasks, password_hash, created_at FROM users ORDER BY name",
                     user_of);
}

Result<std::optional<User>> Accounts::find_user(std::string_view name) {
    return read_row(database_, "SELECT name, role, tasks, password_hash, created_at FROM users WHERE name = ?", user_of,
                    name);
}

Status Accounts::put_user(const User& user) {
    return change(database_,
                  "INSERT INTO users VALUES (?1, ?2, ?3, ?4, ?5) "
                  "ON CONFLICT (name) DO UPDATE SET role = ?2, tasks = ?3, password_hash = ?4",
                  user.name, to_string(user.role), patterns_to_json(user.tasks), user.password_hash,
                  platform::format_rfc3339(platform::unix_ms()));
}

Status Accounts::remove_user(std::string_view name) {
    return change(database_, "DELETE FROM users WHERE name = ?", name);  // the keys: ON DELETE CASCADE
}

Result<std::vector<AccessKey>> Accounts::keys() {
    return read_rows(database_, "SELECT id, user, description, sealed_secret, created_at FROM keys ORDER BY id",
                     key_of);
}

Result<std::optional<AccessKey>> Accounts::find_key(std::string_view id) {
    return read_row(database_, "SELECT id, user, description, sealed_secret, created_at FROM keys WHERE id = ?", key_of,
                    id);
}

Status Accounts::add_key(const AccessKey& key) {
    TRY(const auto taken, find_key(key.id));
    if (taken) return failed(ErrorCode::invalid_argument, fmt::format("the access key {} exists already", key.id));
    TRY(const auto user, find_user(key.user));
    if (!user) return failed(ErrorCode::invalid_argument, fmt::format("there is no user {}", key.user));
    return change(database_, "INSERT INTO keys VALUES (?, ?, ?, ?, ?)", key.id, key.user, key.description,
                  key.sealed_secret, platform::format_rfc3339(platform::unix_ms()));
}

Status Accounts::remove_key(std::string_view id) { return change(database_, "DELETE FROM keys WHERE id = ?", id); }

}  // namespace outflow::store
