#include "http/server.h"

#include <cstring>
#include <map>
#include <set>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

#include <fmt/format.h>

#include "base/assert.h"
#include "http/session.h"
#include "net/asio_access.h"
#include "net/lookup.h"
#include "net/reason.h"
#include "net/timer.h"

namespace outflow::http {

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds accept_pause{100};  // after a failed accept: no descriptors or memory left

}  // namespace

struct Server::Core : std::enable_shared_from_this<Server::Core> {
    Core(net::EventLoop& loop, ServerLimits the_limits)
        : limits(the_limits), acceptor(net::AsioAccess::context(loop)), pause(loop) {}

    Status listen(const net::Endpoint& endpoint);
    void accept();
    void accepted(error_code error, tcp::socket socket);
    Response answer(const Request& request) const;
    void ended(Session& session);
    void close();

    const ServerLimits limits;
    tcp::acceptor acceptor;
    net::Timer pause;
    bool is_accepting = false;
    std::uint16_t port = 0;
    std::map<std::string, Handler, std::less<>> routes;
    std::set<std::shared_ptr<Session>> sessions;
};

Status Server::Core::listen(const net::Endpoint& endpoint) {
    OUTFLOW_ASSERT(!acceptor.is_open());
    TRY(const net::Addresses addresses, net::resolve_blocking(endpoint.host, endpoint.port));
    tcp::endpoint address;
    std::memcpy(address.data(), &addresses.front().storage, addresses.front().size);
    address.resize(addresses.front().size);

    error_code error;
    acceptor.open(address.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(address, error);
    if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (error) {
        error_code ignored;
        acceptor.close(ignored);
        return failed(ErrorCode::network_error, fmt::format("listen on {}: {}", net::to_string(endpoint),
                                                            net::system_reason(error.value())));
    }
    port = acceptor.local_endpoint().port();
    accept();
    return {};
}

void Server::Core::accept() {
    if (is_accepting || !acceptor.is_open() || sessions.size() >= limits.connections_max) return;
    is_accepting = true;
    acceptor.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
        self->accepted(error, std::move(socket));
    });
}

void Server::Core::accepted(error_code error, tcp::socket socket) {
    is_accepting = false;
    if (!acceptor.is_open()) return;
    if (error) {
        pause.start(accept_pause, [this] { accept(); });
        return;
    }
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
    if (found == routes.end()) return Response{.status = 404, .body = "There is nothing at this path.\n"};
    return found->second(request);
}

void Server::Core::ended(Session& session) {
    std::erase_if(sessions, [&session](const auto& entry) { return entry.get() == &session; });
    accept();
}

void Server::Core::close() {
    error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
    for (const auto& session : sessions) session->close();
    sessions.clear();
}

Server::Server(net::EventLoop& loop, ServerLimits limits) : core_(std::make_shared<Core>(loop, limits)) {}

Server::~Server() { core_->close(); }

void Server::route(std::string path, Handler handler) {
    core_->routes.insert_or_assign(std::move(path), std::move(handler));
}

Status Server::listen(const net::Endpoint& endpoint) { return core_->listen(endpoint); }

std::uint16_t Server::port() const { return core_->port; }

}  // namespace outflow::http
