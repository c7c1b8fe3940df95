// A server on loopback and raw clients for its tests.
#pragma once

#include <cerrno>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/server.h"
#include "net/event_loop.h"
#include "net/run_until.h"
#include "net/timer.h"

namespace outflow::http {

using namespace std::chrono_literals;

// A raw client on loopback. Only connecting may block.
class Client {
public:
    // `receive_bytes`: of the system's buffer, 0: its default.
    explicit Client(std::uint16_t port, int receive_bytes = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        if (receive_bytes > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    ~Client() { close(); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(std::string_view bytes) { EXPECT_EQ(try_send(bytes), bytes.size()); }
    // How much of it the system takes now.
    std::size_t try_send(std::string_view bytes) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return sent < 0 ? 0 : static_cast<std::size_t>(sent);
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
    // When it closes first, it does so by a reset: no port stays taken, of which 10,000 clients would take many.
    void reset_at_close() {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    void close() {
        if (!std::exchange(is_closed, true)) ::close(socket_);
    }
    bool has(std::string_view text) const { return received.find(text) != std::string::npos; }

    std::string received;
    bool is_closed = false;

private:
    int socket_;
};

class ServerTest : public ::testing::Test {
protected:
    explicit ServerTest(ServerLimits limits = {}) : server(loop, limits) {
        server.route("GET", "/metrics", [this](const Request& request) {
            ++asked;
            return Response{.body = "up 1\n" + request.query};
        });
        const Status listening = server.listen({.host = "127.0.0.1", .port = 0});
        EXPECT_TRUE(listening);
    }

    bool wait(const std::function<bool()>& is_done) {
        // Clients are no part of the loop: a timer makes the loop look at them again.
        net::Timer again(loop);
        std::function<void()> tick = [&] { again.start(1ms, tick); };
        tick();
        return net::run_until(loop, is_done, 10s);
    }
    bool wait_closed(Client& client) {
        return wait([&] { return client.receive(), client.is_closed; });
    }
    bool wait_text(Client& client, std::string_view text) {
        return wait([&] { return client.receive(), client.has(text); });
    }
    // Some turns pass.
    void pass(int turns = 5) {
        wait([&] { return turns-- == 0; });
    }

    net::EventLoop loop;
    Server server;
    int asked = 0;
};

inline std::string request_of(std::string_view line, std::string_view fields = {}) {
    return std::string(line) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

}  // namespace outflow::http
