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

// Why a certificate is refused, X509_V_ERR_..., whose it is, and what to do.
std::string explain_certificate(int error, x509_st* certificate, std::string_view peer_name);

// Why a handshake has failed, by the error that OpenSSL has noted, and what to do; forgets all.
std::string take_handshake_reason();

}  // namespace outflow::net
