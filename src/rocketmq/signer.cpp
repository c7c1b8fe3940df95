#include "rocketmq/signer.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <array>
#include <utility>

#include "base/assert.h"

namespace outflow::rocketmq {

struct Signer::Mac {
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    EVP_MAC_CTX* context = mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac);

    Mac() = default;
    Mac(const Mac&) = delete;
    Mac& operator=(const Mac&) = delete;
    ~Mac() {
        EVP_MAC_CTX_free(context);
        EVP_MAC_free(mac);
    }

    bool set_key(const std::string& key) {
        char digest[] = "SHA1";
        std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                              OSSL_PARAM_construct_end()};
        return context != nullptr && EVP_MAC_init(context, reinterpret_cast<const unsigned char*>(key.data()),
                                                  key.size(), parameters.data()) == 1;
    }
};

Signer::Signer(Credentials credentials, std::unique_ptr<Mac> mac)
    : credentials_(std::move(credentials)), mac_(std::move(mac)) {}
Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;
Signer::~Signer() = default;

Result<Signer> Signer::create(Credentials credentials) {
    if (credentials.access_key.empty() || credentials.secret_key.empty()) {
        return failed(ErrorCode::invalid_argument, "an access key and a secret key are both needed");
    }
    auto mac = std::make_unique<Mac>();
    if (!mac->set_key(credentials.secret_key)) {
        return failed(ErrorCode::invalid_argument, "OpenSSL offers no HMAC-SHA1, which RocketMQ's signatures need");
    }
    return Signer(std::move(credentials), std::move(mac));
}

// Without a key the hash starts again with the one that it has.
void Signer::begin() { OUTFLOW_ASSERT(EVP_MAC_init(mac_->context, nullptr, 0, nullptr) == 1); }

void Signer::update(std::string_view bytes) {
    OUTFLOW_ASSERT(EVP_MAC_update(mac_->context, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) ==
                   1);
}

void Signer::finish(char* out) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    std::size_t size = 0;
    OUTFLOW_ASSERT(EVP_MAC_final(mac_->context, digest.data(), &size, digest.size()) == 1 && size == 20);
    std::array<unsigned char, signature_bytes + 1> text{};  // OpenSSL appends a zero
    EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
    std::string_view(reinterpret_cast<const char*>(text.data()), signature_bytes).copy(out, signature_bytes);
}

}  // namespace outflow::rocketmq
