#include "store/vault.h"

#include <array>

#include <fmt/format.h>
#include <sodium.h>

#include "base/assert.h"
#include "base/base64.h"
#include "platform/file.h"
#include "platform/private_file.h"

namespace outflow::store {
namespace {

constexpr std::string_view key_file_mark = "outflow-key-v1 ";  // then the key in Base64 and a line's end
constexpr std::string_view sealed_any = "sealed:";
constexpr std::string_view sealed_mark = "sealed:v1:";  // then nonce and ciphertext with its tag in Base64

constexpr std::size_t key_bytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t key_file_bytes_max = 256;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// A secret out of a text, which is erased.
platform::Secret take_secret(std::string& text) {
    platform::Secret secret(text);
    ::sodium_memzero(text.data(), text.size());
    return secret;
}

Result<platform::Secret> make_key(const std::string& path) {
    std::string key(key_bytes, '\0');
    ::crypto_aead_xchacha20poly1305_ietf_keygen(bytes_of(key));
    std::string line = fmt::format("{}{}\n", key_file_mark, encode_base64(key));
    const Status written = platform::write_file_atomically(path, line);
    ::sodium_memzero(line.data(), line.size());
    platform::Secret secret = take_secret(key);
    if (!written) return failed(written.error());
    return secret;
}

Result<platform::Secret> read_key(const std::string& path) {
    TRY(const bool is_private, platform::is_private(path));
    if (!is_private) {
        return failed(
            ErrorCode::file_error,
            fmt::format("others than its owner have rights to the key file {}; run: chmod 600 {}", path, path));
    }
    TRY(std::string line, platform::read_file(path, key_file_bytes_max));
    const platform::Secret text = take_secret(line);
    std::string_view rest = text.reveal();
    if (rest.ends_with('\n')) rest.remove_suffix(1);
    const bool has_mark = rest.starts_with(key_file_mark);
    if (has_mark) rest.remove_prefix(key_file_mark.size());
    std::optional<std::string> key = has_mark ? decode_base64(rest) : std::nullopt;
    if (!key || key->size() != key_bytes) {
        return failed(
            ErrorCode::file_error,
            fmt::format("{} holds no key of Outflow (one line, \"{}\" and {} bytes in Base64); restore it from where a "
                        "copy is kept",
                        path, key_file_mark, key_bytes));
    }
    return take_secret(*key);
}

}  // namespace

Result<Vault> Vault::open(const std::string& path, bool may_create) {
    OUTFLOW_ASSERT(::sodium_init() >= 0);
    const bool is_new = !platform::exists(path);
    if (is_new && !may_create) {
        return failed(
            ErrorCode::file_error,
            fmt::format(
                "the key file {} is missing, and without it the secrets in the database cannot be read; restore "
                "it from where a copy is kept",
                path));
    }
    TRY(platform::Secret key, is_new ? make_key(path) : read_key(path));
    return Vault(std::move(key));
}

std::string Vault::seal(std::string_view place, const platform::Secret& secret) const {
    const std::string& plain = secret.reveal();
    std::string sealed(nonce_bytes + plain.size() + tag_bytes, '\0');
    ::randombytes_buf(sealed.data(), nonce_bytes);
    unsigned char* const nonce = bytes_of(sealed);
    ::crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + nonce_bytes, nullptr, bytes_of(std::string_view(plain)),
                                                 plain.size(), bytes_of(place), place.size(), nullptr, nonce,
                                                 bytes_of(std::string_view(key_.reveal())));
    return fmt::format("{}{}", sealed_mark, encode_base64(sealed));
}

Result<platform::Secret> Vault::unseal(std::string_view place, std::string_view sealed) const {
    const auto refused = [&](std::string_view why) {
        return failed(ErrorCode::invalid_argument,
                      fmt::format("the secret of {} cannot be read: {}; set it again", place, why));
    };
    if (!sealed.starts_with(sealed_mark)) return refused("it is not sealed in a way that this Outflow knows");
    const std::optional<std::string> bytes = decode_base64(sealed.substr(sealed_mark.size()));
    if (!bytes || bytes->size() < nonce_bytes + tag_bytes) return refused("its text was cut or changed");
    std::string plain(bytes->size() - nonce_bytes - tag_bytes, '\0');
    const unsigned char* const nonce = bytes_of(std::string_view(*bytes));
    const int result = ::crypto_aead_xchacha20poly1305_ietf_decrypt(
        bytes_of(plain), nullptr, nullptr, nonce + nonce_bytes, bytes->size() - nonce_bytes, bytes_of(place),
        place.size(), nonce, bytes_of(std::string_view(key_.reveal())));
    if (result != 0) return refused("it was sealed with another key file or for another place, or was changed");
    return take_secret(plain);
}

bool is_sealed(std::string_view text) { return text.starts_with(sealed_any); }

}  // namespace outflow::store
