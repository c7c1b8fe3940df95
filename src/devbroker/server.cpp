#include "devbroker/server.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "devbroker/client_channel.h"
#include "net/acceptor.h"
#include "net/timer.h"
#include "platform/clock.h"

namespace outflow::devbroker {

namespace {

using Clock = net::EventLoop::Clock;
using std::chrono::milliseconds;

constexpr std::size_t scratch_bytes = 256 * 1024;
constexpr std::size_t input_bytes_max = 256 * 1024 * 1024;  // of unfinished frames of all clients
// Responses of all clients that have not left: over the first, those with some wait until theirs are read; over the
// second they are closed.
constexpr std::size_t unsent_bytes_much = 128 * 1024 * 1024;
constexpr std::size_t unsent_bytes_too_much = 512 * 1024 * 1024;
constexpr std::size_t delayed_overhead = 256;  // counted for a delayed response besides its bytes
constexpr std::chrono::seconds idle_max{120};  // as RocketMQ: then a silent connection is closed

milliseconds unix_now() { return milliseconds(platform::unix_ms()); }

std::int64_t monotonic_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch()).count();
}

bool is_send(std::int32_t code) {
    using rocketmq::RequestCode;
    const auto request_code = static_cast<RequestCode>(code);
    return request_code == RequestCode::send_message || request_code == RequestCode::send_message_v2 ||
           request_code == RequestCode::send_batch_message;
}

bool says_stored(std::int32_t code) {
    Fault response;
    response.code = code;
    return response.is_stored();
}

// What the rule makes of the broker's response. What was refused is never said to be stored.
rocketmq::Response distort(rocketmq::Response response, const Fault& fault) {
    const bool is_lie = says_stored(fault.code) && !says_stored(response.code);
    if (fault.code != 0 && !is_lie) {
        response.code = fault.code;
        response.remark.clear();
        if (!says_stored(fault.code)) {
            response.ext.clear();
            response.body.clear();
        }
    }
    if (!fault.remark.empty()) response.remark = fault.remark;
    for (const auto& [name, value] : fault.ext) {
        std::erase_if(response.ext, [&name = name](const auto& field) { return field.first == name; });
        response.ext.emplace_back(name, value);
    }
    return response;
}

std::int32_t add_offset(std::int32_t opaque, std::int32_t offset) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(opaque) + static_cast<std::uint32_t>(offset));
}

}  // namespace

struct Server::Core final : ClientChannel::Owner {
    Core(net::EventLoop& the_loop, platform::Logger& logger, ServerOptions its_options)
        : loop(the_loop),
          log(logger),
          options(std::move(its_options)),
          scratch_memory(scratch_bytes),
          acceptor(loop, [this](net::AcceptedSocket socket) { accepted(std::move(socket)); }),
          tick_timer(loop),
          delay_timer(loop) {}

    Status start();
    Status listen(std::uint16_t port);
    void accept();
    void accepted(net::AcceptedSocket socket);
    void tick();
    void close_idle();
    void end_turn();
    ClientChannel* find(std::uint64_t number);
    void forget(ClientChannel& channel);

    void on_request(ClientChannel& channel, const rocketmq::Command& command, const rocketmq::Frame& frame,
                    std::string_view bytes) override;
    void on_touched(ClientChannel& channel) override { touched.push_back(channel.number()); }
    std::span<char> scratch() override { return scratch_memory; }
    bool take_input_bytes(std::size_t bytes) override;
    void give_input_bytes(std::size_t bytes) override { input_bytes -= bytes; }
    void count_unsent(std::size_t before, std::size_t now) override { unsent_bytes += now - before; }
    bool is_much_unsent() const override { return unsent_bytes > unsent_bytes_much; }
    bool is_too_much_unsent() const override { return unsent_bytes > unsent_bytes_too_much; }

    void handle(const Request& request, const Reply& reply);
    void misbehave(ClientChannel& channel, const Request& request, Fault fault);
    void notify(std::uint64_t connection, std::int32_t code, const rocketmq::Response& request);
    void answer(std::uint64_t connection, std::int32_t opaque, const rocketmq::Response& response);
    // The response of a rule, as bytes; it may leave later.
    struct Departure {
        std::uint64_t connection = 0;
        std::string bytes;
        std::size_t chunk = 0;
        bool closes = false;
    };
    void leave(const Fault& fault, std::uint64_t connection, std::string bytes);
    void depart(Departure departure);
    void depart_delayed();

