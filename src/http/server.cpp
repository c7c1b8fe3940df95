#include "http/server.h"

#include <algorithm>
#include <deque>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/assert.h"
#include "http/client_connection.h"
#include "http/router.h"
#include "net/acceptor.h"
#include "net/timer.h"

namespace outflow::http {

namespace {

Server::LaterHandler at_once(Server::Handler handler) {
    return [handler = std::move(handler)](const Request& request, Responder responder) {
        responder.respond(handler(request));
    };
}

// For so long a new connection is left alone, so that many who come at once are all served.
constexpr std::chrono::milliseconds patience{50};

Response with_allow(Response response, std::string allow) {
    response.fields.add("Allow", std::move(allow));
    return response;
}

}  // namespace

struct Server::Core final : ClientConnection::Owner {
    Core(net::EventLoop& the_loop, ServerLimits the_limits, std::shared_ptr<net::TlsSource> the_tls)
        : limits(the_limits),
          surroundings{the_loop, limits, counts, *this, std::move(the_tls)},
          acceptor(the_loop, [this](net::AcceptedSocket socket) { accepted(std::move(socket)); }),
          retry(the_loop),
          hook(the_loop.on_turn_end([this] { look_at_output(); })) {
        OUTFLOW_ASSERT(limits.bytes_per_second_min > 0);
        OUTFLOW_ASSERT(limits.bodies_bytes_max >= limits.body_bytes_max);
    }

    Plan plan(RequestHead& head) override;
    bool has_room_for_answers() override;
    Response refusal(unsigned status, std::string_view text) const override {
        return refusals ? refusals(status, text) : sentence(status, text);
    }
    void sends(std::uint64_t number) override {
        if (sending.insert(number).second) hook.want_turn();  // the hook of this turn may have run
    }
    void ended(std::uint64_t number) override;

    void add_route(std::string method, std::string_view path, LaterHandler handler,
                   std::optional<std::size_t> body_bytes_max, Admission admission);
    void accept();
    void accepted(net::AcceptedSocket socket);
    bool evict();
    void drop(std::uint64_t number);
    void look_at_output();

    struct Route {
        LaterHandler handler;
        std::size_t body_bytes_max;
        Admission admission;
    };
    Plan plan(const Route& route, const RequestHead& head) const;

