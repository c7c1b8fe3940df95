// net/socket.h in a simulated world: the same promises to its owner, on sim::Socket.
#include "net/socket.h"

#include <array>
#include <cerrno>
#include <utility>

#include "accepted_handle.h"
#include "base/assert.h"
#include "loop_access.h"
#include "process.h"
#include "world.h"

namespace outflow::net {

struct Socket::Core : std::enable_shared_from_this<Socket::Core> {
    Core(EventLoop& loop, Owner& its_owner) : process(LoopAccess::core(loop).process), owner(its_owner) {}

    // Calls it from the loop unless the socket is closed before.
    template <class Function>
    std::function<void()> unless_closed(Function function) {
        return [self = shared_from_this(), number = epoch, function] {
            if (number == self->epoch) function(*self);
        };
    }

    sim::Process& process;
    Owner& owner;
    sim::Socket socket;
    bool is_connected = false;
    std::uint64_t attempt = 0;  // of connecting
    std::uint64_t epoch = 0;
    std::string peer;
    bool counts_decrypted = false;
};

Socket::Socket(EventLoop& loop, Owner& owner) : core_(std::make_shared<Core>(loop, owner)) {
    ++core_->process.holdings.connections;
}

Socket::~Socket() {
    close(false);
    --core_->process.holdings.connections;
}

void Socket::connect(const Endpoint& endpoint, std::chrono::milliseconds timeout) {
    Core& core = *core_;
    OUTFLOW_ASSERT(!core.is_connected);
    if (core.process.is_dead()) return;
    core.attempt = sim::World::current().network().connect(core.process, endpoint, timeout,
                                                           [self = core_](Result<sim::Socket> result) {
                                                               self->attempt = 0;
                                                               if (!result) {
                                                                   Error error = std::move(result).error();
                                                                   self->owner.on_socket_connected(failed(error));
                                                                   return;
                                                               }
                                                               self->socket = std::move(*result);
                                                               self->peer = self->socket.peer();
                                                               self->is_connected = true;
                                                               self->owner.on_socket_connected({});
                                                           });
}

void Socket::adopt(AcceptedSocket accepted) {
    Core& core = *core_;
    OUTFLOW_ASSERT(!core.is_connected);
    core.socket = std::exchange(accepted.release()->socket, {});
    core.peer = core.socket.peer();
    core.is_connected = true;
}

void Socket::set_user_timeout(std::chrono::milliseconds timeout) { core_->socket.set_user_timeout(timeout); }

std::int64_t Socket::receive(char* into, std::size_t size) {
    const std::int64_t result = core_->socket.receive(into, size);
    if (result > 0 && !core_->counts_decrypted) core_->socket.count_read(static_cast<std::size_t>(result));
    return result;
}

std::int64_t Socket::transmit(std::string_view bytes) { return core_->socket.transmit(bytes); }
void Socket::announce(std::string_view bytes) { core_->socket.announce(bytes); }

void Socket::note_decrypted(std::size_t bytes) {
    core_->counts_decrypted = true;
    core_->socket.count_read(bytes);
}

void Socket::wait_readable() {
    core_->socket.when_readable(core_->unless_closed([](Core& self) { self.owner.on_socket_readable(); }));
}

void Socket::wait_writable() {
    core_->socket.when_writable(core_->unless_closed([](Core& self) { self.owner.on_socket_writable(); }));
}

void Socket::end_output() { core_->socket.end_output(); }

void Socket::close(bool with_reset) {
    Core& core = *core_;
    ++core.epoch;
    if (core.attempt != 0) sim::World::current().network().give_up(std::exchange(core.attempt, 0));
    if (core.is_connected && !core.process.is_dead()) {
        // What was not read would turn the end of the stream into a reset.
        std::array<char, 4096> block;
        while (!with_reset && core.socket.receive(block.data(), block.size()) > 0) {}
        core.socket.close(with_reset);
    }
    core.socket = {};
    core.is_connected = false;
    core.counts_decrypted = false;
    core.peer.clear();
}

const std::string& Socket::peer() const { return core_->peer; }

}  // namespace outflow::net
