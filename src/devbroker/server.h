// The embedded RocketMQ on a port: connections, frames, faults, and the broker behind them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "devbroker/broker.h"
#include "devbroker/faults.h"
#include "devbroker/request_log.h"
#include "net/endpoint.h"
#include "net/event_loop.h"
#include "net/tls_context.h"
#include "platform/log.h"

namespace outflow::devbroker {

struct ServerOptions {
    net::Endpoint listen{.host = "127.0.0.1", .port = 9876};            // port 0: any free one
    std::string advertised_host;                                        // what routes say; empty: the host of `listen`
    BrokerOptions broker;                                               // its address and port are filled in by start()
    rocketmq::SerializeType serialize = rocketmq::SerializeType::json;  // of responses, as `rocketmq.serialize.type`
    std::int32_t version = 479;                     // announced in answers: MQVersion's ordinal (V5_3_3)
    std::size_t connections_max = 1'000;            // further ones wait
    std::shared_ptr<net::TlsSource> tls = nullptr;  // null: plain TCP. With it, nothing else is taken
};

// Belongs to the loop's thread. As with RocketMQ a peer that sends no frame of the protocol is closed without an
// answer, and so is one that is silent for two minutes.
class Server {
public:
    // Loop and logger outlive the server.
    Server(net::EventLoop& loop, platform::Logger& logger, ServerOptions options);
    ~Server();

    // Opens the store and listens. Errors: network_error, file_error, invalid_argument.
    Status start();
    std::uint16_t port() const;

    // New connections are refused, and the open ones reset; the store stays open.
    void unlisten();
    Status listen_again();  // on the same port
    void drop_connections();

    Broker& broker();
    FaultTable& faults();
    RequestLog& requests();
    ServerOptions& options();         // serialize and version may be changed while it runs
    std::uint64_t accepted() const;   // connections so far
    std::size_t connections() const;  // now
    bool is_listening() const;

private:
    struct Core;
    std::unique_ptr<Core> core_;
};

}  // namespace outflow::devbroker
