// What TLS takes of files, as a value, and what OpenSSL makes of it. No socket and no file: bytes in.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/secret.h"

struct ssl_ctx_st;
struct ssl_session_st;

namespace outflow::net {

struct TlsMaterial {
    bool verifies = true;           // of a server: asks clients for a certificate when there is a `ca`
    std::string ca;                 // PEM: who is trusted; empty: whom the system trusts
    std::string certificate;        // PEM: ours, with the chain behind it; empty: none
    std::string key;                // PEM
    platform::Secret key_password;  // of an encrypted key
    std::vector<std::string>
        pins;  // Base64 of the SHA-256 of a peer's public key: such a peer is believed, no other is
    bool operator==(const TlsMaterial&) const = default;
};

enum class TlsRole : std::uint8_t { client, server };

// TLS 1.2 and 1.3. Shared by the connections of one side; of one thread. Clients resume the last session with a peer.
class TlsContext {
public:
    // `now` judges certificates. Errors: invalid_argument, a sentence that says which of the files cannot be used and why.
    static Result<std::shared_ptr<TlsContext>> create(TlsRole role, const TlsMaterial& material,
                                                      std::function<std::chrono::seconds()> now);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    TlsRole role() const { return role_; }
    bool verifies() const { return verifies_; }

private:
    friend class TlsStream;
    explicit TlsContext(TlsRole role) : role_(role) {}
    Status use(const TlsMaterial& material);
    Status trust(const TlsMaterial& material);
    Status identify(const TlsMaterial& material);
    bool is_pinned(std::string_view pin) const;
    // Of a client: the last that this peer gave; null: none.
    ssl_session_st* session_of(const std::string& peer_name) const;
    void keep_session(const std::string& peer_name, ssl_session_st* session);

    const TlsRole role_;
    bool verifies_ = true;
    std::vector<std::string> pins_;
    std::function<std::chrono::seconds()> now_;  // Unix time
    ssl_ctx_st* context_ = nullptr;
    using Session = std::unique_ptr<ssl_session_st, void (*)(ssl_session_st*)>;
    std::map<std::string, Session> sessions_;  // by peer name
};

// Where connections get their TLS from, each time one begins. One thread.
class TlsSource {
public:
    virtual ~TlsSource() = default;
    // Errors: a sentence about what cannot be used.
    virtual Result<std::shared_ptr<TlsContext>> context() = 0;
    // Whom the certificate of a host must be for: the host itself, as a rule.
    virtual std::string name_for(const std::string& host) const = 0;
};

}  // namespace outflow::net
