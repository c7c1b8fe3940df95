// The first user of an empty store.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "platform/secret.h"
#include "store/database.h"
#include "store/vault.h"

namespace outflow::api {

inline constexpr std::string_view first_user = "admin";

// When there is no user: makes `admin`, an administrator. With `key`, `ID:SECRET`, the user has this key and no password; else
// a random password, which is given back to be shown once. Nothing when there are users. Comes before Access::load. Errors:
// invalid_argument: `key` is no such text, or its secret is shorter than 16 characters; those of the database.
Result<std::optional<platform::Secret>> bootstrap(store::Database& database, const store::Vault& vault,
                                                  const std::optional<platform::Secret>& key);

}  // namespace outflow::api
