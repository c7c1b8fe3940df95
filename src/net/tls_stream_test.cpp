#include "net/tls_stream.h"

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "net/tls_reason.h"
#include "net/tls_rig.h"

namespace outflow::net {
namespace {

using std::chrono::seconds;

constexpr seconds now{1'500'000};  // in the middle of what TestCertificate makes
const auto clock_stands_still = [] { return now; };

std::shared_ptr<TlsContext> context(TlsRole role, const TlsMaterial& material) {
    auto made = TlsContext::create(role, material, clock_stands_still);
    EXPECT_TRUE(made) << made.error().context;
    return made ? *made : nullptr;
}

const TestCertificate& authority() {
    static const TestCertificate made({.common_name = "test CA", .is_ca = true});
    return made;
}

TlsMaterial identity(const TestCertificate& certificate) {
    TlsMaterial material;
    material.certificate = certificate.certificate();
    material.key = certificate.key();
    return material;
}

TlsMaterial server_for(const std::string& names) {
    return identity(TestCertificate({.common_name = "server", .names = names}, &authority()));
}

TlsMaterial trusting(const TestCertificate& ca) {
    TlsMaterial material;
    material.ca = ca.certificate();
    return material;
}

// A client and a server, and what stands between them.
struct Pair {
    Pair(const std::shared_ptr<TlsContext>& client_context, const std::shared_ptr<TlsContext>& server_context,
         const std::string& name = "broker.example")
        : client(client_context, name), server(server_context, "") {
        client.start(to_server);
    }

    // Carries bytes, `most` at a time, until nothing moves any more.
    void carry(std::size_t most = 100'000) {
        while (!to_server.empty() || !to_client.empty()) {
            move(to_server, server, to_client, at_server, most);
            move(to_client, client, to_server, at_client, most);
        }
    }
    bool is_open() const {
        return client.state() == TlsStream::State::open && server.state() == TlsStream::State::open;
    }