    const ServerLimits limits;
    ServerCounts counts;
    const ClientConnection::Surroundings surroundings;
    net::Acceptor acceptor;
    net::Timer retry;
    net::TurnHook hook;
    Router router;
    std::deque<Route> routes;  // by the router's numbers; in place as long as requests for them are pending
    LaterHandler fallback;
    Refusals refusals;
    std::set<std::uint64_t> sending;  // of connections
    // Last: what their handlers captured may answer others while it is destroyed.
    std::unordered_map<std::uint64_t, std::unique_ptr<ClientConnection>> connections;
};

// --- connections

// One connection more than the limit is there when none of the others may be closed yet: the next ones wait.
void Server::Core::accept() {
    while (connections.size() > limits.connections_max && evict()) {}
    if (connections.size() <= limits.connections_max) return acceptor.accept();
    if (!retry.is_running()) retry.start(patience, [this] { accept(); });
}

void Server::Core::accepted(net::AcceptedSocket socket) {
    const std::uint64_t number = ++counts.accepted;
    auto connection = std::make_unique<ClientConnection>(surroundings, number, std::move(socket));
    connections.emplace(number, std::move(connection)).first->second->start();
    counts.connections = connections.size();
    accept();
}

// All are looked at, which is quick beside accepting one.
bool Server::Core::evict() {
    auto found = connections.end();
    ClientConnection::Wait oldest{};
    for (auto next = connections.begin(); next != connections.end(); ++next) {
        const auto wait = next->second->wait();
        if (!wait || (found != connections.end() && wait->age >= oldest.age)) continue;
        found = next;
        oldest = *wait;
    }
    if (found == connections.end() || surroundings.loop.now() - oldest.since < patience) return false;
    ++counts.evicted;
    found->second->make_room();
    drop(found->first);
    return true;
}

void Server::Core::drop(std::uint64_t number) {
    sending.erase(number);
    connections.erase(number);
    counts.connections = connections.size();
}

void Server::Core::ended(std::uint64_t number) {
    drop(number);
    accept();
}

// What a handler is called for here may begin and end connections.
void Server::Core::look_at_output() {
    bool wants_turn = false;
    for (auto next = sending.begin(); next != sending.end();) {
        const std::uint64_t number = *next;
        const auto found = connections.find(number);
        const bool goes_on = found != connections.end() && found->second->look_at_output();
        if (!goes_on) sending.erase(number);
        else if (found->second->has_left()) wants_turn = true;
        next = sending.upper_bound(number);
    }
    if (wants_turn) hook.want_turn();
}

// --- requests

// Who is not known yet gets no memory for a large body.
Plan Server::Core::plan(const Route& route, const RequestHead& head) const {
    Plan plan{.answer = {}, .body_bytes_max = route.body_bytes_max, .handler = &route.handler};
    const bool is_large = head.content_length.value_or(0) > limits.small_body_bytes_max;
    if (!route.admission || route.body_bytes_max == 0 || (!is_large && !head.is_chunked)) return plan;
    std::optional<Response> refused = route.admission(head.request);
    if (!refused) return plan;
    if (is_large) return {.answer = std::move(refused)};
    plan.body_bytes_max = std::min(route.body_bytes_max, limits.small_body_bytes_max);
    return plan;
}

Plan Server::Core::plan(RequestHead& head) {
    Request& request = head.request;
    if (request.path == "*") return {.answer = with_allow({.status = 204}, "GET, HEAD, OPTIONS")};
    Router::Match match = router.find(request.method, request.path);
    switch (match.kind) {
    case Router::Match::Kind::route:
        request.parameters = std::move(match.parameters);
        return plan(routes[match.number], head);
    case Router::Match::Kind::unknown_path: break;
    case Router::Match::Kind::faulty_path:
        return {.answer = refusal(400, "The path has a percent sign without two hexadecimal digits, or a NUL.")};
    case Router::Match::Kind::wrong_method:
        return {.answer = with_allow(refusal(405, "This path takes " + match.allow + "."), match.allow)};
    case Router::Match::Kind::options: return {.answer = with_allow({.status = 204}, match.allow)};
    }
    if (!fallback) return {.answer = refusal(404, "This path does not exist.")};
    return {.answer = {}, .body_bytes_max = limits.body_bytes_max, .handler = &fallback};
}

// Those that have not read for longest go first.
bool Server::Core::has_room_for_answers() {
    while (true) {
        std::size_t bytes = 0;
        auto slowest = connections.end();
        ClientConnection::Wait oldest{};
        for (const std::uint64_t number : sending) {
            const auto found = connections.find(number);
            const std::size_t unread = found == connections.end() ? 0 : found->second->unread_bytes();
            bytes += unread;
            const auto wait = unread > 0 ? found->second->wait() : std::nullopt;
            if (!wait || (slowest != connections.end() && wait->age >= oldest.age)) continue;
            slowest = found;
            oldest = *wait;
        }
        if (bytes <= limits.answers_bytes_max) return true;
        if (slowest == connections.end()) return false;
        ++counts.slow_readers;
        slowest->second->make_room();
        drop(slowest->first);
    }
}

void Server::Core::add_route(std::string method, std::string_view path, LaterHandler handler,
                             std::optional<std::size_t> body_bytes_max, Admission admission) {
    const std::size_t bytes_max = body_bytes_max.value_or(limits.body_bytes_max);
    OUTFLOW_ASSERT(bytes_max <= limits.bodies_bytes_max);
    router.add(std::move(method), path);
    routes.push_back({std::move(handler), bytes_max, std::move(admission)});
}

// --- the server

Server::Server(net::EventLoop& loop, ServerLimits limits, std::shared_ptr<net::TlsSource> tls)
    : core_(std::make_unique<Core>(loop, limits, std::move(tls))) {}

Server::~Server() = default;

void Server::route(std::string method, std::string_view path, Handler handler,
                   std::optional<std::size_t> body_bytes_max) {
    core_->add_route(std::move(method), path, at_once(std::move(handler)), body_bytes_max, nullptr);
}

void Server::route(std::string method, std::string_view path, LaterHandler handler,
                   std::optional<std::size_t> body_bytes_max, Admission admission) {
    core_->add_route(std::move(method), path, std::move(handler), body_bytes_max, std::move(admission));
}

void Server::fallback(Handler handler) { core_->fallback = at_once(std::move(handler)); }

void Server::refusals(Refusals refusals) { core_->refusals = std::move(refusals); }

Status Server::listen(const net::Endpoint& endpoint) {
    const Status listening = core_->acceptor.listen(endpoint);
    if (listening) core_->accept();
    return listening;
}

std::uint16_t Server::port() const { return core_->acceptor.port(); }

const ServerCounts& Server::counts() const { return core_->counts; }

}  // namespace outflow::http
