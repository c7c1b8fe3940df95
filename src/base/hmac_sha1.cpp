#include "base/hmac_sha1.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <utility>

#include "base/assert.h"
#include "base/base64.h"

namespace outflow {

struct HmacSha1::State {
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    EVP_MAC_CTX* context = mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac);

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        EVP_MAC_CTX_free(context);
        EVP_MAC_free(mac);
    }

    bool set_key(std::string_view key) {
        char digest[] = "SHA1";
        std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                              OSSL_PARAM_construct_end()};
        return context != nullptr && EVP_MAC_init(context, reinterpret_cast<const unsigned char*>(key.data()),
                                                  key.size(), parameters.data()) == 1;
    }
};

HmacSha1::HmacSha1(std::unique_ptr<State> state) : state_(std::move(state)) {}
HmacSha1::HmacSha1(HmacSha1&&) noexcept = default;
HmacSha1& HmacSha1::operator=(HmacSha1&&) noexcept = default;
HmacSha1::~HmacSha1() = default;

Result<HmacSha1> HmacSha1::create(std::string_view key) {
    auto state = std::make_unique<State>();
    if (key.empty() || !state->set_key(key)) {
        return failed(ErrorCode::invalid_argument, key.empty()
                                                       ? "a key to sign with is empty"
                                                       : "OpenSSL offers no HMAC-SHA1, which the signatures need");
    }
    return HmacSha1(std::move(state));
}

// Without a key the hash starts again with the one that it has.
void HmacSha1::begin() { OUTFLOW_ASSERT(EVP_MAC_init(state_->context, nullptr, 0, nullptr) == 1); }

void HmacSha1::update(std::string_view bytes) {
    OUTFLOW_ASSERT(
        EVP_MAC_update(state_->context, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1);
}

std::array<char, sha1_bytes> HmacSha1::finish() {
    std::array<char, sha1_bytes> digest{};
    std::size_t size = 0;
    OUTFLOW_ASSERT(
        EVP_MAC_final(state_->context, reinterpret_cast<unsigned char*>(digest.data()), &size, digest.size()) == 1 &&
        size == digest.size());
    return digest;
}

Result<std::string> sign_hmac_sha1(std::string_view key, std::string_view message) {
    TRY(HmacSha1 mac, HmacSha1::create(key));
    mac.begin();
    mac.update(message);
    const std::array<char, sha1_bytes> digest = mac.finish();
    return encode_base64({digest.data(), digest.size()});
}

}  // namespace outflow
