#include "net/tls_context.h"

#include <algorithm>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <fmt/format.h>
#include "net/tls_reason.h"
#include "net/tls_stream.h"

namespace outflow::net {

namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

constexpr std::size_t sessions_max = 1'000;

Bio bio_of(std::string_view text) { return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free}; }

// OpenSSL asks at the terminal where there is no callback.
int give_password(char* into, int size, int, void* context) {
    const std::string& password = static_cast<const platform::Secret*>(context)->reveal();
    if (password.empty() || password.size() > static_cast<std::size_t>(size)) return -1;
    password.copy(into, password.size());
    return static_cast<int>(password.size());
}

// The next certificate of the text; null: there is none any more.
Certificate next_certificate(BIO* text) {
    platform::Secret none;
    return {PEM_read_bio_X509(text, nullptr, &give_password, &none), &X509_free};
}

// Whether the last certificate was not there, and not half there. Then its error is forgotten.
bool is_end_of_text() {
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) return false;
    ERR_clear_error();
    return true;
}

tl::unexpected<Error> unusable(std::string_view what) {
    return failed(ErrorCode::invalid_argument, fmt::format("{} cannot be used: {}", what, take_openssl_reason()));
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::create(TlsRole role, const TlsMaterial& material,
                                                       std::function<std::chrono::seconds()> now) {
    std::shared_ptr<TlsContext> context(new TlsContext(role));
    context->now_ = std::move(now);
    if (Status used = context->use(material); !used) return failed(std::move(used).error());
    return context;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Status TlsContext::use(const TlsMaterial& material) {
    ERR_clear_error();
    context_ = SSL_CTX_new(role_ == TlsRole::client ? TLS_client_method() : TLS_server_method());
    if (context_ == nullptr) return unusable("OpenSSL");
    SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
    SSL_CTX_set_mode(context_,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    // A peer that renegotiates costs processor time and gives nothing. The end of the stream is judged by the stream.
    SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    if (role_ == TlsRole::client) {
        SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context_, [](SSL* ssl, SSL_SESSION* session) {
            // A copy: OpenSSL spoils the session of a connection that was cut.
            static_cast<TlsStream*>(SSL_get_app_data(ssl))->keep_session(SSL_SESSION_dup(session));
            return 0;  // the session stays OpenSSL's
        });
    }
    static constexpr unsigned char sessions_of[] =
        "outflow";  // a server that asks for certificates needs a name for them
    SSL_CTX_set_session_id_context(context_, sessions_of, sizeof sessions_of - 1);
    verifies_ = material.verifies;
    pins_ = material.pins;
    if (Status trusted = trust(material); !trusted) return trusted;
    return identify(material);
}

Status TlsContext::trust(const TlsMaterial& material) {
    const bool asks = role_ == TlsRole::client ? verifies_ : !material.ca.empty() || !pins_.empty();
    const int mode = !asks                      ? SSL_VERIFY_NONE
                     : role_ == TlsRole::client ? SSL_VERIFY_PEER
                                                : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(context_, mode, nullptr);
    SSL_CTX_set_cert_verify_callback(
        context_,
        [](X509_STORE_CTX* chain, void* self) { return TlsStream::judge(*static_cast<TlsContext*>(self), chain); },
        this);
    if (material.ca.empty()) {
        if (asks && SSL_CTX_set_default_verify_paths(context_) != 1)
            return unusable("the system's trusted certificates");
        return {};
    }
    const Bio text = bio_of(material.ca);
    X509_STORE* store = SSL_CTX_get_cert_store(context_);
    // One in between, or a peer's own, is trusted as well when it stands in the file.
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    std::size_t found = 0;
    while (const Certificate certificate = next_certificate(text.get())) {
        if (X509_STORE_add_cert(store, certificate.get()) != 1) return unusable("ca_file");
        if (role_ == TlsRole::server) SSL_CTX_add_client_CA(context_, certificate.get());
        ++found;
    }
    if (found == 0 || !is_end_of_text()) return unusable("ca_file");
    return {};
}

Status TlsContext::identify(const TlsMaterial& material) {
    if (material.certificate.empty()) return {};
    const Bio text = bio_of(material.certificate);
    const Certificate ours = next_certificate(text.get());
    if (!ours || SSL_CTX_use_certificate(context_, ours.get()) != 1) return unusable("cert_file");
    while (Certificate above = next_certificate(text.get())) {
        if (SSL_CTX_add0_chain_cert(context_, above.get()) != 1) return unusable("cert_file");
        static_cast<void>(above.release());  // the context's now
    }
    if (!is_end_of_text()) return unusable("cert_file");
    const Bio key_text = bio_of(material.key);
    platform::Secret password = material.key_password;
    if (password.empty() && material.key.find("ENCRYPTED") != std::string::npos)
        return failed(ErrorCode::invalid_argument, "key_file cannot be used: it is encrypted, and needs key_password");
    const Key key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, &give_password, &password), &EVP_PKEY_free);
    if (!key) return unusable(material.key_password.empty() ? "key_file" : "key_file or key_password");
    // Keys of another kind than the certificate's are found by the second call alone.
    if (SSL_CTX_use_PrivateKey(context_, key.get()) != 1 || SSL_CTX_check_private_key(context_) != 1)
        return unusable("key_file, which has to be the key of cert_file,");
    return {};
}

ssl_session_st* TlsContext::session_of(const std::string& peer_name) const {
    const auto found = sessions_.find(peer_name);
    return found == sessions_.end() ? nullptr : found->second.get();
}

void TlsContext::keep_session(const std::string& peer_name, ssl_session_st* session) {
    if (sessions_.size() >= sessions_max) sessions_.clear();
    sessions_.insert_or_assign(peer_name, Session(session, &SSL_SESSION_free));
}

bool TlsContext::is_pinned(std::string_view pin) const {
    return std::find(pins_.begin(), pins_.end(), pin) != pins_.end();
}

}  // namespace outflow::net
