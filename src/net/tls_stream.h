// TLS between a program's bytes and those of the wire, without a socket.
//
//   wire --take--> [ OpenSSL ] --read--> bytes            handshake --> open --> ended (close_notify)
//   bytes --write--> [ OpenSSL ] --> wire                     '----------'-----> failed
//
// Whoever calls sends what was appended to `wire`, also after a failure: it says why to the peer. Bytes that OpenSSL has decrypted
// or holds undecrypted do not show at the socket: has_more() says that there are some.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/tls_context.h"

struct ssl_st;
struct bio_st;
struct x509_store_ctx_st;

namespace outflow::net {

struct PeerCertificate {
    std::string subject;           // "CN=broker,O=Works"
    std::chrono::seconds ends{0};  // Unix time
};

class TlsStream {
public:
    enum class State : std::uint8_t { handshake, open, ended, failed };

    // `peer_name`: whom a client means to talk to, a host name or an IP address; its certificate must be for it.
    TlsStream(std::shared_ptr<TlsContext> context, std::string peer_name);
    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    // Of a client: begins. Once.
    void start(std::string& wire);
    // Takes bytes of the peer, all of them; goes on with the handshake.
    void take(std::string_view bytes, std::string& wire);
    // Decrypted bytes, at most `size`; 0: none now, or the state says that there will be none.
    std::size_t read(char* into, std::size_t size, std::string& wire);
    // There may be something to read without new bytes of the peer.
    bool has_more() const;
    // Only while open.
    void write(std::string_view bytes, std::string& wire);
    // Nothing is written any more: tells the peer.
    void end(std::string& wire);
    // The peer has closed the connection; without a close_notify it may have been somebody else.
    void on_wire_closed();

    State state() const { return state_; }
    // Why it has failed: a sentence without its peer's address.
    const std::string& reason() const { return reason_; }
    bool was_resumed() const;
    // "TLSv1.3, TLS_AES_256_GCM_SHA384"
    std::string description() const;
    // While open; nothing: the peer has shown none.
    std::optional<PeerCertificate> peer_certificate() const;

private:
    friend class TlsContext;
    // OpenSSL's question whether the peer is who it should be: 1 or 0.
    static int judge(const TlsContext& context, x509_store_ctx_st* chain);
    void keep_session(ssl_session_st* session) { context_->keep_session(peer_name_, session); }
    void expect(const std::string& peer_name);
    void shake_hands(std::string& wire);
    void collect(std::string& wire);
    void fail(std::string reason, std::string& wire);

    const std::shared_ptr<TlsContext> context_;
    const std::string peer_name_;
    ssl_st* ssl_ = nullptr;
    bio_st* from_peer_ = nullptr;  // owned by ssl_, like the other
    bio_st* to_peer_ = nullptr;
    State state_ = State::handshake;
    std::string reason_;
};

}  // namespace outflow::net
