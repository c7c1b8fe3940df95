// HMAC-SHA1 (RFC 2104 with FIPS 180-4), which the access control of RocketMQ and of ApsaraMQ for MQTT signs with.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace outflow {

inline constexpr std::size_t sha1_bytes = 20;

// Holds the keyed state, so that a message costs only its bytes: begin, update ..., finish. For one thread.
class HmacSha1 {
public:
    // Errors: invalid_argument when OpenSSL of this machine offers no HMAC-SHA1, or refuses the key (an empty one).
    static Result<HmacSha1> create(std::string_view key);
    HmacSha1(HmacSha1&&) noexcept;
    HmacSha1& operator=(HmacSha1&&) noexcept;
    ~HmacSha1();

    void begin();
    void update(std::string_view bytes);
    std::array<char, sha1_bytes> finish();

private:
    struct State;  // hides OpenSSL
    explicit HmacSha1(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

// Base64(HMAC-SHA1(key, message)). Errors: those of HmacSha1::create.
Result<std::string> sign_hmac_sha1(std::string_view key, std::string_view message);

}  // namespace outflow
