// A server with raw loopback clients, for the tests of server and control: all in one event loop.
#pragma once

#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "devbroker/server.h"
#include "devbroker/test_folder.h"
#include "net/run_until.h"
#include "rocketmq/requests.h"

namespace outflow::devbroker {

// A response, or a request of the server's.
struct Received {
    rocketmq::SerializeType type = rocketmq::SerializeType::json;
    std::int32_t code = 0;
    std::int32_t opaque = 0;
    std::int32_t version = 0;
    bool is_response = false;
    std::string remark;
    std::string body;
    std::string message_id;  // of the response to a send
    std::string queue_offset;
};

// Never blocks but for connecting, which the system's queue answers.
class RawClient {
public:
    explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        is_connected = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~RawClient() { close(); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void close() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }
    // How many bytes the system took.
    std::size_t send(std::string_view bytes) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return sent > 0 ? static_cast<std::size_t>(sent) : 0;
    }
    // Takes what has come.
    void receive() {
        std::string block(1 << 16, '\0');
        while (!is_closed) {
            const ssize_t got = ::recv(socket_, block.data(), block.size(), MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) return;
            if (got <= 0) {
                is_closed = true;
                was_reset = got < 0;
                return;
            }
            received.append(block, 0, static_cast<std::size_t>(got));
        }
    }
    // The whole frames that have come, which are taken away.
    std::vector<Received> take() {
        std::vector<Received> responses;
        receive();
        std::size_t taken = 0;
        while (const auto frame = *rocketmq::decode_frame(std::string_view(received).substr(taken))) {
            const auto command = *rocketmq::decode_header(*frame);
            responses.push_back({.type = frame->serialize_type,
                                 .code = command.code,
                                 .opaque = command.opaque,
                                 .version = command.version,
                                 .is_response = command.is_response(),
                                 .remark = command.remark,
                                 .body = std::string(frame->body),
                                 .message_id = command.find_ext("msgId").value_or(""),
                                 .queue_offset = command.find_ext("queueOffset").value_or("")});
            taken += frame->size;
        }
        received.erase(0, taken);
        return responses;
    }

    bool is_connected = false;
    bool is_closed = false;
    bool was_reset = false;
    std::string received;

private:
    int socket_;
};

class ServerRig : public ::testing::Test {
protected:
    void start(std::size_t connections_max = 1'000) {
        ServerOptions options;
        options.listen.port = 0;
        options.broker.folder = folder.path();
        options.connections_max = connections_max;
        server = std::make_unique<Server>(loop, logger, options);
        const Status started = server->start();
        ASSERT_TRUE(started) << started.error().context;
        server->requests().enable();
        ASSERT_TRUE(server->broker().set_topic("t", 4));
    }
    std::unique_ptr<RawClient> connect() { return std::make_unique<RawClient>(server->port()); }
    bool wait(std::function<bool()> is_done, std::chrono::milliseconds limit = std::chrono::seconds(60)) {
        return net::run_until(loop, std::move(is_done), limit);
    }
    void turn() {
        wait([] { return false; }, std::chrono::milliseconds(0));
    }
    // The next `count` answers; fewer when they do not come.
    std::vector<Received> responses(RawClient& client, std::size_t count) {
        std::vector<Received> all;
        wait([&] {
            for (Received& one : client.take()) all.push_back(std::move(one));
            return all.size() >= count || client.is_closed;
        });
        return all;
    }
    bool closes(RawClient& client) {
        return wait([&] {
            client.receive();
            return client.is_closed;
        });
    }
    void misbehave(std::string_view rule) {
        const auto fault = parse_fault(rule);
        ASSERT_TRUE(fault) << rule;
        ASSERT_TRUE(server->faults().add(*fault));
    }

    static std::string send_frame(std::int32_t opaque, std::string_view body = "x", std::int32_t queue_id = 0) {
        rocketmq::SendHeader header;
        header.group = "g";
        header.topic = "t";
        header.queue_id = queue_id;
        const rocketmq::EncodedRecord record{body, ""};
        std::string bytes;
        rocketmq::append_send(bytes, opaque, header, std::span(&record, 1));
        return bytes;
    }
    static std::string route_frame(std::int32_t opaque, std::string_view topic = "t") {
        std::string bytes;
        rocketmq::append_get_route(bytes, opaque, topic);
        return bytes;
    }

    TestFolder folder;
    net::EventLoop loop;
    platform::Logger logger{platform::LogOptions{.level = platform::LogLevel::error, .descriptor = -1, .clock = {}}};
    std::unique_ptr<Server> server;
};

}  // namespace outflow::devbroker
