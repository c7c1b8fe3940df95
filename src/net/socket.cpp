#include "net/socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>

#include "base/assert.h"
#include "net/accepted_socket.h"
#include "net/dialer.h"
#include "net/loop_access.h"

namespace outflow::net {
namespace {

using boost::asio::ip::tcp;

constexpr std::size_t discard_bytes_max = 1024 * 1024;  // of unread input, when closing

void set_option(int socket, int level, int name, int value) {
    // None of these options is worth failing for; a kernel that lacks one keeps its default.
    static_cast<void>(::setsockopt(socket, level, name, &value, sizeof value));
}

// recv() and send() that are never interrupted; -errno on failure.
ssize_t receive_from(int socket, char* into, std::size_t size) {
    while (true) {
        const ssize_t got = ::recv(socket, into, size, MSG_DONTWAIT);
        if (got >= 0) return got;
        if (errno != EINTR) return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    }
}

}  // namespace

struct Socket::Core : std::enable_shared_from_this<Socket::Core> {
    Core(EventLoop& loop, Owner& its_owner)
        : owner(its_owner), dialer(std::make_shared<Dialer>(loop)), socket(LoopAccess::context(loop)) {}

    void connected(tcp::socket the_socket, std::string the_peer) {
        socket = std::move(the_socket);
        descriptor = socket.native_handle();
        peer = std::move(the_peer);
        set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
        set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
    }

    Owner& owner;
    const std::shared_ptr<Dialer> dialer;
    tcp::socket socket;
    int descriptor = -1;
    std::uint64_t epoch = 0;  // counts the closings: what was under way before one means nothing afterwards
    std::string peer;
};

Socket::Socket(EventLoop& loop, Owner& owner) : core_(std::make_shared<Core>(loop, owner)) {}

Socket::~Socket() {
    close(false);
    core_->dialer->detach();
}

void Socket::connect(const Endpoint& endpoint, std::chrono::milliseconds timeout) {
    OUTFLOW_ASSERT(core_->descriptor < 0);
    core_->dialer->start(endpoint, timeout, [&core = *core_](Result<Dialed> result) {
        const auto self = core.shared_from_this();  // the owner may destroy it
        if (!result) return core.owner.on_socket_connected(failed(std::move(result).error()));
        core.connected(std::move(result->socket), std::move(result->peer));
        core.owner.on_socket_connected({});
    });
}

void Socket::adopt(AcceptedSocket accepted) {
    OUTFLOW_ASSERT(core_->descriptor < 0);
    std::string peer = accepted.peer();
    core_->connected(std::move(accepted.release()->socket), std::move(peer));
}

void Socket::set_user_timeout(std::chrono::milliseconds timeout) {
    if (timeout.count() <= 0) return;
    const int seconds = static_cast<int>(std::clamp<std::int64_t>(timeout.count() / 1'000, 4, 3'600));
    set_option(core_->descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(timeout.count()));
    set_option(core_->descriptor, IPPROTO_TCP, TCP_KEEPIDLE, seconds / 2);
    set_option(core_->descriptor, IPPROTO_TCP, TCP_KEEPINTVL, seconds / 4);
    set_option(core_->descriptor, IPPROTO_TCP, TCP_KEEPCNT, 2);
}

std::int64_t Socket::receive(char* into, std::size_t size) { return receive_from(core_->descriptor, into, size); }

std::int64_t Socket::transmit(std::string_view bytes) {
    while (true) {
        const ssize_t sent = ::send(core_->descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) return sent;
        if (errno != EINTR) return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    }
}

void Socket::announce(std::string_view) {}
void Socket::note_decrypted(std::size_t) {}

void Socket::wait_readable() {
    core_->socket.async_wait(tcp::socket::wait_read, [self = core_, number = core_->epoch](const auto&) {
        if (number == self->epoch) self->owner.on_socket_readable();
    });
}

void Socket::wait_writable() {
    core_->socket.async_wait(tcp::socket::wait_write, [self = core_, number = core_->epoch](const auto&) {
        if (number == self->epoch) self->owner.on_socket_writable();
    });
}

void Socket::end_output() { static_cast<void>(::shutdown(core_->descriptor, SHUT_WR)); }

// What the peer sent and nobody read turns the end of the stream into a reset, which can destroy what is on its way.
void Socket::close(bool with_reset) {
    Core& core = *core_;
    ++core.epoch;
    core.dialer->cancel();
    if (core.descriptor >= 0 && with_reset) {
        const linger reset{.l_onoff = 1, .l_linger = 0};
        static_cast<void>(::setsockopt(core.descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
    } else if (core.descriptor >= 0) {
        std::array<char, 16 * 1024> block;
        for (std::size_t total = 0; total < discard_bytes_max; total += block.size()) {
            if (receive_from(core.descriptor, block.data(), block.size()) <= 0) break;
        }
    }
    boost::system::error_code ignored;
    core.socket.close(ignored);
    core.descriptor = -1;
    core.peer.clear();
}

const std::string& Socket::peer() const { return core_->peer; }

}  // namespace outflow::net
