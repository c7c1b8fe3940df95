#include "http/server.h"

#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/run_until.h"

namespace outflow::http {
namespace {

using namespace std::chrono_literals;

// A raw client on loopback that never blocks.
class Client {
public:
    explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    ~Client() { close(); }
    Client(const Client&) = delete;

    void send(std::string_view bytes) {
        EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }
    void receive() {
        if (is_closed) return;
        char block[4096];
        while (true) {
            const ssize_t got = ::recv(socket_, block, sizeof block, MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) return;
            if (got <= 0) return close();
            received.append(block, static_cast<std::size_t>(got));
        }
    }

    void end_sending() { ::shutdown(socket_, SHUT_WR); }
    void close() {
        if (!std::exchange(is_closed, true)) ::close(socket_);
    }

    std::string received;
    bool is_closed = false;

private:
    int socket_;
};

class ServerTest : public ::testing::Test {
protected:
    explicit ServerTest(ServerLimits limits = {}) : server(loop, limits) {
        server.route("/metrics", [this](const Request& request) {
            ++asked;
            return Response{.body = "up 1\n" + std::string(request.query)};
        });
        server.route("/broken", [](const Request&) { return Response{.status = 503, .body = "no\n"}; });
        const Status listening = server.listen({.host = "127.0.0.1", .port = 0});
        EXPECT_TRUE(listening);
    }

    bool wait(Client& client, const std::function<bool()>& is_done) {
        // The client is no part of the loop: a timer makes the loop look at it again.
        net::Timer again(loop);
        std::function<void()> tick = [&] { again.start(1ms, tick); };
        tick();
        return net::run_until(
            loop, [&] { return client.receive(), is_done(); }, 5s);
    }
    bool wait_closed(Client& client) {
        return wait(client, [&] { return client.is_closed; });
    }
    bool wait_text(Client& client, std::string_view text) {
        return wait(client, [&] { return client.received.find(text) != std::string::npos; });
    }

