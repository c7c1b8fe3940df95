// Certificates for tests, made as they are wanted.
#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/assert.h"

namespace outflow::net {

// A key with a certificate, signed by itself or by another.
class TestCertificate {
public:
    struct Wish {
        std::string common_name = "test";
        std::string names = {};  // "DNS:a.example,IP:127.0.0.1"; empty: none
        bool is_ca = false;
        bool is_ed25519 = false;  // all signatures have the same length; its issuer's key is of that kind, too
        std::chrono::seconds begins{1'000'000};  // Unix time
        std::chrono::seconds ends{2'000'000};
    };

    explicit TestCertificate(const Wish& wish, const TestCertificate* issuer = nullptr)
        : key_(wish.is_ed25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                               : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"),
               &EVP_PKEY_free),
          certificate_(X509_new(), &X509_free) {
        static long serial = 1;
        X509* made = certificate_.get();
        const TestCertificate& signer = issuer != nullptr ? *issuer : *this;
        X509_set_version(made, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(made), serial++);
        ASN1_TIME_set(X509_getm_notBefore(made), static_cast<time_t>(wish.begins.count()));
        ASN1_TIME_set(X509_getm_notAfter(made), static_cast<time_t>(wish.ends.count()));
        X509_set_pubkey(made, key_.get());
        const auto* name = reinterpret_cast<const unsigned char*>(wish.common_name.c_str());
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8, name, -1, -1, 0);
        X509_set_issuer_name(made, X509_get_subject_name(signer.certificate_.get()));
        extend(NID_basic_constraints, wish.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE", signer);
        if (!wish.names.empty()) extend(NID_subject_alt_name, wish.names, signer);
        OUTFLOW_ASSERT(X509_sign(made, signer.key_.get(), wish.is_ed25519 ? nullptr : EVP_sha256()) > 0);
    }

    std::string certificate() const {
        return written([this](BIO* to) { return PEM_write_bio_X509(to, certificate_.get()); });
    }
    std::string key() const {
        return written([this](BIO* to) {
            return PEM_write_bio_PrivateKey(to, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
        });
    }
    // With a password.
    std::string sealed_key(const std::string& password) const {
        return written([&](BIO* to) {
            return PEM_write_bio_PKCS8PrivateKey(to, key_.get(), EVP_aes_128_cbc(), password.data(),
                                                 static_cast<int>(password.size()), nullptr, nullptr);
        });
    }
    X509* get() const { return certificate_.get(); }

private:
    void extend(int kind, const std::string& value, const TestCertificate& signer) {
        X509V3_CTX context;
        X509V3_set_ctx(&context, signer.certificate_.get(), certificate_.get(), nullptr, nullptr, 0);
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
        OUTFLOW_ASSERT(extension != nullptr);
        X509_add_ext(certificate_.get(), extension, -1);
        X509_EXTENSION_free(extension);
    }
    template <class Write>
    static std::string written(Write write) {
        const std::unique_ptr<BIO, decltype(&BIO_free)> to(BIO_new(BIO_s_mem()), &BIO_free);
        OUTFLOW_ASSERT(write(to.get()) == 1);
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(to.get(), &bytes);
        return {bytes, static_cast<std::size_t>(size)};
    }

    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
    std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

}  // namespace outflow::net
