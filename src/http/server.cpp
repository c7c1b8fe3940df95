#include "http/server.h"

#include <cstdint>
#include <map>
#include <utility>

#include "http/client_connection.h"
#include "net/acceptor.h"

namespace outflow::http {

struct Server::Core {
    Core(net::EventLoop& the_loop, ServerLimits the_limits)
        : limits(the_limits),
          loop(the_loop),
          acceptor(loop, [this](net::AcceptedSocket socket) { accepted(std::move(socket)); }) {}

    void accept();
    void accepted(net::AcceptedSocket accepted);
    Response answer(const Request& request) const;
    void ended(std::uint64_t number);

    const ServerLimits limits;
    net::EventLoop& loop;
    net::Acceptor acceptor;
    std::map<std::string, Handler, std::less<>> routes;
    Handler fallback;
    std::map<std::uint64_t, std::unique_ptr<ClientConnection>> connections;
    std::uint64_t accepted_count = 0;
};

void Server::Core::accept() {
    if (connections.size() < limits.connections_max) acceptor.accept();
}

void Server::Core::accepted(net::AcceptedSocket accepted) {
    const std::uint64_t number = ++accepted_count;
    ClientConnection::Callbacks callbacks;
    callbacks.answer = [this](const Request& request) { return answer(request); };
    callbacks.ended = [this, number] { ended(number); };
    auto connection = make_client_connection(loop, std::move(accepted), limits, std::move(callbacks));
    connections.emplace(number, std::move(connection)).first->second->start();
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

void Server::Core::ended(std::uint64_t number) {
    connections.erase(number);
    accept();
}

Server::Server(net::EventLoop& loop, ServerLimits limits) : core_(std::make_unique<Core>(loop, limits)) {}

Server::~Server() = default;

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
