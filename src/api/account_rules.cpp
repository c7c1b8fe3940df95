#include "api/account_rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "api/difference.h"

namespace outflow::api {

namespace {

constexpr std::size_t patterns_max = 100;
constexpr TextSize pattern_size{.min = 1, .max = 127};
constexpr std::string_view letters_and_digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool consists_of(std::string_view text, std::string_view further) {
    return std::all_of(text.begin(), text.end(), [further](char c) {
        return letters_and_digits.find(c) != std::string_view::npos || further.find(c) != std::string_view::npos;
    });
}

}  // namespace

bool is_user_name(std::string_view name) {
    return !name.empty() && name.size() <= user_name_bytes_max && consists_of(name, ".-_@");
}

std::optional<store::Role> read_role(RequestJson& body, bool is_required) {
    const auto words = {std::string_view("viewer"), std::string_view("operator"), std::string_view("administrator")};
    const std::optional<std::string> word = is_required ? body.word("role", words) : body.optional_word("role", words);
    return word ? store::parse_role(*word) : std::nullopt;
}

std::optional<std::vector<std::string>> read_patterns(RequestJson& body) {
    auto patterns = body.optional_texts("tasks", patterns_max, pattern_size);
    for (const std::string& pattern : patterns.value_or(std::vector<std::string>()))
        if (!consists_of(pattern, "-_*"))
            body.fault("tasks", "expected patterns of letters, digits, - and _, with * for any characters",
                       "for example `press-*`");
    return patterns;
}

std::optional<platform::Secret> read_new_password(RequestJson& body, std::string_view name) {
    return body.optional_secret(name, {.min = password_characters_min, .max = password_characters_max});
}

json::Node text_array(const std::vector<std::string>& texts) {
    json::Node array = json::Node::array();
    for (const std::string& text : texts) array.items.push_back(json::Node::string(text));
    return array;
}

Result<bool> keeps_an_administrator(store::Accounts& accounts, std::string_view lost_user, std::string_view lost_key) {
    TRY(const std::vector<store::User> users, accounts.users());
    TRY(const std::vector<store::AccessKey> keys, accounts.keys());
    return std::any_of(users.begin(), users.end(), [&](const store::User& user) {
        if (user.role != store::Role::administrator || user.name == lost_user) return false;
        return !user.password_hash.empty() || std::any_of(keys.begin(), keys.end(), [&](const store::AccessKey& key) {
            return key.user == user.name && key.id != lost_key;
        });
    });
}

json::Node user_node(const store::User& user) {
    json::Node node = json::Node::object();
    node.members.emplace_back("name", json::Node::string(user.name));
    node.members.emplace_back("role", json::Node::string(std::string(to_string(user.role))));
    node.members.emplace_back("tasks", text_array(user.tasks));
    node.members.emplace_back("has_password", json::Node::boolean(!user.password_hash.empty()));
    node.members.emplace_back("created_at", json::Node::string(user.created_at));
    return node;
}

std::string text_of(const json::Node& node) {
    std::string text;
    json::append_json(text, node);
    return text;
}

store::AuditEntry audit_entry(const Caller& caller, std::string_view action, std::string_view kind,
                              std::string_view name, const json::Node* before, const json::Node* after) {
    store::AuditEntry entry;
    entry.who = caller.user;
    entry.key = caller.key;
    entry.from = caller.from;
    entry.action = action;
    entry.kind = kind;
    entry.name = name;
    append_differences(entry.difference, before, after);
    return entry;
}

store::AuditEntry password_entry(const Caller& caller, std::string_view user) {
    store::AuditEntry entry = audit_entry(caller, "change", "user", user, nullptr, nullptr);
    entry.difference = R"([{"pointer":"/password"}])";
    return entry;
}

http::Response too_many_passwords() {
    http::Response response = problem(503, "Too many passwords wait to be checked. Try again in a second.");
    response.fields.add("Retry-After", "1");
    return response;
}

http::Response slowed_down(std::chrono::seconds wait) {
    http::Response response =
        problem(429, fmt::format("Too many attempts have failed. Try again in {} s.", wait.count()));
    response.fields.add("Retry-After", std::to_string(wait.count()));
    return response;
}

}  // namespace outflow::api
