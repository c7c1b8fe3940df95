// Signatures of RocketMQ's access control, 1.0 and 2.0 alike.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace outflow::rocketmq {

struct Credentials {
    std::string access_key;
    std::string secret_key;
    std::string security_token;  // empty: none
};

// Base64 of 20 bytes.
inline constexpr std::size_t signature_bytes = 28;

// Makes Base64(HMAC-SHA1(secret key, values of the extension fields sorted by name ++ body)). Holds the keyed state of
// the hash, so that a request costs only its bytes. One for a thread; it outlives the requests that are made with it.
class Signer {
public:
    // Errors: invalid_argument when a key is empty.
    static Result<Signer> create(Credentials credentials);
    Signer(Signer&&) noexcept;
    Signer& operator=(Signer&&) noexcept;
    ~Signer();

    const std::string& access_key() const { return credentials_.access_key; }
    const std::string& security_token() const { return credentials_.security_token; }

    void begin();
    void update(std::string_view bytes);
    // Writes signature_bytes characters to `out`.
    void finish(char* out);

private:
    struct Mac;  // hides OpenSSL
    Signer(Credentials credentials, std::unique_ptr<Mac> mac);

    Credentials credentials_;
    std::unique_ptr<Mac> mac_;
};

}  // namespace outflow::rocketmq
