// Listens on a TCP port and hands over what connects, one connection for each time it is asked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/endpoint.h"
#include "net/event_loop.h"

namespace outflow::net {

// A connected socket: for Connection::adopt(). What it is, net knows.
class AcceptedSocket {
public:
    struct Handle;
    AcceptedSocket(std::unique_ptr<Handle> handle, std::string peer);
    AcceptedSocket(AcceptedSocket&& other) noexcept;
    AcceptedSocket& operator=(AcceptedSocket&& other) noexcept;
    ~AcceptedSocket();

    const std::string& peer() const { return peer_; }  // "127.0.0.1:53412"
    std::unique_ptr<Handle> release();                 // for net alone

private:
    std::unique_ptr<Handle> handle_;
    std::string peer_;
};

// Belongs to the loop's thread.
class Acceptor {
public:
    using OnAccepted = std::function<void(AcceptedSocket)>;

    Acceptor(EventLoop& loop, OnAccepted on_accepted);
    ~Acceptor();  // like close()
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;

    // Port 0: any free one. A host name is resolved here and now. Connections wait in the system's queue until
    // accept(). Errors: network_error, e.g. "listen on 127.0.0.1:9090: address already in use".
    Status listen(const Endpoint& endpoint);

    // Asks for one `on_accepted`, from the loop. Asking twice is asking once. When the process has no descriptors or
    // memory left it tries again after a pause.
    void accept();

    // Stops listening: new connections are refused, those in the system's queue are reset. listen() may be called
    // again.
    void close();

    bool is_listening() const;
    std::uint16_t port() const;  // the port bound; 0 before listen()

private:
    struct Core;
    std::shared_ptr<Core> core_;  // shared with the accept under way, which may end after the acceptor
};

}  // namespace outflow::net