    net::EventLoop& loop;
    platform::Logger& log;
    ServerOptions options;
    FaultTable faults;
    RequestLog requests;
    std::vector<char> scratch_memory;
    std::size_t input_bytes = 0;
    std::size_t unsent_bytes = 0;
    std::uint16_t port = 0;
    std::uint64_t accepted_count = 0;
    std::int32_t notice_opaque = 0;
    std::optional<std::int32_t> answered_code;  // of the response that was given within the call
    std::unique_ptr<Broker> broker;
    net::Acceptor acceptor;
    net::Timer tick_timer;
    net::Timer delay_timer;
    std::unordered_map<std::uint64_t, std::unique_ptr<ClientChannel>> channels;
    std::vector<std::uint64_t> touched;  // finish_turn() is due
    std::multimap<Clock::time_point, Departure> delayed;
    Clock::time_point idle_looked_at{};
    net::TurnHook hook;
};

Status Server::Core::start() {
    if (Status listening = listen(options.listen.port); !listening) return listening;
    port = acceptor.port();
    net::Endpoint advertised = options.listen;
    if (!options.advertised_host.empty()) advertised.host = options.advertised_host;
    advertised.port = port;
    options.broker.address = net::to_string(advertised);
    options.broker.port = port;
    auto opened = Broker::open(options.broker, unix_now());
    if (!opened) {
        acceptor.close();
        return failed(std::move(opened).error());
    }
    broker = std::move(*opened);
    hook = loop.on_turn_end([this] { end_turn(); });
    tick();
    accept();
    return {};
}

Status Server::Core::listen(std::uint16_t on_port) {
    net::Endpoint endpoint = options.listen;
    endpoint.port = on_port;
    return acceptor.listen(endpoint);
}

void Server::Core::accept() {
    if (acceptor.is_listening() && channels.size() < options.connections_max) acceptor.accept();
}

void Server::Core::accepted(net::AcceptedSocket socket) {
    const std::uint64_t number = ++accepted_count;
    auto channel = std::make_unique<ClientChannel>(loop, *this, number, std::move(socket), options.tls);
    log.debug("A client has connected.", {{"connection", number}, {"peer", channel->peer()}});
    channel->start();
    channels.emplace(number, std::move(channel));
    accept();
}

void Server::Core::tick() {
    const milliseconds now = unix_now();
    const milliseconds next = broker->tick(now);
    if (loop.now() - idle_looked_at > std::chrono::seconds(5)) close_idle();
    tick_timer.start(std::max(next - now, milliseconds(1)), [this] { tick(); });
}

void Server::Core::close_idle() {
    idle_looked_at = loop.now();
    for (const auto& [number, channel] : channels) {
        const bool is_silent = idle_looked_at - channel->last_active() > idle_max;
        if (is_silent && !channel->is_frozen()) channel->abort("it was silent");
    }
}

// --- the end of a turn

void Server::Core::end_turn() {
    std::vector<std::uint64_t> waiting;
    do {
        broker->end_turn(unix_now());
        for (const std::uint64_t number : std::exchange(touched, {})) {
            ClientChannel* channel = find(number);
            if (channel == nullptr) continue;
            switch (channel->finish_turn()) {
            case ClientChannel::Turn::done: break;
            case ClientChannel::Turn::wait: waiting.push_back(number); break;
            case ClientChannel::Turn::over: forget(*channel); break;
            }
        }
    } while (!touched.empty());  // what had to wait for output may have been carried out
    touched = std::move(waiting);
}

ClientChannel* Server::Core::find(std::uint64_t number) {
    const auto found = channels.find(number);
    return found == channels.end() ? nullptr : found->second.get();
}

void Server::Core::forget(ClientChannel& channel) {
    const std::uint64_t number = channel.number();
    log.debug("A client has gone.",
              {{"connection", number}, {"peer", channel.peer()}, {"reason", channel.end_reason()}});
    channels.erase(number);
    broker->disconnected(number);
    accept();
}

bool Server::Core::take_input_bytes(std::size_t bytes) {
    if (input_bytes + bytes > input_bytes_max) return false;
    input_bytes += bytes;
    return true;
}

// --- requests

void Server::Core::on_request(ClientChannel& channel, const rocketmq::Command& command, const rocketmq::Frame& frame,
                              std::string_view bytes) {
    const Request request{.command = command,
                          .body = frame.body,
                          .connection = channel.number(),
                          .peer = channel.peer(),
                          .peer_host = channel.peer_host()};
    RequestLog::Entry entry;
    if (requests.is_enabled()) {
        entry = {.number = 0,
                 .connection = request.connection,
                 .monotonic_us = monotonic_us(),
                 .code = command.code,
                 .is_stored = true,
                 .frame = std::string(bytes)};
    }
    answered_code.reset();
    std::optional<Fault> fault = faults.decide(request);
    if (fault) {
        entry.is_stored = fault->is_stored();
        misbehave(channel, request, std::move(*fault));
    } else {
        handle(request, [this, number = request.connection, opaque = command.opaque](const rocketmq::Response& made) {
            answer(number, opaque, made);
        });
    }
    if (is_send(command.code) && answered_code && !says_stored(*answered_code)) entry.is_stored = false;
    if (requests.is_enabled()) requests.add(std::move(entry));
}

