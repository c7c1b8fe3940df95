#include "net/acceptor.h"

#include <chrono>
#include <cstring>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

#include <fmt/format.h>

#include "base/assert.h"
#include "net/accepted_socket.h"
#include "net/dialer.h"
#include "net/lookup.h"
#include "net/loop_access.h"
#include "net/reason.h"
#include "net/timer.h"

namespace outflow::net {

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds pause_time{100};  // after a failed accept: no descriptors or memory left

}  // namespace

struct Acceptor::Core : std::enable_shared_from_this<Acceptor::Core> {
    Core(EventLoop& loop, OnAccepted the_function)
        : acceptor(LoopAccess::context(loop)), pause(loop), on_accepted(std::move(the_function)) {}

    Status listen(const Endpoint& endpoint);
    void accept();
    void accepted(error_code error, tcp::socket socket);
    void close();

    tcp::acceptor acceptor;
    Timer pause;
    OnAccepted on_accepted;
    bool is_accepting = false;
    std::uint64_t epoch = 0;  // counts the closings: an accept that began before one means nothing afterwards
    std::uint16_t port = 0;
};

Status Acceptor::Core::listen(const Endpoint& endpoint) {
    OUTFLOW_ASSERT(!acceptor.is_open());
    TRY(const Addresses addresses, resolve_blocking(endpoint.host, endpoint.port));
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
        return failed(ErrorCode::network_error,
                      fmt::format("listen on {}: {}", to_string(endpoint), system_reason(error.value())));
    }
    port = acceptor.local_endpoint().port();
    return {};
}

void Acceptor::Core::accept() {
    if (is_accepting || pause.is_running() || !acceptor.is_open()) return;
    is_accepting = true;
    acceptor.async_accept([self = shared_from_this(), number = epoch](error_code error, tcp::socket socket) {
        if (number == self->epoch) self->accepted(error, std::move(socket));
    });
}

void Acceptor::Core::accepted(error_code error, tcp::socket socket) {
    is_accepting = false;
    error_code gone;
    const tcp::endpoint peer = error ? tcp::endpoint() : socket.remote_endpoint(gone);
    if (gone) return accept();  // the peer has left already
    if (!error) socket.native_non_blocking(true, error);
    if (error) return pause.start(pause_time, [this] { accept(); });
    on_accepted({std::make_unique<AcceptedSocket::Handle>(std::move(socket)), to_string(peer)});
}

void Acceptor::Core::close() {
    ++epoch;
    is_accepting = false;
    pause.cancel();
    error_code ignored;
    acceptor.close(ignored);
}

AcceptedSocket::AcceptedSocket(std::unique_ptr<Handle> handle, std::string peer)
    : handle_(std::move(handle)), peer_(std::move(peer)) {}
AcceptedSocket::AcceptedSocket(AcceptedSocket&& other) noexcept = default;
AcceptedSocket& AcceptedSocket::operator=(AcceptedSocket&& other) noexcept = default;
AcceptedSocket::~AcceptedSocket() = default;

std::unique_ptr<AcceptedSocket::Handle> AcceptedSocket::release() { return std::move(handle_); }

Acceptor::Acceptor(EventLoop& loop, OnAccepted on_accepted)
    : core_(std::make_shared<Core>(loop, std::move(on_accepted))) {}

Acceptor::~Acceptor() { close(); }

Status Acceptor::listen(const Endpoint& endpoint) { return core_->listen(endpoint); }

void Acceptor::accept() { core_->accept(); }

void Acceptor::close() { core_->close(); }

bool Acceptor::is_listening() const { return core_->acceptor.is_open(); }

std::uint16_t Acceptor::port() const { return core_->port; }

}  // namespace outflow::net
