#include "net/acceptor.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/connection.h"
#include "net/run_until.h"

namespace outflow::net {
namespace {

using namespace std::chrono_literals;

// Reads everything and remembers how it ended.
class End : public Connection::Listener {
public:
    explicit End(EventLoop& loop) : connection(loop, *this) {}

    void on_connected() override { connection.want_read(); }
    void on_connect_failed(const Error& error) override { failure = error.context; }
    void on_readable() override {
        char block[1024];
        const Connection::ReadResult result = connection.read(block, sizeof block);
        if (result.kind == Connection::ReadResult::Kind::bytes) received.append(block, result.size);
        if (result.kind != Connection::ReadResult::Kind::closed) connection.want_read();
    }
    void on_closed(const Error& error) override { failure = error.context; }

    std::string received;
    std::string failure;
    Connection connection;
};

class AcceptorTest : public ::testing::Test {
protected:
    AcceptorTest() : acceptor(loop, [this](AcceptedSocket socket) { accepted.push_back(std::move(socket)); }) {
        EXPECT_TRUE(acceptor.listen({.host = "127.0.0.1", .port = 0}));
    }
    std::unique_ptr<End> connect() {
        auto end = std::make_unique<End>(loop);
        end->connection.open({.host = "127.0.0.1", .port = acceptor.port()}, 5s);
        return end;
    }
    bool wait(std::function<bool()> is_done) { return run_until(loop, std::move(is_done), 5s); }

    EventLoop loop;
    std::vector<AcceptedSocket> accepted;
    Acceptor acceptor;
};

TEST_F(AcceptorTest, an_accepted_connection_can_be_adopted_and_used_in_both_directions) {
    const auto client = connect();
    acceptor.accept();
    ASSERT_TRUE(wait([&] { return !accepted.empty() && client->connection.state() == Connection::State::open; }));
    End server(loop);
    EXPECT_TRUE(accepted[0].peer().starts_with("127.0.0.1:"));
    server.connection.adopt(std::move(accepted[0]));
    EXPECT_EQ(server.connection.state(), Connection::State::open);
    server.connection.want_read();
    client->connection.output() = "ping";
    client->connection.flush();
    server.connection.output() = "pong";
    server.connection.flush();
    EXPECT_TRUE(wait([&] { return server.received == "ping" && client->received == "pong"; }));
    server.connection.close();
    EXPECT_TRUE(wait([&] { return client->failure.ends_with("closed by the peer"); }));
}

TEST_F(AcceptorTest, each_accept_brings_one_connection) {
    const auto first = connect();
    const auto second = connect();
    acceptor.accept();
    acceptor.accept();
    ASSERT_TRUE(wait([&] { return second->connection.state() == Connection::State::open && !accepted.empty(); }));
    EXPECT_FALSE(run_until(
        loop, [&] { return accepted.size() > 1; }, 20ms));
    acceptor.accept();
    EXPECT_TRUE(wait([&] { return accepted.size() == 2; }));
}

TEST_F(AcceptorTest, after_close_connections_are_refused_until_it_listens_again) {
    const std::uint16_t port = acceptor.port();
    acceptor.accept();
    acceptor.close();
    EXPECT_FALSE(acceptor.is_listening());
    const auto refused = connect();
    EXPECT_TRUE(wait([&] { return refused->failure.ends_with("connection refused"); }));
    ASSERT_TRUE(acceptor.listen({.host = "127.0.0.1", .port = port}));
    acceptor.accept();
    const auto client = connect();
    EXPECT_TRUE(wait([&] { return accepted.size() == 1; }));
}

TEST_F(AcceptorTest, a_port_in_use_is_said) {
    Acceptor other(loop, [](AcceptedSocket) {});
    const Status listening = other.listen({.host = "127.0.0.1", .port = acceptor.port()});
    ASSERT_FALSE(listening);
    EXPECT_TRUE(listening.error().context.ends_with(": address already in use"));
}

}  // namespace
}  // namespace outflow::net
