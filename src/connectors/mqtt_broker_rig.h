// For tests: an MQTT broker on the client's own loop that does what a script says, packet by packet.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "mqtt/test_bytes.h"
#include "net/acceptor.h"
#include "net/connection.h"

namespace outflow::connectors::test {

class ScriptedBroker final : private net::Connection::Listener {
public:
    // What to send for each packet of the client; nothing: it closes the connection.
    using Response = std::function<std::optional<std::string>(const std::string& packet)>;

    ScriptedBroker(net::EventLoop& loop, Response response)
        : response_(std::move(response)), connection_(loop, *this), acceptor_(loop, [this](net::AcceptedSocket socket) {
              connection_.close();
              unread_.clear();
              ++connects;
              connection_.adopt(std::move(socket));
              connection_.want_read();
              acceptor_.accept();
          }) {
        EXPECT_TRUE(acceptor_.listen({"127.0.0.1", 0}));
        acceptor_.accept();
    }
    net::Endpoint endpoint() const { return {"127.0.0.1", acceptor_.port()}; }

    void send(std::string_view bytes) {
        connection_.output() += bytes;
        connection_.flush();
    }
    void close() { connection_.close(); }
    // Reads what the client has sent before it went.
    void read_rest() {
        if (connection_.state() == net::Connection::State::open) on_readable();
    }

    std::vector<std::string> packets;  // of all connections
    int connects = 0;

private:
    void on_connected() override {}
    void on_connect_failed(const Error&) override {}
    void on_closed(const Error&) override {}
    void on_readable() override {
        char block[4096];
        const auto result = connection_.read(block, sizeof block);
        if (result.kind == net::Connection::ReadResult::Kind::closed) return;
        unread_.append(block, result.size);
        while (unread_.size() >= 2 && unread_.size() >= 2U + static_cast<unsigned char>(unread_[1])) {
            packets.push_back(unread_.substr(0, 2U + static_cast<unsigned char>(unread_[1])));
            unread_.erase(0, packets.back().size());
            const auto sent = response_(packets.back());
            if (!sent) return connection_.close();
            send(*sent);
        }
        connection_.want_read();
    }

    Response response_;
    net::Connection connection_;
    net::Acceptor acceptor_;
    std::string unread_;
};

// An MQTT 5 broker that grants QoS 1, then sends `messages`, and closes at DISCONNECT.
inline ScriptedBroker::Response accepting(std::string messages, bool session_present = false) {
    return [messages = std::move(messages), session_present](const std::string& packet) -> std::optional<std::string> {
        using mqtt::test::bytes;
        if (packet[0] == '\x10') return bytes(session_present ? "20 03 01 00 00" : "20 03 00 00 00");
        if (packet[0] == '\x82') return bytes("90 04") + packet.substr(2, 2) + bytes("00 01") + messages;
        if (packet[0] == '\xE0') return std::nullopt;
        return "";
    };
}

}  // namespace outflow::connectors::test
