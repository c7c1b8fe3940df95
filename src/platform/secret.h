// Passwords and keys: values that cannot be printed by mistake, and where they come from.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"

namespace outflow::platform {

// There is no operator<< and no fmt formatter; reveal() is what to look for in a review. Erased from memory when
// dropped.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : value_(other.value_) { other.erase(); }
    Secret& operator=(const Secret& other);
    Secret& operator=(Secret&& other) noexcept;
    ~Secret() { erase(); }

    // Valid as long as the Secret is not changed.
    const std::string& reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

    bool operator==(const Secret&) const = default;

    template <class Stream>
    friend Stream& operator<<(Stream&, const Secret&) = delete;

private:
    void erase() noexcept;
    std::string value_;
};

// `password: text`, `password: { env: NAME }` or `password: { file: PATH }`.
struct SecretSource {
    enum class Kind : std::uint8_t { plain, environment, file };
    Kind kind = Kind::plain;
    std::string text;  // the secret itself, the variable's name or the path

    bool operator==(const SecretSource&) const = default;
};

// Reads the secret now. A file loses one line end at its end and holds at most 64 KiB. Errors: invalid_argument
// (variable not set), file_error; they name the variable or path, never the secret.
Result<Secret> resolve_secret(const SecretSource& source);

}  // namespace outflow::platform
