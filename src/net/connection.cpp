#include "net/connection.h"

#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "net/reason.h"
#include "net/socket.h"
#include "net/timer.h"
#include "net/tls_stream.h"

namespace outflow::net {
namespace {

constexpr std::size_t compact_bytes = 64 * 1024;  // sent output is dropped from the buffer from here on
constexpr std::size_t wire_block = 16 * 1024;     // read at once of what TLS decrypts: a record, about
constexpr int wire_blocks_max = 2;                // read without a byte for the reader: then others have their turn
constexpr std::size_t replies_max = 64 * 1024;    // that TLS gives by itself to a peer that does not read them

}  // namespace

// Without TLS `output` leaves as it is. With it, `wire` does: what OpenSSL made of the output, and what it has to say itself.
struct Connection::Core final : std::enable_shared_from_this<Connection::Core>, Socket::Owner {
    Core(EventLoop& its_loop, Listener& the_listener, ConnectionOptions the_options)
        : loop(its_loop),
          listener(the_listener),
          options(the_options),
          socket(std::make_unique<Socket>(its_loop, *this)),
          handshake_timer(std::make_unique<Timer>(its_loop)) {}

    void on_socket_connected(Status connected) override;
    void on_socket_readable() override;
    void on_socket_writable() override;
    Status begin_tls(std::string name);
    void shake_hands();
    void refuse(Error error);
    void become_open();
    ReadResult read(char* into, std::size_t size);
    ReadResult read_tls(char* into, std::size_t size);
    bool take_wire();
    void want_read();
    void input_ready();
    void announce();
    void encrypt();
    void send_now();
    void finish_output();
    void lose(ErrorCode code, const std::string& reason);
    void sending_failed(int error);
    void drain();
    void tell_closed();
    void close();
    void drop(bool with_reset);

    std::string& leaving() { return tls ? wire : output; }
    std::string_view unsent() { return std::string_view(leaving()).substr(sent); }
    ReadResult end_of(std::int64_t result);

    // Runs `function` from the loop unless the connection is closed before.
    template <class Function>
    void post(Function function) {
        loop.post([self = shared_from_this(), number = epoch, function] {
            if (number == self->epoch) function(*self);
        });
    }

    EventLoop& loop;
    Listener& listener;
    const ConnectionOptions options;
    std::unique_ptr<Socket>
        socket;  // goes with the connection: what is posted may keep this longer than the loop lives
    State state = State::closed;
    bool is_up = false;       // the socket is connected
    std::uint64_t epoch = 0;  // counts the closings: what was under way before one means nothing afterwards

    Endpoint endpoint;  // of open()
    EventLoop::Clock::time_point open_by{};
    std::unique_ptr<TlsStream> tls;  // null: none
    std::string wire;
    std::size_t replies = 0;                 // bytes in it that TLS has to say itself, since it was empty
    std::unique_ptr<Timer> handshake_timer;  // as the socket

