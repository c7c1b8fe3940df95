// One connection of the HTTP server. Inside http only.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/ip/tcp.hpp>

#include "http/server.h"

namespace outflow::http {

class Session {
public:
    struct Callbacks {
        std::function<Response(const Request&)> answer;
        std::function<void(Session&)> ended;  // once, from the loop; then the session is forgotten
    };

    virtual ~Session() = default;
    virtual void start() = 0;
    // Closes the connection; nothing is called any more.
    virtual void close() = 0;

protected:
    Session() = default;
};

std::shared_ptr<Session> make_session(boost::asio::ip::tcp::socket socket, const ServerLimits& limits,
                                      Session::Callbacks callbacks);

}  // namespace outflow::http
