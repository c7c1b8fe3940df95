#include "net/tls_reason.h"

#include <array>
#include <memory>
#include <vector>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/base64.h"

namespace outflow::net {

namespace {

std::string text_of(BIO* bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
}

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string name_text(const X509_NAME* name) {
    const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
    X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    return text_of(bio.get());
}

std::string time_text(const ASN1_TIME* time) {
    const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
    ASN1_TIME_print(bio.get(), time);
    return text_of(bio.get());
}

std::string address_text(const ASN1_OCTET_STRING* address) {
    const unsigned char* bytes = ASN1_STRING_get0_data(address);
    const int size = ASN1_STRING_length(address);
    if (size == 4) return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
    std::string text;
    for (int i = 0; i + 1 < size; i += 2) text += fmt::format("{}{:x}", i > 0 ? ":" : "", bytes[i] << 8 | bytes[i + 1]);
    return text;
}

// Host names and addresses that it is for.
std::vector<std::string> names_of(X509* certificate) {
    std::vector<std::string> names;
    auto* found = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> owned(found, &GENERAL_NAMES_free);
    for (int i = 0; i < sk_GENERAL_NAME_num(found); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(found, i);
        if (name->type == GEN_IPADD) names.push_back(address_text(name->d.iPAddress));
        if (name->type != GEN_DNS) continue;
        const unsigned char* bytes = ASN1_STRING_get0_data(name->d.dNSName);
        names.emplace_back(reinterpret_cast<const char*>(bytes),
                           static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    }
    return names;
}

std::string subject_of(X509* certificate) {
    return fmt::format("the certificate of '{}', issued by '{}',", name_text(X509_get_subject_name(certificate)),
                       name_text(X509_get_issuer_name(certificate)));
}

}  // namespace

std::string take_openssl_reason() {
    const unsigned long error = ERR_get_error();
    ERR_clear_error();
    const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
    return reason == nullptr ? "no reason is known" : reason;
}

std::string pin_of(X509* certificate) {
    unsigned char* key = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
    if (size <= 0) return {};
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int digest_size = 0;
    const int done =
        EVP_Digest(key, static_cast<std::size_t>(size), digest.data(), &digest_size, EVP_sha256(), nullptr);
    OPENSSL_free(key);
    if (done != 1) return {};
    return encode_base64({reinterpret_cast<const char*>(digest.data()), digest_size});
}

std::string subject_text(const X509* certificate) { return name_text(X509_get_subject_name(certificate)); }

std::string explain_certificate(int error, X509* blamed, X509* peer, std::string_view peer_name) {
    const std::string whose = subject_of(blamed);
    switch (error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return fmt::format(
            "{} is not signed by anybody who is trusted ({}); name its CA in ca_file, or believe this very key: "
            "pin_sha256: {}",
            whose, X509_verify_cert_error_string(error), pin_of(peer));
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return fmt::format("{} has expired on {}; it has to be renewed, or this machine's clock is wrong", whose,
                           time_text(X509_get0_notAfter(blamed)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return fmt::format("{} is not valid before {}; is this machine's clock right?", whose,
                           time_text(X509_get0_notBefore(blamed)));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: {
        const std::vector<std::string> names = names_of(blamed);
        const std::string valid = names.empty() ? "no host name at all" : fmt::format("{}", fmt::join(names, ", "));
        return fmt::format("{} is for {}, and not for {}; connect to a name that it has, or set server_name", whose,
                           valid, peer_name);
    }
    case X509_V_ERR_APPLICATION_VERIFICATION:
        return fmt::format("{} has another key than those of pin_sha256: {}; if that is right, name it there", whose,
                           pin_of(peer));
    default: return fmt::format("{} is refused: {}", whose, X509_verify_cert_error_string(error));
    }
}

std::string take_handshake_reason(bool has_certificate) {
    const unsigned long error = ERR_peek_error();
    const std::string reason = take_openssl_reason();
    const std::string wants_one = fmt::format(
        "the other side ends the handshake ({}): it wants a client certificate, see cert_file and key_file", reason);
    switch (ERR_GET_REASON(error)) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_UNEXPECTED_MESSAGE:
        return fmt::format("the other side does not speak TLS ({}): is this the port for TLS?", reason);
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        if (!has_certificate) return wants_one;
        return fmt::format("the other side does not accept our certificate ({}): it has to trust its CA, see cert_file",
                           reason);
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        return fmt::format("the other side says that our certificate has expired ({}): renew cert_file", reason);
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return wants_one;
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
        return fmt::format(
            "the other side ends the handshake ({}): it may want a client certificate, see cert_file and key_file",
            reason);
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_UNSUPPORTED_PROTOCOL: return fmt::format("the other side speaks neither TLS 1.2 nor 1.3 ({})", reason);
    case SSL_R_TLSV1_UNRECOGNIZED_NAME:
        return fmt::format("the other side knows no host of that name ({}): see server_name", reason);
    default: return fmt::format("the TLS handshake has failed: {}", reason);
    }
}

}  // namespace outflow::net
