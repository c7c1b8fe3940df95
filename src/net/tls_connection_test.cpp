// Connections that speak TLS with one another over loopback.
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "net/acceptor.h"
#include "net/connection.h"
#include "net/run_until.h"
#include "net/tls_rig.h"

namespace outflow::net {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<TlsContext> make_context(TlsRole role, const TlsMaterial& material) {
    auto made = TlsContext::create(role, material, [] { return std::chrono::seconds(1'500'000); });
    EXPECT_TRUE(made) << made.error().context;
    return made ? *made : nullptr;
}

// What a test says.
struct GivenTls final : TlsSource {
    Result<std::shared_ptr<TlsContext>> context() override {
        if (!given) return failed(ErrorCode::file_error, "no file");
        return given;
    }
    std::string name_for(const std::string& host) const override { return host; }
    std::shared_ptr<TlsContext> given;
};

// One side: what has happened to it, and what it has read, `at_most` bytes at a time.
struct Side final : Connection::Listener {
    explicit Side(EventLoop& loop) : loop_(loop) { speak_tls(true); }
    void speak_tls(bool does) {
        ConnectionOptions options;
        if (does) options.tls = tls;
        made = std::make_unique<Connection>(loop_, *this, options);
    }
    Connection& connection() { return *made; }

    void on_connected() override {
        events += "connected ";
        connection().want_read();
    }
    void on_connect_failed(const Error& error) override { events += "refused: " + error.context; }
    void on_readable() override {
        ++reads;
        std::string block(at_most, '\0');
        const auto result = connection().read(block.data(), block.size());
        if (result.kind == Connection::ReadResult::Kind::bytes) read.append(block, 0, result.size);
        if (result.kind != Connection::ReadResult::Kind::closed) connection().want_read();
    }
    void on_closed(const Error& error) override { events += "closed: " + error.context; }

    std::size_t at_most = 10'000;
    int reads = 0;
    std::string events;
    std::string read;
    std::shared_ptr<GivenTls> tls = std::make_shared<GivenTls>();

private:
    EventLoop& loop_;
    std::unique_ptr<Connection> made;
};

class TlsConnection : public ::testing::Test {
protected:
    TlsConnection()
        : authority({.common_name = "test CA", .is_ca = true}),
          identity({.common_name = "server", .names = "IP:127.0.0.1"}, &authority),
          acceptor(loop, [this](AcceptedSocket socket) {
              server.connection().adopt(std::move(socket));
              server.connection().want_read();
          }) {
        TlsMaterial shows;
        shows.certificate = identity.certificate();
        shows.key = identity.key();
        server.tls->given = make_context(TlsRole::server, shows);
        TlsMaterial trusts;
        trusts.ca = authority.certificate();
        client.tls->given = make_context(TlsRole::client, trusts);
        EXPECT_TRUE(acceptor.listen({"127.0.0.1", 0}));
        acceptor.accept();
    }

    void open(std::chrono::milliseconds timeout = 5s) {
        client.connection().open({"127.0.0.1", acceptor.port()}, timeout);
    }
    bool wait(const std::function<bool()>& is_done) { return run_until(loop, is_done, 10s); }
    bool is_refused() {
        return wait([this] { return client.events.find("refused") != std::string::npos; });
    }
    static void send(Side& from, const std::string& bytes) {
        from.connection().output() += bytes;
        from.connection().flush();
    }

