#include "rocketmq/signer.h"

#include <array>
#include <utility>

#include "base/base64.h"

namespace outflow::rocketmq {

Signer::Signer(Credentials credentials, HmacSha1 mac) : credentials_(std::move(credentials)), mac_(std::move(mac)) {}

Result<Signer> Signer::create(Credentials credentials) {
    if (credentials.access_key.empty() || credentials.secret_key.empty()) {
        return failed(ErrorCode::invalid_argument, "an access key and a secret key are both needed");
    }
    TRY(HmacSha1 mac, HmacSha1::create(credentials.secret_key));
    return Signer(std::move(credentials), std::move(mac));
}

void Signer::begin() { mac_.begin(); }

void Signer::update(std::string_view bytes) { mac_.update(bytes); }

void Signer::finish(char* out) {
    const std::array<char, sha1_bytes> digest = mac_.finish();
    encode_base64({digest.data(), digest.size()}, out);
}

}  // namespace outflow::rocketmq
