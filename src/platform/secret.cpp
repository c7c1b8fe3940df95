#include "platform/secret.h"

#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "platform/file.h"

namespace outflow::platform {
namespace {

constexpr std::size_t secret_bytes_max = 64 * 1024;

}  // namespace

Secret& Secret::operator=(const Secret& other) {
    if (this == &other) return *this;
    erase();
    value_ = other.value_;
    return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    erase();
    value_ = other.value_;  // a copy: a swap would leave a short secret's bytes behind
    other.erase();
    return *this;
}

void Secret::erase() noexcept {
    ::explicit_bzero(value_.data(), value_.size());
    value_.clear();
}

Result<Secret> resolve_secret(const SecretSource& source) {
    switch (source.kind) {
    case SecretSource::Kind::plain: return Secret(source.text);
    case SecretSource::Kind::environment: {
        const char* value = std::getenv(source.text.c_str());
        if (value == nullptr) {
            return failed(ErrorCode::invalid_argument, fmt::format("environment variable {} is not set", source.text));
        }
        return Secret(value);
    }
    case SecretSource::Kind::file: {
        TRY(std::string value, read_file(source.text, secret_bytes_max));
        if (value.ends_with('\n')) value.pop_back();
        if (value.ends_with('\r')) value.pop_back();
        return Secret(std::move(value));
    }
    }
    return failed(ErrorCode::invalid_argument, "a secret of an unknown kind");
}

}  // namespace outflow::platform