    net::EventLoop loop;
    Server server;
    int asked = 0;
};

TEST_F(ServerTest, requests_get_their_answers) {
    struct Row {
        std::string_view request;
        std::string_view status;
        std::string_view also;
    };
    const Row rows[] = {
        {"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "\r\n\r\nup 1\n"},
        {"GET /metrics?x=1&y HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "up 1\nx=1&y"},
        {"GET http://a/metrics HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "up 1\n"},
        {"GET /broken HTTP/1.1\r\nHost: a\r\n\r\n", "503 Service Unavailable", "Content-Length: 3\r\n"},
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "404 Not Found", "nothing at this path"},
        {"GET /metrics/ HTTP/1.1\r\nHost: a\r\n\r\n", "404 Not Found", ""},
        {"PUT /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "405 Method Not Allowed", "Allow: GET, HEAD\r\n"},
        {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "405 Method Not Allowed", ""},
        {"GET metrics HTTP/1.1\r\nHost: a\r\n\r\n", "400 Bad Request", "not a path"},
        {"GET /metrics HTTP/1.1\r\n\r\n", "400 Bad Request", "Host"},
    };
    for (const Row& row : rows) {
        Client client(server.port());
        client.send(row.request);
        EXPECT_TRUE(wait_text(client, "Content-Length")) << row.request;
        EXPECT_TRUE(client.received.starts_with("HTTP/1.1 " + std::string(row.status))) << client.received;
        EXPECT_TRUE(wait_text(client, row.also)) << row.request << client.received;
        EXPECT_FALSE(client.is_closed) << row.request;
    }
}

TEST_F(ServerTest, what_is_no_request_is_answered_and_closed) {
    const std::string large(9'000, 'x');
    struct Row {
        std::string request;
        std::string_view answer;
    };
    const Row rows[] = {
        {"\x16\x03\x01\x02garbage\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /metrics HTTP/9.9\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /metrics HTTP/1.1\r\nHost a\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /metrics HTTP/1.1\r\nHost: a\r\nX: " + large + "\r\n\r\n", "HTTP/1.1 431 "},
        {"GET /" + large + " HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 431 "},
        {"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 413 "},
        {"GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
         "HTTP/1.1 413 "},
        {"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 400 "},
    };
    for (const Row& row : rows) {
        Client client(server.port());
        client.send(row.request);
        EXPECT_TRUE(wait_closed(client)) << row.request.substr(0, 60);
        EXPECT_TRUE(client.received.starts_with(row.answer)) << row.request.substr(0, 60) << client.received;
        EXPECT_NE(client.received.find("Connection: close"), std::string::npos);
    }
    EXPECT_EQ(asked, 0);
}

TEST_F(ServerTest, head_has_the_length_but_no_body) {
    Client client(server.port());
    client.send("HEAD /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    ASSERT_TRUE(wait_closed(client));
    EXPECT_NE(client.received.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_TRUE(client.received.ends_with("\r\n\r\n"));
}

TEST_F(ServerTest, pipelined_requests_are_answered_in_order) {
    Client client(server.port());
    std::string requests;
    for (int i = 0; i < 20; ++i) requests += "GET /metrics?" + std::to_string(i) + ". HTTP/1.1\r\nHost: a\r\n\r\n";
    client.send(requests);
    ASSERT_TRUE(wait_text(client, "\n19."));
    std::size_t at = 0;
    for (int i = 0; i < 20; ++i) {
        at = client.received.find("up 1\n" + std::to_string(i) + ".", at);
        ASSERT_NE(at, std::string::npos) << i;
    }
    EXPECT_EQ(asked, 20);
}

TEST_F(ServerTest, a_request_may_come_byte_by_byte) {
    Client client(server.port());
    for (char c : std::string_view("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")) {
        EXPECT_TRUE(client.received.empty());
        client.send({&c, 1});
        EXPECT_TRUE(wait(client, [turns = 0]() mutable { return ++turns == 3; }));
    }
    EXPECT_TRUE(wait_text(client, "up 1\n"));
}

TEST_F(ServerTest, an_old_client_gets_a_close) {
    Client client(server.port());
    client.send("GET /metrics HTTP/1.0\r\n\r\n");
    ASSERT_TRUE(wait_closed(client));
    EXPECT_TRUE(client.received.ends_with("up 1\n"));
}

TEST_F(ServerTest, a_client_that_has_ended_its_own_direction_gets_all_of_the_answer) {
    const std::string large(20'000'000, 'x');
    server.route("/large", [&large](const Request&) { return Response{.body = large}; });
    Client client(server.port());
    client.send("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client.end_sending();
    ASSERT_TRUE(wait_closed(client));
    EXPECT_GT(client.received.size(), large.size());
}

TEST_F(ServerTest, a_port_in_use_is_said) {
    Server second(loop);
    const Status listening = second.listen({.host = "127.0.0.1", .port = server.port()});
    ASSERT_FALSE(listening);
    EXPECT_EQ(listening.error().context,
              "listen on 127.0.0.1:" + std::to_string(server.port()) + ": address already in use");
}

TEST_F(ServerTest, a_server_ends_with_connections_open) {
    auto other = std::make_unique<Server>(loop);
    ASSERT_TRUE(other->listen({.host = "localhost", .port = 0}));
    Client waiting(server.port());
    waiting.send("GET /met");
    loop.post([&] { other.reset(); });
    EXPECT_TRUE(net::run_until(
        loop, [&] { return other == nullptr; }, 5s));
}

class BodyServerTest : public ServerTest {
protected:
    BodyServerTest() : ServerTest({.body_bytes_max = 100'000}) {
        server.fallback([](const Request& request) {
            return Response{.body = std::string(request.method) + " " + std::string(request.path) + " " +
                                    std::string(request.content_type) + " " + std::string(request.host) + " " +
                                    std::to_string(request.body.size()) + std::string(request.body.substr(0, 20)) +
                                    "\n"};
        });
    }
};

TEST_F(BodyServerTest, methods_and_bodies_reach_the_fallback) {
    struct Row {
        std::string request;
        std::string_view answer;
    };
    const Row rows[] = {
        {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Type: t/x\r\nContent-Length: 5\r\n\r\nhello",
         "POST /a t/x h 5hello\n"},
        {"DELETE /b/1?x HTTP/1.1\r\nHost: h\r\n\r\n", "DELETE /b/1  h 0\n"},
        {"PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
         "PUT /a  h 5hello\n"},
        {"PATCH /a HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n" + std::string(90'000, 'x'),
         "PATCH /a  h 90000xxxx"},
        {"GET /a HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a  h 0\n"},
        {"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n", "Content-Length: 12\r\n"},
        {"POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405 "},
        {"OPTIONS /a HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 405 "},
        {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100001\r\n\r\n", "HTTP/1.1 413 "},
    };
    for (const Row& row : rows) {
        Client client(server.port());
        client.send(row.request);
        EXPECT_TRUE(wait_text(client, row.answer)) << row.request.substr(0, 60) << client.received;
    }
}

class SmallServerTest : public ServerTest {
protected:
    SmallServerTest() : ServerTest({.connections_max = 2, .timeout = 50ms}) {}
};

TEST_F(SmallServerTest, slow_and_silent_connections_are_closed) {
    Client silent(server.port());
    Client slow(server.port());
    slow.send("GET /metrics HT");
    EXPECT_TRUE(wait_closed(silent));
    EXPECT_TRUE(wait_closed(slow));
    EXPECT_EQ(asked, 0);
}

TEST_F(SmallServerTest, connections_over_the_limit_wait_for_their_turn) {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(std::make_unique<Client>(server.port()));
    for (auto& client : clients) client->send("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(wait(*clients.front(), [&] {
        bool are_served = true;
        for (auto& client : clients) {
            client->receive();
            are_served = are_served && client->received.ends_with("up 1\n");
        }
        return are_served;
    }));
    EXPECT_EQ(asked, 100);
}

}  // namespace
}  // namespace outflow::http
