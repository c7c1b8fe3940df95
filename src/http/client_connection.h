// One connection of the HTTP server. Inside http only.
#pragma once

#include <functional>
#include <memory>

#include "http/server.h"
#include "net/acceptor.h"

namespace outflow::http {

class ClientConnection {
public:
    struct Callbacks {
        std::function<Response(const Request&)> answer;
        std::function<void()> ended;  // once, from the loop; the object may be destroyed within
    };

    virtual ~ClientConnection() = default;  // closes the connection; nothing is called any more
    virtual void start() = 0;

protected:
    ClientConnection() = default;
};

std::unique_ptr<ClientConnection> make_client_connection(net::EventLoop& loop, net::AcceptedSocket socket,
                                                         const ServerLimits& limits,
                                                         ClientConnection::Callbacks callbacks);

}  // namespace outflow::http
