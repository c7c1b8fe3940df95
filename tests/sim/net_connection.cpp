// net/connection.h in a simulated world: the same promises to its listener, on sim::Socket.
#include "net/connection.h"

#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "accepted_handle.h"
#include "base/assert.h"
#include "loop_access.h"
#include "net/reason.h"
#include "process.h"
#include "world.h"

namespace outflow::net {

struct Connection::Core : std::enable_shared_from_this<Connection::Core> {
    Core(EventLoop& loop, Listener& the_listener, ConnectionOptions the_options)
        : process(LoopAccess::core(loop).process), listener(the_listener), options(the_options) {}

    void connected(Result<sim::Socket> result);
    void opened(sim::Socket the_socket);
    void watch_input();
    void watch_output();
    void input_ready();
    void announce_output();
    void send_now();
    void lose(ErrorCode code, const std::string& reason);
    void sending_failed(int error);
    void drain();
    void tell_closed();
    void drop(bool with_reset);

    // Calls it from the loop unless the connection is closed before.
    template <class Function>
    std::function<void()> unless_closed(Function function) {
        return [self = shared_from_this(), number = epoch, function] {
            if (number == self->epoch) function(*self);
        };
    }

    sim::Process& process;
    Listener& listener;
    const ConnectionOptions options;
    sim::Socket socket;
    std::uint64_t attempt = 0;  // of connecting
    State state = State::closed;
    std::uint64_t epoch = 0;
    std::string peer;
    std::string output;
    std::size_t announced = 0;  // bytes of it that oracles know of
    bool output_is_watched = false;
    bool output_ends = false;
    bool input_is_watched = false;
    bool input_is_wanted = false;
    bool would_block_seen = false;
    bool is_lost = false;
    bool cannot_send = false;
    Error why{ErrorCode::closed, {}};
};

void Connection::Core::connected(Result<sim::Socket> result) {
    const auto self = shared_from_this();  // the listener may destroy the connection
    if (!result) {
        drop(false);
        listener.on_connect_failed(result.error());
        return;
    }
    opened(std::move(*result));
    listener.on_connected();
}

void Connection::Core::opened(sim::Socket the_socket) {
    socket = std::move(the_socket);
    socket.set_user_timeout(options.user_timeout);
    peer = socket.peer();
    state = State::open;
}

void Connection::Core::watch_input() {
    input_is_watched = true;
    socket.when_readable(unless_closed([](Core& self) {
        self.input_is_watched = false;
        self.input_ready();
    }));
}

void Connection::Core::input_ready() {
    if (!input_is_wanted || is_lost) return;
    input_is_wanted = false;
    listener.on_readable();
}

void Connection::Core::watch_output() {
    output_is_watched = true;
    socket.when_writable(unless_closed([](Core& self) {
        self.output_is_watched = false;
        self.send_now();
    }));
}

void Connection::Core::announce_output() {
    if (state != State::open || output.size() == announced) return;
    socket.announce(std::string_view(output).substr(announced));
    announced = output.size();
}

void Connection::Core::send_now() {
    announce_output();
    if (state != State::open || is_lost || cannot_send || output_is_watched) return;
    if (!output.empty()) {
        const std::int64_t result = socket.transmit(output);
        if (result < 0 && result != -EAGAIN) return sending_failed(static_cast<int>(-result));
        if (result > 0) {
            output.erase(0, static_cast<std::size_t>(result));
            announced = output.size();
        }
    }
    if (!output.empty()) watch_output();
    else if (output_ends) socket.end_output();
}

void Connection::Core::lose(ErrorCode code, const std::string& reason) {
    if (is_lost) return;
    is_lost = true;
    if (!cannot_send) why = {code, fmt::format("connection to {}: {}", peer, reason)};
    process.loop().post(unless_closed([](Core& self) { self.tell_closed(); }));
}

void Connection::Core::sending_failed(int error) {
    cannot_send = true;
    would_block_seen = false;
    why = error == EPIPE
              ? Error{ErrorCode::closed, fmt::format("connection to {}: closed by the peer", peer)}
              : Error{ErrorCode::network_error, fmt::format("connection to {}: {}", peer, system_reason(error))};
    process.loop().post(unless_closed([](Core& self) { self.drain(); }));
}

void Connection::Core::drain() {
    if (is_lost) return;
    if (!input_is_wanted || would_block_seen) return tell_closed();
    process.loop().post(unless_closed([](Core& self) { self.drain(); }));
    input_ready();
}

void Connection::Core::tell_closed() {
    const auto self = shared_from_this();
    const Error error = why;
    drop(false);
    listener.on_closed(error);
}

void Connection::Core::drop(bool with_reset) {
    ++epoch;
    if (attempt != 0) sim::World::current().network().give_up(std::exchange(attempt, 0));
    if (!process.is_dead()) socket.close(with_reset);
    socket = {};
    state = State::closed;
    peer.clear();
    output.clear();
    announced = 0;
    output_is_watched = output_ends = input_is_watched = input_is_wanted = is_lost = cannot_send = false;
}

Connection::Connection(EventLoop& loop, Listener& listener, ConnectionOptions options)
    : core_(std::make_shared<Core>(loop, listener, options)) {
    ++core_->process.holdings.connections;
}

Connection::~Connection() {
    close();
    --core_->process.holdings.connections;
}

void Connection::open(const Endpoint& endpoint, std::chrono::milliseconds timeout) {
    Core& core = *core_;
    OUTFLOW_ASSERT(core.state == State::closed);
    core.output.clear();
    core.state = State::connecting;
    if (core.process.is_dead()) return;
    core.attempt = sim::World::current().network().connect(core.process, endpoint, timeout,
                                                           [self = core_](Result<sim::Socket> result) {
                                                               self->attempt = 0;
                                                               self->connected(std::move(result));
                                                           });
}

void Connection::adopt(AcceptedSocket socket) {
    Core& core = *core_;
    OUTFLOW_ASSERT(core.state == State::closed);
    core.output.clear();
    core.opened(std::exchange(socket.release()->socket, {}));
}

Connection::ReadResult Connection::read(char* into, std::size_t size) {
    Core& core = *core_;
    OUTFLOW_ASSERT(size > 0);
    if (core.state != State::open || core.is_lost) return {ReadResult::Kind::closed};
    const std::int64_t result = core.socket.receive(into, size);
    if (result > 0) return {ReadResult::Kind::bytes, static_cast<std::size_t>(result)};
    if (result == -EAGAIN) {
        core.would_block_seen = true;
        return {ReadResult::Kind::would_block};
    }
    if (result == 0) core.lose(ErrorCode::closed, "closed by the peer");
    else core.lose(ErrorCode::network_error, system_reason(static_cast<int>(-result)));
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

std::size_t Connection::unsent_bytes() const { return core_->output.size(); }

void Connection::close() {
    Core& core = *core_;
    if (core.state == State::open && !core.is_lost && !core.process.is_dead()) {
        if (!core.cannot_send && !core.output.empty()) static_cast<void>(core.socket.transmit(core.output));
        core.socket.end_output();
        // What was not read would turn the end of the stream into a reset.
        std::array<char, 4096> block;
        while (core.socket.receive(block.data(), block.size()) > 0) {}
    }
    core.drop(false);
}

void Connection::abort() { core_->drop(true); }

Connection::State Connection::state() const { return core_->state; }

std::string_view Connection::peer() const { return core_->peer; }

}  // namespace outflow::net
