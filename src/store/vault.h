// Seals secrets for the disk: XChaCha20-Poly1305 with a key in a file of its own, so that a copy of the database alone
// tells nothing.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/secret.h"

namespace outflow::store {

class Vault {
public:
    // Reads the key from `path` (mode 0600, else an error that says what to do), or makes one there when `may_create`.
    // Errors: file_error: it is missing (the database has sealed secrets), cannot be read, or is no key.
    static Result<Vault> open(const std::string& path, bool may_create);

    // A text that begins with `sealed:`. `place` is where it belongs: it opens there and nowhere else, so that nobody who can
    // write the database moves a secret to an instance of his own.
    std::string seal(std::string_view place, const platform::Secret& secret) const;
    // Errors: invalid_argument: it is none of this key, place or was changed; never with the secret.
    Result<platform::Secret> unseal(std::string_view place, std::string_view sealed) const;

private:
    explicit Vault(platform::Secret key) : key_(std::move(key)) {}
    platform::Secret key_;
};

bool is_sealed(std::string_view text);

}  // namespace outflow::store