void Server::Core::handle(const Request& request, const Reply& reply) {
    broker->handle(
        request, reply,
        [this, number = request.connection](std::int32_t code, const rocketmq::Response& notice) {
            notify(number, code, notice);
        },
        unix_now());
}

void Server::Core::misbehave(ClientChannel& channel, const Request& request, Fault fault) {
    const std::uint64_t number = request.connection;
    const bool is_answered = !fault.silence && !fault.freeze && !fault.raw && !request.command.is_one_way();
    const bool is_carried_out = fault.is_stored();
    const auto rule = std::make_shared<const Fault>(std::move(fault));  // shared with a response that comes later
    Reply reply = [this](const rocketmq::Response& response) { answered_code = response.code; };
    if (is_answered) {
        reply = [this, number, rule,
                 opaque = add_offset(request.command.opaque, rule->opaque_offset)](rocketmq::Response response) {
            answered_code = response.code;
            std::string bytes;
            rocketmq::append_response(bytes, rule->serialize.value_or(options.serialize), opaque, options.version,
                                      distort(std::move(response), *rule));
            leave(*rule, number, std::move(bytes));
        };
    }
    if (is_carried_out) {
        handle(request, reply);
    } else if (is_answered) {
        reply({});
        answered_code.reset();  // not the broker's
    }
    if (rule->freeze) channel.freeze();
    else if (!is_answered) leave(*rule, number, rule->raw.value_or(""));
}

void Server::Core::notify(std::uint64_t connection, std::int32_t code, const rocketmq::Response& request) {
    ClientChannel* channel = find(connection);
    if (channel == nullptr) return;
    rocketmq::Response notice = request;
    notice.code = code;
    std::string bytes;
    rocketmq::append_server_notice(bytes, options.serialize, ++notice_opaque, options.version, notice);
    channel->send(std::move(bytes));
}

void Server::Core::answer(std::uint64_t connection, std::int32_t opaque, const rocketmq::Response& response) {
    answered_code = response.code;
    ClientChannel* channel = find(connection);
    if (channel == nullptr) return;
    if (std::string* output = channel->direct_output()) {
        rocketmq::append_response(*output, options.serialize, opaque, options.version, response);
        return channel->touch();
    }
    std::string bytes;
    rocketmq::append_response(bytes, options.serialize, opaque, options.version, response);
    channel->send(std::move(bytes));
}

void Server::Core::leave(const Fault& fault, std::uint64_t connection, std::string bytes) {
    Departure departure{connection, std::move(bytes), fault.chunk, fault.close};
    if (fault.delay.count() == 0) return depart(std::move(departure));
    ClientChannel* channel = find(connection);
    if (channel == nullptr) return;
    channel->hold(departure.bytes.size() + delayed_overhead);
    delayed.emplace(Clock::now() + fault.delay, std::move(departure));
    delay_timer.start(delayed.begin()->first - Clock::now(), [this] { depart_delayed(); });
}

void Server::Core::depart(Departure departure) {
    ClientChannel* channel = find(departure.connection);
    if (channel == nullptr) return;
    channel->send(std::move(departure.bytes), departure.chunk);
    if (departure.closes) channel->close_after_output();
}

void Server::Core::depart_delayed() {
    while (!delayed.empty() && delayed.begin()->first <= Clock::now()) {
        Departure departure = std::move(delayed.extract(delayed.begin()).mapped());
        if (ClientChannel* channel = find(departure.connection))
            channel->release(departure.bytes.size() + delayed_overhead);
        depart(std::move(departure));
    }
    if (delayed.empty()) return;
    delay_timer.start(delayed.begin()->first - Clock::now(), [this] { depart_delayed(); });
}

// --- the face

Server::Server(net::EventLoop& loop, platform::Logger& logger, ServerOptions options)
    : core_(std::make_unique<Core>(loop, logger, std::move(options))) {}

Server::~Server() = default;

Status Server::start() { return core_->start(); }
std::uint16_t Server::port() const { return core_->port; }

void Server::unlisten() {
    core_->acceptor.close();
    drop_connections();
}

Status Server::listen_again() {
    if (core_->acceptor.is_listening()) return {};
    Status listening = core_->listen(core_->port);
    if (listening) core_->accept();
    return listening;
}

void Server::drop_connections() {
    for (const auto& [number, channel] : core_->channels) channel->abort("dropped on purpose");
}

Broker& Server::broker() { return *core_->broker; }
FaultTable& Server::faults() { return core_->faults; }
RequestLog& Server::requests() { return core_->requests; }
ServerOptions& Server::options() { return core_->options; }
std::uint64_t Server::accepted() const { return core_->accepted_count; }
std::size_t Server::connections() const { return core_->channels.size(); }
bool Server::is_listening() const { return core_->acceptor.is_listening(); }

}  // namespace outflow::devbroker