    std::string output;
    std::size_t sent = 0;       // bytes at the front of what is leaving that have left
    std::size_t announced = 0;  // bytes at the front of the output that the socket knows of
    bool output_is_watched = false;
    bool output_ends = false;  // end_output() was called
    bool tls_has_ended = false;
    bool input_is_watched = false;
    bool input_is_wanted = false;
    bool is_input_posted = false;   // what TLS holds is told of from the loop
    bool would_block_seen = false;  // nothing is left to read, since drain()
    bool is_lost = false;           // reading is over, on_closed is under way
    bool cannot_send = false;       // sending is over
    Error why{ErrorCode::closed, {}};
};

// --- opening

void Connection::Core::on_socket_connected(Status connected) {
    if (!connected) return refuse(std::move(connected).error());
    socket->set_user_timeout(options.user_timeout);
    is_up = true;
    if (!options.tls) return become_open();
    if (Status begun = begin_tls(options.tls->name_for(endpoint.host)); !begun) {
        const std::string where = fmt::format("connect to {}: ", to_string(endpoint));
        return refuse({begun.error().code, where + begun.error().context});
    }
    tls->start(wire);
    handshake_timer->start(open_by - loop.now(), [this] {
        const std::string where = fmt::format("connect to {}", to_string(endpoint));
        refuse({ErrorCode::timeout, where + ": timed out during the TLS handshake: is this the port for TLS?"});
    });
    shake_hands();
}

Status Connection::Core::begin_tls(std::string name) {
    TRY(std::shared_ptr<TlsContext> context, options.tls->context());
    tls = std::make_unique<TlsStream>(std::move(context), std::move(name));
    socket->note_decrypted(0);
    return {};
}

void Connection::Core::shake_hands() {
    const auto self = shared_from_this();
    const bool may_go_on = take_wire();
    send_now();
    switch (tls->state()) {
    case TlsStream::State::open: return become_open();
    case TlsStream::State::handshake:
        if (!may_go_on) break;
        input_is_watched = true;
        return socket->wait_readable();
    case TlsStream::State::ended:
    case TlsStream::State::failed: break;
    }
    tls->on_wire_closed();
    refuse({ErrorCode::tls_failed, fmt::format("connect to {}: {}", to_string(endpoint), tls->reason())});
}

void Connection::Core::refuse(Error error) {
    const auto self = shared_from_this();  // the listener may destroy the connection
    drop(false);
    listener.on_connect_failed(error);
}

void Connection::Core::become_open() {
    const auto self = shared_from_this();
    handshake_timer->cancel();
    state = State::open;
    listener.on_connected();
}

// --- reading

void Connection::Core::on_socket_readable() {
    input_is_watched = false;
    if (state == State::connecting) return shake_hands();
    input_ready();
}

void Connection::Core::input_ready() {
    if (!input_is_wanted || is_lost) return;
    const auto self = shared_from_this();
    input_is_wanted = false;
    listener.on_readable();
}

// What OpenSSL holds does not show at the socket.
void Connection::Core::want_read() {
    if (state != State::open || is_lost) return;
    input_is_wanted = true;
    if (tls && tls->has_more()) {
        if (std::exchange(is_input_posted, true)) return;
        return post([](Core& self) {
            self.is_input_posted = false;
            self.input_ready();
        });
    }
    if (std::exchange(input_is_watched, true)) return;
    socket->wait_readable();
}

Connection::ReadResult Connection::Core::read(char* into, std::size_t size) {
    if (state != State::open || is_lost) return {ReadResult::Kind::closed};
    if (tls) return read_tls(into, size);
    const std::int64_t result = socket->receive(into, size);
    if (result > 0) return {ReadResult::Kind::bytes, static_cast<std::size_t>(result)};
    return end_of(result);
}

Connection::ReadResult Connection::Core::end_of(std::int64_t result) {
    if (result == -EAGAIN) {
        would_block_seen = true;
        return {ReadResult::Kind::would_block};
    }
    if (result == 0) lose(ErrorCode::closed, "closed by the peer");
    else lose(ErrorCode::network_error, system_reason(static_cast<int>(-result)));
    return {ReadResult::Kind::closed};
}

// No more is taken of the wire than is needed for bytes to read: what a peer sends without being asked stays at its side.
Connection::ReadResult Connection::Core::read_tls(char* into, std::size_t size) {
    bool is_cut = false;
    for (int blocks = 0;; ++blocks) {
        const std::size_t before = wire.size();
        const std::size_t got = tls->read(into, size, wire);
        replies += wire.size() - before;
        if (got > 0) {
            socket->note_decrypted(got);
            return {ReadResult::Kind::bytes, got};
        }
        if (tls->state() == TlsStream::State::ended) return end_of(0);
        if (tls->state() == TlsStream::State::failed) {
            send_now();  // it says why to the peer
            lose(is_cut ? ErrorCode::closed : ErrorCode::tls_failed, tls->reason());
            return {ReadResult::Kind::closed};
        }
        // New keys, as often as it likes: a peer may ask for them, and read no answer.
        if (replies > replies_max) {
            lose(ErrorCode::tls_failed, "the other side makes TLS answer, and does not read the answers");
            return {ReadResult::Kind::closed};
        }
        if (blocks == wire_blocks_max) {
            send_now();
            return {ReadResult::Kind::would_block};
        }
        std::array<char, wire_block> block;
        const std::int64_t result = socket->receive(block.data(), block.size());
        if (result > 0) {
            tls->take({block.data(), static_cast<std::size_t>(result)}, wire);
            continue;
        }
        if (unsent().size() > 0 || !output.empty()) send_now();  // of a handshake, and what has waited for it
        if (result == 0) {
            is_cut = tls->state() == TlsStream::State::open;  // many peers end so: no failure of TLS
            tls->on_wire_closed();
            continue;
        }
        return end_of(result);
    }
}

// All that has come, during the handshake. False: nothing comes any more.
bool Connection::Core::take_wire() {
    for (int blocks = 0; blocks < wire_blocks_max && tls->state() == TlsStream::State::handshake; ++blocks) {
        std::array<char, wire_block> block;
        const std::int64_t result = socket->receive(block.data(), block.size());
        if (result <= 0) return result == -EAGAIN;
        tls->take({block.data(), static_cast<std::size_t>(result)}, wire);
    }
    return true;
}

// --- sending

void Connection::Core::on_socket_writable() {
    output_is_watched = false;
    send_now();
}

void Connection::Core::announce() {
    if (announced < output.size()) socket->announce(std::string_view(output).substr(announced));
    announced = output.size();
}

void Connection::Core::encrypt() {
    if (output.empty() || tls->state() != TlsStream::State::open || state != State::open) return;
    tls->write(output, wire);
    output.clear();
    announced = 0;
    if (output.capacity() > options.output_bytes_kept) output.shrink_to_fit();
}

void Connection::Core::send_now() {
    if (!is_up) return;
    announce();
    if (tls) encrypt();
    if (is_lost || cannot_send || output_is_watched) return;
    std::string& bytes = leaving();
    if (sent < bytes.size()) {
        const std::int64_t result = socket->transmit(unsent());
        if (result < 0 && result != -EAGAIN) return sending_failed(static_cast<int>(-result));
        if (result > 0) sent += static_cast<std::size_t>(result);
    }
    if (sent == bytes.size()) {
        bytes.clear();
        sent = 0;
        replies = 0;
        if (!tls) announced = 0;
        if (bytes.capacity() > options.output_bytes_kept) bytes.shrink_to_fit();
        if (output_ends) finish_output();
        return;
    }
    if (sent >= compact_bytes && sent > bytes.size() / 2) {
        bytes.erase(0, sent);
        if (!tls) announced -= sent;
        sent = 0;
    }
    output_is_watched = true;
    socket->wait_writable();
}

void Connection::Core::finish_output() {
    if (tls && !std::exchange(tls_has_ended, true)) {
        tls->end(wire);
        return send_now();
    }
    socket->end_output();
}

void Connection::Core::lose(ErrorCode code, const std::string& reason) {
    if (is_lost) return;
    is_lost = true;
    // That nothing can be sent is the smaller news: the peer may have said why, and then closed.
    if (!cannot_send || code == ErrorCode::tls_failed)
        why = {code, fmt::format("connection to {}: {}", socket->peer(), reason)};
    post([](Core& self) { self.tell_closed(); });
}

// The peer may have said why it closes before it closed: what has arrived is read first, if the listener wants to.
void Connection::Core::sending_failed(int error) {
    cannot_send = true;
    would_block_seen = false;
    why = error == EPIPE ? Error{ErrorCode::closed, fmt::format("connection to {}: closed by the peer", socket->peer())}
                         : Error{ErrorCode::network_error,
                                 fmt::format("connection to {}: {}", socket->peer(), system_reason(error))};
    post([](Core& self) { self.drain(); });
}

void Connection::Core::drain() {
    if (is_lost) return;
    if (state == State::connecting)  // during the handshake
        return refuse({why.code, fmt::format("connect to {}: {}", to_string(endpoint), why.context)});
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

// In order: one more try to send, then the end of the stream.
void Connection::Core::close() {
    if (state == State::open && !is_lost) {
        if (tls) {
            announce();
            encrypt();
            if (!std::exchange(tls_has_ended, true)) tls->end(wire);
        }
        if (!cannot_send && !unsent().empty()) static_cast<void>(socket->transmit(unsent()));
        socket->end_output();
    }
    drop(false);
}

// Back to `closed`, whatever it was.
void Connection::Core::drop(bool with_reset) {
    ++epoch;
    handshake_timer->cancel();
    socket->close(with_reset);
    state = State::closed;
    is_up = false;
    tls.reset();
    wire.clear();
    output.clear();
    sent = announced = replies = 0;
    output_is_watched = output_ends = tls_has_ended = false;
    input_is_watched = input_is_wanted = is_input_posted = is_lost = cannot_send = false;
}

Connection::Connection(EventLoop& loop, Listener& listener, ConnectionOptions options)
    : core_(std::make_shared<Core>(loop, listener, options)) {}

Connection::~Connection() {
    close();
    core_->handshake_timer.reset();
    core_->socket.reset();
}

void Connection::open(const Endpoint& endpoint, std::chrono::milliseconds timeout) {
    Core& core = *core_;
    OUTFLOW_ASSERT(core.state == State::closed);
    core.output.clear();
    core.state = State::connecting;
    core.endpoint = endpoint;
    core.open_by = core.loop.now() + timeout;
    core.socket->connect(endpoint, timeout);
}

void Connection::adopt(AcceptedSocket socket) {
    Core& core = *core_;
    OUTFLOW_ASSERT(core.state == State::closed);
    core.output.clear();
    core.socket->adopt(std::move(socket));
    core.socket->set_user_timeout(core.options.user_timeout);
    core.is_up = true;
    core.state = State::open;
    if (!core.options.tls) return;
    if (Status begun = core.begin_tls({}); !begun) core.lose(begun.error().code, begun.error().context);
}

Connection::ReadResult Connection::read(char* into, std::size_t size) {
    OUTFLOW_ASSERT(size > 0);
    return core_->read(into, size);
}

void Connection::want_read() { core_->want_read(); }

std::string& Connection::output() { return core_->output; }

void Connection::flush() {
    if (core_->state == State::open) core_->send_now();
}

void Connection::end_output() {
    core_->output_ends = true;
    flush();
}

std::size_t Connection::unsent_bytes() const { return core_->output.size() + core_->wire.size() - core_->sent; }

void Connection::close() { core_->close(); }

void Connection::abort() { core_->drop(true); }

Connection::State Connection::state() const { return core_->state; }

std::string_view Connection::peer() const { return core_->socket->peer(); }

}  // namespace outflow::net
