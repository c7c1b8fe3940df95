// Users, what they may do, and their access keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace outflow::store {

// What a role may do, the next may, too.
enum class Role : std::uint8_t {
    viewer,         // sees instances and tasks
    operator_,      // changes them
    administrator,  // users, keys, the audit log, backups
};
std::string_view to_string(Role role);  // "viewer", "operator", "administrator"
std::optional<Role> parse_role(std::string_view text);

struct User {
    std::string name = {};
    Role role = Role::viewer;
    std::vector<std::string> tasks{
        "*"};  // patterns of names of tasks, `*` for any characters; others do not exist for the user
    std::string password_hash = {};  // of Argon2id; empty: the user cannot log in
    std::string created_at = {};
};

// May what its user may.
struct AccessKey {
    std::string id = {};  // letters, digits, - and _
    std::string user = {};
    std::string description = {};
    std::string sealed_secret = {};  // store/vault.h; signatures need the secret itself
    std::string created_at = {};
};

// Belongs to the database's thread. Errors: those of Database.
class Accounts {
public:
    explicit Accounts(Database& database) : database_(database) {}

    Result<std::vector<User>> users();  // by name
    Result<std::optional<User>> find_user(std::string_view name);
    Status put_user(const User& user);          // `created_at` is set here, when the user is new
    Status remove_user(std::string_view name);  // and the user's keys

    Result<std::vector<AccessKey>> keys();  // by id
    Result<std::optional<AccessKey>> find_key(std::string_view id);
    Status add_key(
        const AccessKey&
            key);  // `created_at` is set here. Errors: also invalid_argument: the id is taken, or there is no such user
    Status remove_key(std::string_view id);

private:
    Database& database_;
};

}  // namespace outflow::store