    TlsStream client, server;
    std::string to_server, to_client;  // on the wire
    std::string at_server, at_client;  // what was read

private:
    static void move(std::string& from, TlsStream& to, std::string& back, std::string& read, std::size_t most) {
        const std::string bytes = from.substr(0, most);
        from.erase(0, bytes.size());
        to.take(bytes, back);
        std::array<char, 1'000> block;

        while (const std::size_t size = to.read(block.data(), block.size(), back)) read.append(block.data(), size);
    }
};

TEST(TlsStream, carries_bytes_both_ways_whatever_the_pieces) {
    const auto client = context(TlsRole::client, trusting(authority()));
    const auto server = context(TlsRole::server, server_for("DNS:broker.example"));
    for (const std::size_t most : {1u, 2u, 5u, 7u, 64u, 100'000u}) {
        Pair pair(client, server);
        pair.carry(most);
        ASSERT_TRUE(pair.is_open()) << pair.client.reason() << pair.server.reason();
        const std::string large(50'000, 'x');
        pair.client.write("question", pair.to_server);
        pair.server.write(large, pair.to_client);
        pair.carry(most);
        EXPECT_EQ(pair.at_server, "question");
        EXPECT_EQ(pair.at_client, large);
        pair.client.end(pair.to_server);
        pair.carry(most);
        EXPECT_EQ(pair.server.state(), TlsStream::State::ended);
        EXPECT_EQ(pair.client.description().substr(0, 7), "TLSv1.3");
    }
}

TEST(TlsStream, what_openssl_holds_back_is_known) {
    Pair pair(context(TlsRole::client, trusting(authority())),
              context(TlsRole::server, server_for("DNS:broker.example")));
    pair.carry();
    pair.server.write("one", pair.to_client);
    pair.server.write("two", pair.to_client);
    pair.client.take(std::exchange(pair.to_client, {}), pair.to_server);
    std::string read;
    char byte = 0;
    for (int i = 0; i < 6; ++i) {
        EXPECT_TRUE(pair.client.has_more()) << i;
        ASSERT_EQ(pair.client.read(&byte, 1, pair.to_server), 1u);
        read += byte;
    }
    EXPECT_EQ(read, "onetwo");
    EXPECT_FALSE(pair.client.has_more());
    EXPECT_EQ(pair.client.read(&byte, 1, pair.to_server), 0u);
    EXPECT_EQ(pair.client.state(), TlsStream::State::open);
}

TEST(TlsStream, a_session_is_resumed) {
    const auto client = context(TlsRole::client, trusting(authority()));
    const auto server = context(TlsRole::server, server_for("DNS:broker.example"));
    for (const bool is_second : {false, true}) {
        Pair pair(client, server);
        pair.carry();
        ASSERT_TRUE(pair.is_open()) << pair.client.reason();
        EXPECT_EQ(pair.client.was_resumed(), is_second);
    }
    Pair other(client, server, "127.0.0.1");  // whom it was not made with
    other.carry();
    EXPECT_FALSE(other.is_open());
}

struct Refusal {
    std::string name;  // that the client asks for
    TlsMaterial server;
    TlsMaterial client;
    std::string reason;  // a part of it; empty: it is taken
};

TEST(TlsStream, certificates_are_judged_and_the_reason_says_what_to_do) {
    const TestCertificate other_ca({.common_name = "other CA", .is_ca = true});
    const TestCertificate alone({.common_name = "alone", .names = "DNS:broker.example"});
    const auto dated = [](seconds begins, seconds ends) {
        return identity(TestCertificate(
            {.common_name = "dated", .names = "DNS:broker.example", .begins = begins, .ends = ends}, &authority()));
    };
    TlsMaterial pinned;
    pinned.pins = {pin_of(alone.get())};
    TlsMaterial wrongly_pinned;
    wrongly_pinned.pins = {"AAAA"};
    TlsMaterial careless;
    careless.verifies = false;
    const TlsMaterial trusts = trusting(authority());
    const Refusal rows[] = {
        {"broker.example", server_for("DNS:broker.example"), trusts, ""},
        {"a.site.example", server_for("DNS:*.site.example"), trusts, ""},
        {"127.0.0.1", server_for("IP:127.0.0.1"), trusts, ""},
        {"::1", server_for("IP:::1"), trusts, ""},
        {"a.b.site.example", server_for("DNS:*.site.example"), trusts,
         "is for *.site.example, and not for a.b.site.example"},
        {"127.0.0.1", server_for("DNS:127.0.0.1"), trusts, "set server_name"},
        {"127.0.0.2", server_for("IP:127.0.0.1"), trusts, "is for 127.0.0.1, and not for 127.0.0.2"},
        {"broker.example", server_for(""), trusts, "no host name at all"},
        {"broker.example", server_for("DNS:broker.example"), trusting(other_ca), "name its CA in ca_file"},
        {"broker.example", identity(alone), trusts, "pin_sha256: " + pin_of(alone.get())},
        {"broker.example", identity(alone), trusting(alone), ""},
        {"broker.example", dated(seconds(1'000), seconds(2'000)), trusts, "has expired on Jan  1 00:33:20 1970"},
        {"broker.example", dated(seconds(1'600'000), seconds(2'000'000)), trusts, "is this machine's clock right?"},
        {"any.name", identity(alone), pinned, ""},
        {"any.name", server_for("DNS:any.name"), pinned, "has another key than those of pin_sha256"},
        {"broker.example", identity(alone), wrongly_pinned, pin_of(alone.get())},
        {"any.name", identity(alone), careless, ""},
    };
    for (const Refusal& row : rows) {
        Pair pair(context(TlsRole::client, row.client), context(TlsRole::server, row.server), row.name);
        pair.carry();
        if (row.reason.empty()) {
            EXPECT_TRUE(pair.is_open()) << row.name << ": " << pair.client.reason() << " " << pair.server.reason();
            continue;
        }
        EXPECT_EQ(pair.client.state(), TlsStream::State::failed) << row.name << ": " << row.reason;
        EXPECT_NE(pair.client.reason().find(row.reason), std::string::npos) << pair.client.reason();
        EXPECT_EQ(pair.server.state(), TlsStream::State::failed);  // the alert came
    }
}

TEST(TlsStream, a_server_may_want_certificates_of_its_clients) {
    const TestCertificate ours({.common_name = "bridge"}, &authority());
    TlsMaterial wants = server_for("DNS:broker.example");
    wants.ca = authority().certificate();
    const auto server = context(TlsRole::server, wants);
    TlsMaterial shows = identity(ours);
    shows.ca = authority().certificate();
    for (int i = 0; i < 2; ++i) {  // resumed, too
        Pair pair(context(TlsRole::client, shows), server);
        pair.carry();
        EXPECT_TRUE(pair.is_open()) << pair.server.reason();
    }
    Pair without(context(TlsRole::client, trusting(authority())), server);
    without.carry();
    EXPECT_EQ(without.server.state(), TlsStream::State::failed);
    char byte = 0;
    static_cast<void>(without.client.read(&byte, 1, without.to_server));
    EXPECT_NE(without.client.reason().find("client certificate, see cert_file"), std::string::npos)
        << without.client.reason();
}

TEST(TlsStream, who_does_not_speak_tls_is_told_from_who_closes) {
    const auto client = context(TlsRole::client, trusting(authority()));
    for (const std::string& answer : {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string(200, '\0')}) {
        TlsStream stream(client, "broker.example");
        std::string wire;
        stream.start(wire);
        stream.take(answer, wire);
        ASSERT_EQ(stream.state(), TlsStream::State::failed);
        EXPECT_NE(stream.reason().find("is this the port for TLS?"), std::string::npos) << stream.reason();
    }
    TlsStream stream(client, "broker.example");
    std::string wire;
    stream.start(wire);
    stream.on_wire_closed();
    EXPECT_NE(stream.reason().find("closed by the other side during the TLS handshake"), std::string::npos);
}

TEST(TlsStream, an_end_that_was_not_announced_is_a_failure) {
    Pair pair(context(TlsRole::client, trusting(authority())),
              context(TlsRole::server, server_for("DNS:broker.example")));
    pair.carry();
    pair.client.on_wire_closed();
    EXPECT_EQ(pair.client.state(), TlsStream::State::failed);
}

// The subject of a certificate may have any name: only subjectAltName says that it is a host.
TEST(TlsStream, a_subject_is_no_host_name) {
    Pair pair(context(TlsRole::client, trusting(authority())),
              context(TlsRole::server, identity(TestCertificate({.common_name = "broker.example"}, &authority()))));
    pair.carry();
    EXPECT_EQ(pair.client.state(), TlsStream::State::failed);
    EXPECT_NE(pair.client.reason().find("no host name at all"), std::string::npos) << pair.client.reason();
}

TEST(TlsStream, without_a_name_nobody_is_believed) {
    for (const std::string& name : {std::string(), std::string("broker.example\0x", 16)}) {
        Pair pair(context(TlsRole::client, trusting(authority())),
                  context(TlsRole::server, server_for("DNS:broker.example")), name);
        pair.carry();
        EXPECT_EQ(pair.client.state(), TlsStream::State::failed);
        EXPECT_NE(pair.client.reason().find("no certificate can be for the name"), std::string::npos);
    }
}

std::string ed25519_key() {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"),
                                                                  &EVP_PKEY_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> to(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey(to.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(to.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

TEST(TlsContext, files_that_cannot_be_used_are_named) {
    const TestCertificate one({}), other({});
    TlsMaterial mixed = identity(one);
    mixed.key = other.key();
    TlsMaterial sealed = identity(one);
    sealed.key = one.sealed_key("open sesame");
    TlsMaterial wrong_password = sealed;
    wrong_password.key_password = platform::Secret("wrong");
    TlsMaterial other_kind = identity(one);
    other_kind.key = ed25519_key();
    TlsMaterial half_a_ca;
    half_a_ca.ca = one.certificate() + other.certificate().substr(0, 200);
    TlsMaterial half_a_chain = identity(one);
    half_a_chain.certificate += other.certificate().substr(0, 200);
    TlsMaterial no_ca;
    no_ca.ca = "nothing";
    TlsMaterial no_certificate;
    no_certificate.certificate = "nothing";
    const std::pair<TlsMaterial, std::string> rows[] = {{mixed, "key_file, which has to be the key of cert_file"},
                                                        {sealed, "it is encrypted, and needs key_password"},
                                                        {wrong_password, "key_file or key_password"},
                                                        {other_kind, "key_file, which has to be the key of cert_file"},
                                                        {half_a_ca, "ca_file cannot be used"},
                                                        {half_a_chain, "cert_file cannot be used"},
                                                        {no_ca, "ca_file cannot be used"},
                                                        {no_certificate, "cert_file cannot be used"}};
    for (const auto& [material, reason] : rows) {
        const auto made = TlsContext::create(TlsRole::client, material, clock_stands_still);
        ASSERT_FALSE(made) << reason;
        EXPECT_NE(made.error().context.find(reason), std::string::npos) << made.error().context;
        EXPECT_EQ(made.error().context.find("sesame"), std::string::npos);
    }
    sealed.key_password = platform::Secret("open sesame");
    EXPECT_TRUE(TlsContext::create(TlsRole::client, sealed, clock_stands_still));
}

}  // namespace
}  // namespace outflow::net
