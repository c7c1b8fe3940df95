// What is behind net::AcceptedSocket in a simulated world.
#pragma once

#include "net/acceptor.h"
#include "network.h"

namespace outflow::net {

struct AcceptedSocket::Handle {
    sim::Socket socket;
    ~Handle() { socket.close(true); }  // nobody has adopted it
};

}  // namespace outflow::net
