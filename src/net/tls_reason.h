// OpenSSL's reasons as sentences for people. Inside net only.
#pragma once

#include <string>
#include <string_view>

struct x509_st;

namespace outflow::net {

// The first error that OpenSSL has noted in this thread, and forgets all: "bad decrypt"; never empty.
std::string take_openssl_reason();

// Base64 of the SHA-256 of the certificate's public key (SubjectPublicKeyInfo), as pin_sha256 has it.
std::string pin_of(x509_st* certificate);

// Whose it is, as RFC 2253 writes it: "CN=broker,O=Works".
std::string subject_text(const x509_st* certificate);

// Why a chain of certificates is refused, X509_V_ERR_..., because of which, and what to do. `peer`: the peer's own, whose key
// a pin would name.
std::string explain_certificate(int error, x509_st* blamed, x509_st* peer, std::string_view peer_name);

// Why a handshake has failed, by the error that OpenSSL has noted, and what to do; forgets all. `has_certificate`: of ours.
std::string take_handshake_reason(bool has_certificate);

}  // namespace outflow::net
