#include "http/server.h"

#include <map>
#include <set>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

#include "http/session.h"
#include "net/acceptor.h"
#include "net/asio_access.h"

namespace outflow::http {

using boost::asio::ip::tcp;

struct Server::Core {
    Core(net::EventLoop& the_loop, ServerLimits the_limits)
        : limits(the_limits), loop(the_loop),
          acceptor(loop, [this](net::AcceptedSocket socket) { accepted(std::move(socket)); }) {}

    void accept();
    void accepted(net::AcceptedSocket accepted);
    Response answer(const Request& request) const;
    void ended(Session& session);

    const ServerLimits limits;
    net::EventLoop& loop;
    net::Acceptor acceptor;
    std::map<std::string, Handler, std::less<>> routes;
    Handler fallback;
    std::set<std::shared_ptr<Session>> sessions;
};

void Server::Core::accept() {
    if (sessions.size() < limits.connections_max) acceptor.accept();
}

void Server::Core::accepted(net::AcceptedSocket accepted) {
    tcp::socket socket(net::AsioAccess::context(loop));
    socket.assign(accepted.is_ipv6 ? tcp::v6() : tcp::v4(), accepted.descriptor.release());
    Session::Callbacks callbacks;
    callbacks.answer = [this](const Request& request) { return answer(request); };
    callbacks.ended = [this](Session& session) { ended(session); };
    auto session = make_session(std::move(socket), limits, std::move(callbacks));
    sessions.insert(session);
    session->start();
    accept();
}

Response Server::Core::answer(const Request& request) const {
    const auto found = routes.find(request.path);
    if (found == routes.end()) {
        return fallback ? fallback(request) : Response{.status = 404, .body = "There is nothing at this path.\n"};
    }
    if (request.method != "GET") return Response{.status = 405, .body = "Only GET and HEAD are accepted.\n"};
    return found->second(request);
}

void Server::Core::ended(Session& session) {
    std::erase_if(sessions, [&session](const auto& entry) { return entry.get() == &session; });
    accept();
}

Server::Server(net::EventLoop& loop, ServerLimits limits) : core_(std::make_unique<Core>(loop, limits)) {}

Server::~Server() {
    for (const auto& session : core_->sessions) session->close();
}

void Server::route(std::string path, Handler handler) {
    core_->routes.insert_or_assign(std::move(path), std::move(handler));
}

void Server::fallback(Handler handler) { core_->fallback = std::move(handler); }

Status Server::listen(const net::Endpoint& endpoint) {
    const Status listening = core_->acceptor.listen(endpoint);
    if (listening) core_->accept();
    return listening;
}

std::uint16_t Server::port() const { return core_->acceptor.port(); }

}  // namespace outflow::http