    EventLoop loop;
    TestCertificate authority, identity;
    Side client{loop}, server{loop};
    Acceptor acceptor;
};

TEST_F(TlsConnection, carries_bytes_both_ways) {
    open();
    ASSERT_TRUE(wait([&] { return !client.events.empty(); }));
    ASSERT_EQ(client.events, "connected ");
    const std::string large(1'000'000, 'x');
    send(client, "question");
    ASSERT_TRUE(wait([&] { return server.read == "question"; }));
    send(server, large);
    ASSERT_TRUE(wait([&] { return client.read.size() == large.size(); }));
    EXPECT_EQ(client.read, large);
    EXPECT_EQ(server.connection().unsent_bytes(), 0u);
    client.connection().close();
    ASSERT_TRUE(wait([&] { return !server.events.empty(); }));
    EXPECT_NE(server.events.find("closed by the peer"), std::string::npos) << server.events;
}

// What OpenSSL has decrypted does not show at the socket.
TEST_F(TlsConnection, small_reads_forget_nothing) {
    client.at_most = 7;
    open();
    ASSERT_TRUE(wait([&] { return client.events == "connected "; }));
    send(server, std::string(30'000, 'y'));
    EXPECT_TRUE(wait([&] { return client.read.size() == 30'000; })) << client.read.size();
}

TEST_F(TlsConnection, output_from_before_the_handshake_goes_out_after_it) {
    server.connection().output() = "";
    open();
    client.connection().output() += "early";
    client.connection().flush();
    ASSERT_TRUE(wait([&] { return client.events == "connected "; }));
    client.connection().flush();
    EXPECT_TRUE(wait([&] { return server.read == "early"; }));
    server.connection().output() += "last";
    server.connection().end_output();
    EXPECT_TRUE(wait([&] { return client.events.find("closed by the peer") != std::string::npos; })) << client.events;
    EXPECT_EQ(client.read, "last");
}

TEST_F(TlsConnection, a_certificate_that_is_refused_says_why_on_both_sides) {
    TlsMaterial other;
    other.ca = TestCertificate({.common_name = "other CA", .is_ca = true}).certificate();
    client.tls->given = make_context(TlsRole::client, other);
    open();
    ASSERT_TRUE(is_refused());
    EXPECT_NE(client.events.find("connect to 127.0.0.1:"), std::string::npos) << client.events;
    EXPECT_NE(client.events.find("name its CA in ca_file"), std::string::npos) << client.events;
    ASSERT_TRUE(wait([&] { return !server.events.empty(); }));
    EXPECT_NE(server.events.find("does not accept our certificate"), std::string::npos) << server.events;
}

TEST_F(TlsConnection, a_plain_server_is_found_out) {
    server.speak_tls(false);
    open();
    ASSERT_TRUE(wait([&] { return !server.read.empty(); }));
    send(server, "220 hello, this is something else\r\n");
    ASSERT_TRUE(is_refused());
    EXPECT_NE(client.events.find("is this the port for TLS?"), std::string::npos) << client.events;
}

TEST_F(TlsConnection, a_server_that_closes_in_the_handshake_is_told_from_one_that_refuses) {
    server.speak_tls(false);
    open();
    ASSERT_TRUE(wait([&] { return !server.read.empty(); }));
    server.connection().close();
    ASSERT_TRUE(is_refused());
    EXPECT_NE(client.events.find("closed by the other side during the TLS handshake"), std::string::npos)
        << client.events;
}

TEST_F(TlsConnection, a_server_that_never_finishes_is_given_up) {
    server.speak_tls(false);
    open(100ms);
    ASSERT_TRUE(is_refused());
    EXPECT_NE(client.events.find("timed out during the TLS handshake"), std::string::npos) << client.events;
    EXPECT_EQ(client.connection().state(), Connection::State::closed);
}

TEST_F(TlsConnection, files_that_cannot_be_used_refuse_the_connection) {
    client.tls->given = nullptr;
    open();
    ASSERT_TRUE(is_refused());
    EXPECT_NE(client.events.find(": no file"), std::string::npos) << client.events;
}

TEST_F(TlsConnection, a_plain_client_is_told_that_the_server_speaks_tls) {
    client.speak_tls(false);
    open();
    ASSERT_TRUE(wait([&] { return client.events == "connected "; }));
    send(client, "GET / HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(wait([&] { return !server.events.empty(); }));
    EXPECT_NE(server.events.find("does not speak TLS"), std::string::npos) << server.events;
}

// TLS 1.3 lets a peer ask for new keys as often as it likes: none of that is a byte to read.
TEST_F(TlsConnection, a_peer_that_asks_for_new_keys_again_and_again_does_not_hold_the_loop) {
    client.speak_tls(false);
    open();
    ASSERT_TRUE(wait([&] { return !client.events.empty(); }));
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    const std::unique_ptr<SSL, decltype(&SSL_free)> peer(SSL_new(context.get()), &SSL_free);
    BIO* const in = BIO_new(BIO_s_mem());
    BIO* const out = BIO_new(BIO_s_mem());
    SSL_set_bio(peer.get(), in, out);
    const auto send_made = [&] {
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(out, &bytes);
        send(client, std::string(bytes, static_cast<std::size_t>(size)));
        BIO_reset(out);
    };
    ASSERT_TRUE(wait([&] {
        BIO_write(in, client.read.data(), static_cast<int>(client.read.size()));
        client.read.clear();
        const bool is_done = SSL_connect(peer.get()) == 1;
        send_made();
        return is_done;
    }));
    constexpr int updates = 6'000;  // of 27 bytes each
    for (int i = 0; i < updates; ++i) {
        SSL_key_update(peer.get(), SSL_KEY_UPDATE_REQUESTED);
        SSL_do_handshake(peer.get());
    }
    SSL_write(peer.get(), "x", 1);
    server.reads = 0;
    send_made();
    EXPECT_TRUE(wait([&] { return server.read == "x"; })) << server.events;
    EXPECT_GT(server.reads, 3) << "everybody else had to wait meanwhile";
}

}  // namespace
}  // namespace outflow::net
