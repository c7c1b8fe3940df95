#include "api/bootstrap.h"

#include <algorithm>
#include <string>

#include "api/passwords.h"
#include "api/random_text.h"
#include "store/accounts.h"
#include "store/audit.h"

namespace outflow::api {

namespace {

constexpr std::size_t id_bytes_max = 64;
constexpr std::size_t key_secret_bytes_min = 16;
constexpr std::size_t key_secret_bytes_max = 256;
constexpr std::size_t first_password_characters = 20;

bool is_key_id(std::string_view id) {
    return !id.empty() && id.size() <= id_bytes_max && std::all_of(id.begin(), id.end(), [](char c) {
        return c == '-' || c == '_' || base62.find(c) != std::string_view::npos;
    });
}

// Printable ASCII: what fits into a header as it is.
bool is_key_secret(std::string_view secret) {
    return secret.size() >= key_secret_bytes_min && secret.size() <= key_secret_bytes_max &&
           std::all_of(secret.begin(), secret.end(), [](char c) { return c > ' ' && c <= '~'; });
}

Result<store::AccessKey> make_key(const store::Vault& vault, const platform::Secret& text) {
    const std::string_view whole = text.reveal();
    const std::size_t colon = whole.find(':');
    if (colon == std::string_view::npos || !is_key_id(whole.substr(0, colon)) ||
        !is_key_secret(whole.substr(colon + 1)))
        return failed(ErrorCode::invalid_argument,
                      "The first access key is not `ID:SECRET` with an id of 1 to 64 letters, digits, - and _, and a "
                      "secret of 16 to 256 printable characters without spaces.");
    store::AccessKey key;
    key.id = whole.substr(0, colon);
    key.user = first_user;
    key.description = "the first key";
    key.sealed_secret = vault.seal("key/" + key.id, platform::Secret(std::string(whole.substr(colon + 1))));
    return key;
}

}  // namespace

Result<std::optional<platform::Secret>> bootstrap(store::Database& database, const store::Vault& vault,
                                                  const std::optional<platform::Secret>& key) {
    store::Accounts accounts(database);
    TRY(const std::vector<store::User> users, accounts.users());
    if (!users.empty()) return std::nullopt;
    store::User user;
    user.name = first_user;
    user.role = store::Role::administrator;
    std::optional<store::AccessKey> first_key;
    std::optional<platform::Secret> password;
    if (key) {
        TRY(first_key, make_key(vault, *key));
    } else {
        password.emplace(random_text(first_password_characters, readable));
        TRY(user.password_hash, hash_password(*password));
    }
    store::AuditEntry entry;
    entry.who = "outflow";
    entry.action = "create";
    entry.kind = "user";
    entry.name = user.name;
    entry.difference = "[]";
    const Status stored = database.transact([&]() -> Status {
        if (Status put = accounts.put_user(user); !put) return put;
        if (first_key)
            if (Status added = accounts.add_key(*first_key); !added) return added;
        return store::Audit(database).add(entry);
    });
    if (!stored) return failed(stored.error());
    return password;
}

}  // namespace outflow::api
