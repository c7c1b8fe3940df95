// Signatures of RocketMQ's access control, 1.0 and 2.0 alike.
#pragma once

#include <string>
#include <string_view>

#include "base/base64.h"
#include "base/hmac_sha1.h"
#include "base/result.h"

namespace outflow::rocketmq {

struct Credentials {
    std::string access_key;
    std::string secret_key;
    std::string security_token = {};  // empty: none
    std::string resource_instance =
        {};  // whose topics and groups requests mean (instance_namespace.h); empty: not said
};

inline constexpr std::size_t signature_bytes = base64_size(sha1_bytes);

// Makes Base64(HMAC-SHA1(secret key, values of the extension fields sorted by name ++ body)). Holds the keyed state of
// the hash, so that a request costs only its bytes. One for a thread; it outlives the requests that are made with it.
class Signer {
public:
    // Errors: invalid_argument when a key is empty.
    static Result<Signer> create(Credentials credentials);

    const std::string& access_key() const { return credentials_.access_key; }
    const std::string& security_token() const { return credentials_.security_token; }
    const std::string& resource_instance() const { return credentials_.resource_instance; }

    void begin();
    void update(std::string_view bytes);
    // Writes signature_bytes characters to `out`.
    void finish(char* out);

private:
    Signer(Credentials credentials, HmacSha1 mac);

    Credentials credentials_;
    HmacSha1 mac_;
};

}  // namespace outflow::rocketmq
