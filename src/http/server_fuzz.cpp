// A client of a whole server over loopback. Its bytes come in pieces or at once: the answers are the same, one for each
// request at most and whole, and the server is there afterwards.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "http/server.h"
#include "net/event_loop.h"

namespace {

using namespace outflow;
using namespace outflow::http;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Target {
    Target() : server(loop, limits()), hook(loop.on_turn_end([this] { end_turn(); })) {
        const Server::Handler echo = [](const Request& request) {
            return Response{.body = request.method + request.path + request.body};
        };
        server.fallback(echo);
        server.route("GET", "/x/{name}", echo);
        server.route("POST", "/later",
                     [this](Request, Responder responder) { waiting.push_back(std::move(responder)); });
        server.route("GET", "/stream", [this](const Request&, Responder responder) {
            streams.push_back(responder.stream({}));
            streams.back().write("first");
        });
        OUTFLOW_ASSERT(server.listen({.host = "127.0.0.1", .port = 0}));
    }
    static ServerLimits limits() {
        ServerLimits limits;
        limits.header_bytes_max = 1'024;
        limits.body_bytes_max = 300;
        return limits;
    }

    // One turn, though nothing may be ready.
    void turn() {
        hook.want_turn();
        loop.run();
    }
    void end_turn() {
        for (Responder& responder : std::exchange(waiting, {})) responder.respond({.body = "late"});
        for (ResponseStream& stream : std::exchange(streams, {})) {
            stream.write("last");
            stream.end();
        }
        loop.stop();
    }

    net::EventLoop loop;
    std::vector<Responder> waiting;
    std::vector<ResponseStream> streams;
    Server server;
    net::TurnHook hook;
};

// Its end is a reset, so that no port stays taken.
class Peer {
public:
    explicit Peer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        const int on = 1;  // else pieces wait for acknowledgements
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        OUTFLOW_ASSERT(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    ~Peer() { ::close(socket_); }
    Peer(const Peer&) = delete;

    void send(std::string_view bytes) { ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT); }
    bool receive() {
        char block[65'536];
        const ssize_t got = ::recv(socket_, block, sizeof block, MSG_DONTWAIT);
        if (got > 0) received.append(block, static_cast<std::size_t>(got));
        return got > 0;
    }

    std::string received;

private:
    int socket_;
};

// Until nothing has happened in some turns, and for as long as `patience`.
void settle(Target& target, Peer& peer, milliseconds patience) {
    auto heard_at = steady_clock::now();
    for (int quiet = 0; quiet < 4 || steady_clock::now() < heard_at + patience; ++quiet) {
        target.turn();
        if (!peer.receive()) continue;
        quiet = 0;
        heard_at = steady_clock::now();
    }
}

std::string without_dates(std::string text) {
    for (std::size_t at = text.find("\r\nDate: "); at != std::string::npos; at = text.find("\r\nDate: ", at))
        text.erase(at, text.find("\r\n", at + 2) - at);
    return text;
}

std::size_t count(std::string_view text, std::string_view what) {
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++found;
    return found;
}

struct Conversation {
    std::string received;
    bool is_answered;  // each request once
};

Conversation converse(Target& target, std::string_view input, std::size_t pieces, milliseconds patience) {
    const ServerCounts before = target.server.counts();
    Peer peer(target.server.port());
    const std::size_t size = input.size() / pieces + 1;
    while (!input.empty()) {
        const std::string_view piece = input.substr(0, size);
        peer.send(piece);
        input.remove_prefix(piece.size());
        target.turn();
        target.turn();
        peer.receive();
    }
    settle(target, peer, patience);
    const ServerCounts& now = target.server.counts();
    const std::size_t answers = count(peer.received, "\r\nDate: ");
    return {.received = without_dates(std::move(peer.received)),
            .is_answered = answers == now.requests - before.requests + now.refused - before.refused};
}

bool is_the_same_in_pieces(Target& target, std::string_view input, milliseconds patience) {
    const Conversation whole = converse(target, input, 1, patience);
    const Conversation pieces = converse(target, input, 2 + input.size() % 7, patience);
    while (target.server.counts().connections > 0) target.turn();
    return whole.is_answered && pieces.is_answered && whole.received == pieces.received;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static Target target;
    if (size > 4'000) return 0;
    const std::string_view input(reinterpret_cast<const char*>(bytes), size);
    // On a busy machine even loopback takes its time: what looks wrong is looked at for longer.
    const bool is_same = is_the_same_in_pieces(target, input, milliseconds(0)) ||
                         is_the_same_in_pieces(target, input, milliseconds(50)) ||
                         is_the_same_in_pieces(target, input, milliseconds(1'000));
    OUTFLOW_ASSERT(is_same);
    return 0;
}
