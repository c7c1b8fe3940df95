#include "net/tls_stream.h"

#include <algorithm>
#include <climits>
#include <ctime>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <fmt/format.h>

#include "base/assert.h"
#include "net/tls_reason.h"

namespace outflow::net {

namespace {

// What SSL_read and SSL_write take.
int at_most_int(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

bool is_address(const std::string& name) {
    ASN1_OCTET_STRING* const address = a2i_IPADDRESS(name.c_str());
    ASN1_OCTET_STRING_free(address);
    return address != nullptr;
}

}  // namespace

TlsStream::TlsStream(std::shared_ptr<TlsContext> context, std::string peer_name)
    : context_(std::move(context)), peer_name_(std::move(peer_name)) {
    ssl_ = SSL_new(context_->context_);
    from_peer_ = BIO_new(BIO_s_mem());
    to_peer_ = BIO_new(BIO_s_mem());
    OUTFLOW_ASSERT(ssl_ != nullptr && from_peer_ != nullptr && to_peer_ != nullptr);
    SSL_set_bio(ssl_, from_peer_, to_peer_);
    SSL_set_app_data(ssl_, this);
    X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl_), static_cast<time_t>(context_->now_().count()));
    if (context_->role() == TlsRole::server) SSL_set_accept_state(ssl_);
    else expect(peer_name_);
    ERR_clear_error();
}

TlsStream::~TlsStream() { SSL_free(ssl_); }

// A name stands in the handshake, too, so that a host with several certificates shows the right one; an address must not.
void TlsStream::expect(const std::string& peer_name) {
    SSL_set_connect_state(ssl_);
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl_);
    bool is_set = !peer_name.empty();
    if (is_address(peer_name)) {
        is_set = X509_VERIFY_PARAM_set1_ip_asc(wanted, peer_name.c_str()) == 1;
    } else if (is_set) {
        // A subject may have any name: that it is a host says subjectAltName alone (RFC 6125, 6.4.4).
        X509_VERIFY_PARAM_set_hostflags(wanted,
                                        X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        is_set = X509_VERIFY_PARAM_set1_host(wanted, peer_name.data(), peer_name.size()) == 1;
        SSL_set_tlsext_host_name(ssl_, peer_name.c_str());
    }
    if (!is_set) {  // without a name OpenSSL would believe any
        state_ = State::failed;
        reason_ = fmt::format("no certificate can be for the name '{}'", peer_name);
    }
    if (SSL_SESSION* session = context_->session_of(peer_name)) SSL_set_session(ssl_, session);
}

int TlsStream::judge(const TlsContext& context, X509_STORE_CTX* chain) {
    X509* const certificate = X509_STORE_CTX_get0_cert(chain);
    bool is_good = false;
    if (context.pins_.empty()) {
        is_good = X509_verify_cert(chain) == 1;
    } else {
        is_good = certificate != nullptr && context.is_pinned(pin_of(certificate));
        X509_STORE_CTX_set_error(chain, is_good ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
    }
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* stream = static_cast<TlsStream*>(SSL_get_app_data(ssl));
    if (!is_good && certificate != nullptr && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE) {
        X509* const blamed = X509_STORE_CTX_get_current_cert(chain);
        stream->reason_ = explain_certificate(X509_STORE_CTX_get_error(chain), blamed != nullptr ? blamed : certificate,
                                              certificate, stream->peer_name_);
    }
    return is_good ? 1 : 0;
}

void TlsStream::start(std::string& wire) {
    if (state_ == State::handshake) shake_hands(wire);
}

void TlsStream::take(std::string_view bytes, std::string& wire) {
    if (state_ == State::failed) return;
    while (!bytes.empty()) {
        const int taken = BIO_write(from_peer_, bytes.data(), at_most_int(bytes.size()));
        OUTFLOW_ASSERT(taken > 0);
        bytes.remove_prefix(static_cast<std::size_t>(taken));
    }
    if (state_ == State::handshake) shake_hands(wire);
}

void TlsStream::shake_hands(std::string& wire) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) {
        state_ = State::open;
    } else if (const int error = SSL_get_error(ssl_, result);
               error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
        return fail(take_handshake_reason(SSL_get_certificate(ssl_) != nullptr), wire);
    }
    collect(wire);
}

std::size_t TlsStream::read(char* into, std::size_t size, std::string& wire) {
    if (state_ != State::open) return 0;
    ERR_clear_error();
    const int result = SSL_read(ssl_, into, at_most_int(size));
    if (result > 0) return static_cast<std::size_t>(result);
    const int error = SSL_get_error(ssl_, result);
    if (error == SSL_ERROR_ZERO_RETURN) state_ = State::ended;
    else if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        fail(take_handshake_reason(SSL_get_certificate(ssl_) != nullptr), wire);
    collect(wire);  // an alert, or a new key
    return 0;
}

bool TlsStream::has_more() const {
    return state_ == State::open && (SSL_pending(ssl_) > 0 || BIO_pending(from_peer_) > 0);
}

void TlsStream::write(std::string_view bytes, std::string& wire) {
    OUTFLOW_ASSERT(state_ == State::open);
    while (!bytes.empty()) {
        ERR_clear_error();
        const int written = SSL_write(ssl_, bytes.data(), at_most_int(bytes.size()));
        if (written <= 0)
            return fail(take_handshake_reason(SSL_get_certificate(ssl_) != nullptr),
                        wire);  // memory takes all: it cannot wait
        bytes.remove_prefix(static_cast<std::size_t>(written));
        collect(wire);  // record by record: OpenSSL's memory keeps, and clears each time, the most that it ever held
    }
}

void TlsStream::end(std::string& wire) {
    if (state_ != State::open && state_ != State::ended) return;
    ERR_clear_error();
    SSL_shutdown(ssl_);
    collect(wire);
}

void TlsStream::on_wire_closed() {
    if (state_ == State::handshake) {
        state_ = State::failed;
        reason_ =
            "closed by the other side during the TLS handshake: is this the port for TLS, and does it want a client certificate?";
    } else if (state_ == State::open) {
        state_ = State::failed;
        reason_ = "the connection was cut: its end was not announced, as TLS has it";
    }
}

void TlsStream::collect(std::string& wire) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(to_peer_, &bytes);
    if (size <= 0) return;
    wire.append(bytes, static_cast<std::size_t>(size));
    BIO_reset(to_peer_);
}

// A certificate that was refused has said why already.
void TlsStream::fail(std::string reason, std::string& wire) {
    state_ = State::failed;
    if (reason_.empty()) reason_ = std::move(reason);
    collect(wire);  // the alert
}

bool TlsStream::was_resumed() const { return SSL_session_reused(ssl_) == 1; }

std::string TlsStream::description() const {
    return fmt::format("{}, {}", SSL_get_version(ssl_), SSL_get_cipher_name(ssl_));
}

std::optional<PeerCertificate> TlsStream::peer_certificate() const {
    const X509* const certificate = SSL_get0_peer_certificate(ssl_);
    std::tm ends{};
    if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &ends) != 1) return std::nullopt;
    return PeerCertificate{subject_text(certificate), std::chrono::seconds(::timegm(&ends))};
}

}  // namespace outflow::net
