// The server over TLS, with net's own connections as clients.
#include "http/server.h"

#include <memory>
#include <string>

#include "http/event_stream.h"
#include "http/server_rig.h"
#include "net/connection.h"
#include "net/tls_context.h"
#include "net/tls_rig.h"

namespace outflow::http {
namespace {

struct GivenTls final : net::TlsSource {
    GivenTls(net::TlsRole role, const net::TlsMaterial& material) {
        auto made = net::TlsContext::create(role, material, [] { return std::chrono::seconds(1'500'000); });
        EXPECT_TRUE(made) << made.error().context;
        if (made) given = *made;
    }
    Result<std::shared_ptr<net::TlsContext>> context() override { return given; }
    std::string name_for(const std::string& host) const override { return host; }
    std::shared_ptr<net::TlsContext> given;
};

struct TlsClient final : net::Connection::Listener {
    TlsClient(net::EventLoop& loop, std::shared_ptr<net::TlsSource> tls, std::uint16_t port)
        : connection(loop, *this, options(std::move(tls))) {
        connection.open({"127.0.0.1", port}, 5s);
    }
    static net::ConnectionOptions options(std::shared_ptr<net::TlsSource> tls) {
        net::ConnectionOptions options;
        options.tls = std::move(tls);
        return options;
    }
    void send(std::string_view bytes) {
        connection.output() += bytes;
        connection.flush();
    }
    bool has(std::string_view text) const { return received.find(text) != std::string::npos; }

    void on_connected() override { connection.want_read(); }
    void on_connect_failed(const Error& error) override { end = error.context; }
    void on_readable() override {
        if (!does_read) return;
        std::string block(100'000, '\0');
        const auto result = connection.read(block.data(), block.size());
        if (result.kind == net::Connection::ReadResult::Kind::bytes) received.append(block, 0, result.size);
        connection.want_read();
    }
    void on_closed(const Error& error) override { end = error.context; }

    std::string received;
    std::string end;
    bool does_read = true;
    net::Connection connection;
};

class ServerTlsTest : public ::testing::Test {
protected:
    ServerTlsTest()
        : authority({.common_name = "test CA", .is_ca = true}), identity({.names = "IP:127.0.0.1"}, &authority) {
        net::TlsMaterial shows;
        shows.certificate = identity.certificate();
        shows.key = identity.key();
        net::TlsMaterial trusts;
        trusts.ca = authority.certificate();
        client_tls = std::make_shared<GivenTls>(net::TlsRole::client, trusts);
        server = std::make_unique<Server>(loop,
                                          ServerLimits{.body_bytes_max = 1'000'000,
                                                       .stream_bytes_max = 100'000,
                                                       .timeout = 200ms,
                                                       .bytes_per_second_min = 10'000'000},
                                          std::make_shared<GivenTls>(net::TlsRole::server, shows));
        server->fallback([](const Request& request) {
            return Response{.body =
                                (request.is_tls ? "secret " : "open ") + std::to_string(request.body.size()) + "\n"};
        });
        EXPECT_TRUE(server->listen({.host = "127.0.0.1", .port = 0}));
    }
    bool wait(const std::function<bool()>& is_done) { return net::run_until(loop, is_done, 10s); }

    net::EventLoop loop;
    net::TestCertificate authority, identity;
    std::shared_ptr<GivenTls> client_tls;
    std::unique_ptr<Server> server;
};

TEST_F(ServerTlsTest, requests_are_answered) {
    TlsClient client(loop, client_tls, server->port());
    client.send(request_of("POST /a", "Content-Length: 500000\r\n") + std::string(500'000, 'x') + request_of("GET /b"));
    EXPECT_TRUE(wait([&] { return client.has("secret 500000\n") && client.has("secret 0\n"); })) << client.end;
    client.send(request_of("GET /b", "Connection: close\r\n"));
    EXPECT_TRUE(wait([&] { return !client.end.empty(); }));
    EXPECT_TRUE(client.received.ends_with("secret 0\n"));
}

TEST_F(ServerTlsTest, events_arrive_and_a_reader_that_stops_is_closed) {
    EventStream events;
    int gone = 0;
    server->route("GET", "/events", [&](const Request&, Responder responder) {
        events = EventStream(std::move(responder));
        events.stream().on_gone([&] { ++gone; });
    });
    TlsClient client(loop, client_tls, server->port());
    client.send(request_of("GET /events"));
    ASSERT_TRUE(wait([&] { return client.has("event-stream"); }));
    // Many small ones, each a record of its own.
    for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(events.send({.data = std::to_string(i) + "."}));
        ASSERT_TRUE(wait([&] { return client.has("data: " + std::to_string(i) + "."); }));
    }
    client.does_read = false;
    net::TurnHook hook = loop.on_turn_end([&] {
        while (events.send({.data = std::string(10'000, 'x')})) {}
    });
    hook.want_turn();
    EXPECT_TRUE(wait([&] { return gone == 1; }));
    EXPECT_EQ(server->counts().slow_readers, 1U);
}

TEST_F(ServerTlsTest, clients_that_do_not_shake_hands_are_closed) {
    Client plain(server->port());
    plain.send(request_of("GET /a"));
    Client silent(server->port());
    Client begun(server->port());
    begun.send("\x16\x03\x01\x02");
    net::Timer again(loop);
    std::function<void()> tick = [&] { again.start(1ms, tick); };
    tick();
    for (Client* client : {&plain, &silent, &begun}) {
        EXPECT_TRUE(wait([&] { return client->receive(), client->is_closed; }));
        EXPECT_FALSE(client->has("HTTP/"));
    }
    EXPECT_EQ(server->counts().requests, 0U);
    EXPECT_EQ(server->counts().tls_failed, 1U);  // the first: the others only took too long
}

}  // namespace
}  // namespace outflow::http
