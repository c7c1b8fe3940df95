// net/acceptor.h in a simulated world.
#include "net/acceptor.h"

#include <utility>

#include "accepted_handle.h"
#include "base/assert.h"
#include "loop_access.h"
#include "process.h"
#include "world.h"

namespace outflow::net {

struct Acceptor::Core : std::enable_shared_from_this<Acceptor::Core> {
    Core(EventLoop& loop, OnAccepted the_function)
        : process(LoopAccess::core(loop).process), on_accepted(std::move(the_function)) {}

    // Like every wait for the system: it ends in a turn of its own, and means nothing when it was given up before.
    void look() {
        sim::Socket socket;
        if (!is_accepting || port == 0 || process.is_dead()) return;
        if (!sim::World::current().network().take_waiting(process.host().address, port, socket)) return;
        is_accepting = false;
        auto handle = std::make_unique<AcceptedSocket::Handle>();
        handle->socket = std::move(socket);
        std::string peer = handle->socket.peer();
        on_accepted({std::move(handle), std::move(peer)});
    }

    sim::Process& process;
    OnAccepted on_accepted;
    bool is_accepting = false;
    std::uint16_t port = 0;  // 0: not listening
    std::uint16_t last_port = 0;
};

AcceptedSocket::AcceptedSocket(std::unique_ptr<Handle> handle, std::string peer)
    : handle_(std::move(handle)), peer_(std::move(peer)) {}
AcceptedSocket::AcceptedSocket(AcceptedSocket&& other) noexcept = default;
AcceptedSocket& AcceptedSocket::operator=(AcceptedSocket&& other) noexcept = default;
AcceptedSocket::~AcceptedSocket() = default;

std::unique_ptr<AcceptedSocket::Handle> AcceptedSocket::release() { return std::move(handle_); }

Acceptor::Acceptor(EventLoop& loop, OnAccepted on_accepted)
    : core_(std::make_shared<Core>(loop, std::move(on_accepted))) {
    ++core_->process.holdings.acceptors;
}

Acceptor::~Acceptor() {
    close();
    --core_->process.holdings.acceptors;
}

Status Acceptor::listen(const Endpoint& endpoint) {
    OUTFLOW_ASSERT(core_->port == 0);
    std::uint16_t port = endpoint.port;
    const std::weak_ptr<Core> waiting = core_;
    Status listening =
        sim::World::current().network().listen(core_->process, core_->process.host().address, port, [waiting] {
            if (const std::shared_ptr<Core> core = waiting.lock()) core->look();
        });
    if (listening) core_->port = core_->last_port = port;
    return listening;
}

void Acceptor::accept() {
    if (core_->port == 0 || core_->process.is_dead()) return;
    core_->is_accepting = true;
    core_->process.wake([core = core_] { core->look(); });
}

void Acceptor::close() {
    core_->is_accepting = false;
    const std::uint16_t port = std::exchange(core_->port, std::uint16_t{0});
    if (port == 0 || core_->process.is_dead()) return;
    sim::World::current().network().stop_listening(core_->process.host().address, port);
}

bool Acceptor::is_listening() const { return core_->port != 0; }

std::uint16_t Acceptor::port() const { return core_->last_port; }

}  // namespace outflow::net
