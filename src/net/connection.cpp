#include "net/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <fmt/format.h>

#include "base/assert.h"
#include "net/accepted_socket.h"
#include "net/dialer.h"
#include "net/loop_access.h"
#include "net/reason.h"

namespace outflow::net {
namespace {

using boost::asio::ip::tcp;

constexpr std::size_t compact_bytes = 64 * 1024;        // sent output is dropped from the buffer from here on
constexpr std::size_t discard_bytes_max = 1024 * 1024;  // of unread input, when closing

void set_option(int socket, int level, int name, int value) {
    // None of these options is worth failing for; a kernel that lacks one keeps its default.
    static_cast<void>(::setsockopt(socket, level, name, &value, sizeof value));
}

void set_options(int socket, std::chrono::milliseconds user_timeout) {
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    if (user_timeout.count() <= 0) return;
    const int seconds = static_cast<int>(std::clamp<std::int64_t>(user_timeout.count() / 1'000, 4, 3'600));
    set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(user_timeout.count()));
    set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, seconds / 2);
    set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, seconds / 4);
    set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 2);
}

// recv() and send() that are never interrupted; -errno on failure.
ssize_t receive(int socket, char* into, std::size_t size) {
    while (true) {
        const ssize_t got = ::recv(socket, into, size, MSG_DONTWAIT);
        if (got >= 0) return got;
        if (errno != EINTR) return -errno;
    }
}

ssize_t transmit(int socket, std::string_view bytes) {
    while (true) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) return sent;
        if (errno != EINTR) return -errno;
    }
}

bool would_block(ssize_t result) { return result == -EAGAIN || result == -EWOULDBLOCK; }

// What the peer sent and nobody read turns the end of the stream into a reset, which can destroy what is on its way.
void discard_input(int socket) {
    std::array<char, 16 * 1024> block;
    for (std::size_t total = 0; total < discard_bytes_max; total += block.size()) {
        if (receive(socket, block.data(), block.size()) <= 0) return;
    }
}

}  // namespace

struct Connection::Core : std::enable_shared_from_this<Connection::Core> {
    Core(EventLoop& loop, Listener& the_listener, ConnectionOptions the_options)
        : listener(the_listener),
          options(the_options),
          context(LoopAccess::context(loop)),
          dialer(std::make_shared<Dialer>(loop)),
          socket(context) {}

    void dialed(Result<Dialed> result);
    void opened(std::string the_peer);
    void watch_input();
    void watch_output();
    void input_ready();
    void send_now();
    void lose(ErrorCode code, const std::string& reason);
    void sending_failed(int error);
    void drain();
    void tell_closed();
    void drop(bool with_reset);

    // Runs `function` from the loop unless the connection is closed before.
    template <class Function>
    void post(Function function) {
        boost::asio::post(context, [self = shared_from_this(), number = epoch, function] {
            if (number == self->epoch) function(*self);
        });
    }

    Listener& listener;
    const ConnectionOptions options;
    boost::asio::io_context& context;
    const std::shared_ptr<Dialer> dialer;
    tcp::socket socket;
    int descriptor = -1;
    State state = State::closed;
    std::uint64_t epoch = 0;  // counts the closings: what was under way before one means nothing afterwards
    std::string peer;

    std::string output;
    std::size_t sent = 0;  // bytes at the front of `output` that have left
    bool output_is_watched = false;
    bool output_ends = false;  // end_output() was called
    bool input_is_watched = false;
    bool input_is_wanted = false;
    bool would_block_seen = false;  // nothing is left to read, since drain()
    bool is_lost = false;           // reading is over, on_closed is under way
    bool cannot_send = false;       // sending is over
    Error why{ErrorCode::closed, {}};
};

void Connection::Core::dialed(Result<Dialed> result) {
    const auto self = shared_from_this();  // the listener may destroy the connection
    if (!result) {
        drop(false);
        listener.on_connect_failed(result.error());
        return;
    }
    socket = std::move(result->socket);
    opened(std::move(result->peer));
    listener.on_connected();
}

void Connection::Core::opened(std::string the_peer) {
    descriptor = socket.native_handle();
    peer = std::move(the_peer);
    set_options(descriptor, options.user_timeout);
    state = State::open;
}

void Connection::Core::watch_input() {
    input_is_watched = true;
    socket.async_wait(tcp::socket::wait_read, [self = shared_from_this(), number = epoch](const auto&) {
        if (number != self->epoch) return;
        self->input_is_watched = false;
        self->input_ready();
    });
}

void Connection::Core::input_ready() {
    if (!input_is_wanted || is_lost) return;
    input_is_wanted = false;
    listener.on_readable();
}

void Connection::Core::watch_output() {
    output_is_watched = true;
    socket.async_wait(tcp::socket::wait_write, [self = shared_from_this(), number = epoch](const auto&) {
        if (number != self->epoch) return;
        self->output_is_watched = false;
        self->send_now();
    });
}

