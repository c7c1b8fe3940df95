// One connection of the HTTP server. Inside http only.
#pragma once

#include <functional>
#include <memory>

#include "http/server.h"
#include "net/acceptor.h"

namespace outflow::http {

class Session {
public:
    struct Callbacks {
        std::function<Response(const Request&)> answer;
        std::function<void()> ended;  // once, from the loop; the session may be destroyed within
    };

    virtual ~Session() = default;  // closes the connection; nothing is called any more
    virtual void start() = 0;

protected:
    Session() = default;
};

std::unique_ptr<Session> make_session(net::EventLoop& loop, net::AcceptedSocket socket, const ServerLimits& limits,
                                      Session::Callbacks callbacks);

}  // namespace outflow::http
