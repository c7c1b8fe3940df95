// Listens on a TCP port and hands over what connects, one connection for each time it is asked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/endpoint.h"
#include "net/event_loop.h"
#include "platform/file.h"

namespace outflow::net {

// A connected, non-blocking socket: for Connection::adopt().
struct AcceptedSocket {
    platform::FileDescriptor descriptor;
    std::string peer;  // "127.0.0.1:53412"
    bool is_ipv6 = false;
};

// Belongs to the loop's thread.
class Acceptor {
public:
    using OnAccepted = std::function<void(AcceptedSocket)>;

    Acceptor(EventLoop& loop, OnAccepted on_accepted);
    ~Acceptor();  // like close()
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;

    // Port 0: any free one. A host name is resolved here and now. Connections wait in the system's queue until accept().
    // Errors: network_error, e.g. "listen on 127.0.0.1:9090: address already in use".
    Status listen(const Endpoint& endpoint);

    // Asks for one `on_accepted`, from the loop. Asking twice is asking once. When the process has no descriptors or
    // memory left it tries again after a pause.
    void accept();

    // Stops listening: new connections are refused, those in the system's queue are reset. listen() may be called again.
    void close();

    bool is_listening() const;
    std::uint16_t port() const;  // the port bound; 0 before listen()

private:
    struct Core;
    std::shared_ptr<Core> core_;  // shared with the accept under way, which may end after the acceptor
};

}  // namespace outflow::net