void Connection::Core::send_now() {
    if (state != State::open || is_lost || cannot_send || output_is_watched) return;
    if (sent < output.size()) {
        const ssize_t result = transmit(descriptor, std::string_view(output).substr(sent));
        if (result < 0 && !would_block(result)) return sending_failed(static_cast<int>(-result));
        if (result > 0) sent += static_cast<std::size_t>(result);
    }
    if (sent == output.size()) {
        output.clear();
        sent = 0;
        if (output.capacity() > options.output_bytes_kept) output.shrink_to_fit();
        if (output_ends) static_cast<void>(::shutdown(descriptor, SHUT_WR));
        return;
    }
    if (sent >= compact_bytes && sent > output.size() / 2) {
        output.erase(0, sent);
        sent = 0;
    }
    watch_output();
}

void Connection::Core::lose(ErrorCode code, const std::string& reason) {
    if (is_lost) return;
    is_lost = true;
    if (!cannot_send) why = {code, fmt::format("connection to {}: {}", peer, reason)};
    post([](Core& self) { self.tell_closed(); });
}

// The peer may have said why it closes before it closed: what has arrived is read first, if the listener wants to.
void Connection::Core::sending_failed(int error) {
    cannot_send = true;
    would_block_seen = false;
    why = error == EPIPE
              ? Error{ErrorCode::closed, fmt::format("connection to {}: closed by the peer", peer)}
              : Error{ErrorCode::network_error, fmt::format("connection to {}: {}", peer, system_reason(error))};
    post([](Core& self) { self.drain(); });
}

void Connection::Core::drain() {
    if (is_lost) return;
    if (!input_is_wanted || would_block_seen) return tell_closed();
    post([](Core& self) { self.drain(); });
    input_ready();
}

void Connection::Core::tell_closed() {
    const auto self = shared_from_this();
    const Error error = why;
    drop(false);
    listener.on_closed(error);
}

// Back to `closed`, whatever it was.
void Connection::Core::drop(bool with_reset) {
    ++epoch;
    dialer->cancel();
    if (with_reset && state == State::open) {
        const linger reset{.l_onoff = 1, .l_linger = 0};
        static_cast<void>(::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
    }
    boost::system::error_code ignored;
    socket.close(ignored);
    descriptor = -1;
    state = State::closed;
    peer.clear();
    output.clear();
    sent = 0;
    output_is_watched = output_ends = input_is_watched = input_is_wanted = is_lost = cannot_send = false;
}

Connection::Connection(EventLoop& loop, Listener& listener, ConnectionOptions options)
    : core_(std::make_shared<Core>(loop, listener, options)) {}

Connection::~Connection() {
    close();
    core_->dialer->detach();
}

void Connection::open(const Endpoint& endpoint, std::chrono::milliseconds timeout) {
    Core& core = *core_;
    OUTFLOW_ASSERT(core.state == State::closed);
    core.output.clear();
    core.state = State::connecting;
    core.dialer->start(endpoint, timeout, [&core](Result<Dialed> result) { core.dialed(std::move(result)); });
}

void Connection::adopt(AcceptedSocket socket) {
    Core& core = *core_;
    OUTFLOW_ASSERT(core.state == State::closed);
    core.output.clear();
    core.socket = std::move(socket.release()->socket);
    core.opened(socket.peer());
}

Connection::ReadResult Connection::read(char* into, std::size_t size) {
    Core& core = *core_;
    OUTFLOW_ASSERT(size > 0);
    if (core.state != State::open || core.is_lost) return {ReadResult::Kind::closed};
    const ssize_t result = receive(core.descriptor, into, size);
    if (result > 0) return {ReadResult::Kind::bytes, static_cast<std::size_t>(result)};
    if (would_block(result)) {
        core.would_block_seen = true;
        return {ReadResult::Kind::would_block};
    }
    if (result == 0) {
        core.lose(ErrorCode::closed, "closed by the peer");
    } else {
        core.lose(ErrorCode::network_error, system_reason(static_cast<int>(-result)));
    }
    return {ReadResult::Kind::closed};
}

void Connection::want_read() {
    if (core_->state != State::open || core_->is_lost) return;
    core_->input_is_wanted = true;
    if (!core_->input_is_watched) core_->watch_input();
}

std::string& Connection::output() { return core_->output; }

void Connection::flush() { core_->send_now(); }

void Connection::end_output() {
    core_->output_ends = true;
    core_->send_now();
}

std::size_t Connection::unsent_bytes() const { return core_->output.size() - core_->sent; }

void Connection::close() {
    Core& core = *core_;
    if (core.state == State::open && !core.is_lost) {
        if (!core.cannot_send && unsent_bytes() > 0) {
            static_cast<void>(transmit(core.descriptor, std::string_view(core.output).substr(core.sent)));
        }
        static_cast<void>(::shutdown(core.descriptor, SHUT_WR));
        discard_input(core.descriptor);
    }
    core.drop(false);
}

void Connection::abort() { core_->drop(true); }

Connection::State Connection::state() const { return core_->state; }

std::string_view Connection::peer() const { return core_->peer; }

}  // namespace outflow::net
