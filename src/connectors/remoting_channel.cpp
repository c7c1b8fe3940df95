#include "connectors/remoting_channel.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"
#include "rocketmq/frame.h"
#include "rocketmq/response_class.h"

namespace outflow::connectors {

namespace {
constexpr std::size_t read_bytes = 64 * 1024;
}  // namespace

RemotingChannel::RemotingChannel(net::EventLoop& loop, Listener& listener, RemotingOptions options)
    : loop_(loop),
      listener_(listener),
      options_(std::move(options)),
      connection_(loop, *this, {.tls = options_.tls}),
      deadline_timer_(loop),
      heartbeat_timer_(loop) {}

void RemotingChannel::open(const net::Endpoint& endpoint) {
    OUTFLOW_ASSERT(state_ == State::closed);
    ++openings_;
    peer_ = net::to_string(endpoint);
    input_.clear();
    has_answered_ = false;
    state_ = State::connecting;
    connection_.open(endpoint, options_.connect_timeout);
}

// Whoever is told may want the peer again at once: not before all have been told, and the owner knows.
void RemotingChannel::close() {
    OUTFLOW_ASSERT(state_ != State::closing);
    state_ = State::closing;
    connection_.close();
    deadline_timer_.cancel();
    heartbeat_timer_.cancel();
    for (auto& [opaque, request] : std::exchange(outstanding_, {})) request.handler(nullptr);
    state_ = State::closed;
}

std::int32_t RemotingChannel::expect(std::chrono::milliseconds timeout, ResponseHandler handler) {
    OUTFLOW_ASSERT(state_ == State::ready || state_ == State::greeting);
    std::int32_t opaque = next_opaque_;
    next_opaque_ = (next_opaque_ + 1) & 0x7fffffff;
    auto deadline = loop_.now() + timeout;
    outstanding_.insert_or_assign(opaque, Outstanding{deadline, std::move(handler)});
    if (!deadline_timer_.is_running() || deadline < watched_deadline_) watch_deadlines();
    return opaque;
}

void RemotingChannel::on_connected() {
    state_ = State::greeting;
    connection_.want_read();
    if (options_.client_id.empty()) become_ready();
    else greet();
}

// A broker is ready when it has answered: one that only accepts connections (stopped, overloaded) is not.
void RemotingChannel::greet() {
    std::int32_t opaque = expect(options_.greeting_timeout, [this](const Response* response) {
        if (response != nullptr && state_ == State::greeting) on_greeted(*response);
    });
    rocketmq::append_heartbeat(output(), opaque, options_.client_id, options_.group, options_.signer);
    flush();
}

void RemotingChannel::on_greeted(const Response& response) {
    const rocketmq::Command& command = response.command;
    using rocketmq::ResponseClass;
    if (rocketmq::classify_response(command.code, command.remark, command.version, {}) == ResponseClass::misconfigured)
        listener_.on_channel_refused(rocketmq::explain_response(command.code, command.remark, command.version, {}));
    else become_ready();
}

void RemotingChannel::become_ready() {
    state_ = State::ready;
    if (!options_.client_id.empty()) heartbeat_timer_.start(options_.heartbeat_interval, [this] { send_heartbeat(); });
    listener_.on_channel_ready();
}

void RemotingChannel::send_heartbeat() {
    std::int32_t opaque = expect(options_.heartbeat_timeout, [](const Response*) {});
    rocketmq::append_heartbeat(output(), opaque, options_.client_id, options_.group, options_.signer);
    flush();
    heartbeat_timer_.start(options_.heartbeat_interval, [this] { send_heartbeat(); });
}

void RemotingChannel::on_connect_failed(const Error& error) { lose(error.context); }

// RocketMQ with tls.server.mode=enforcing closes a plain connection without a word.
void RemotingChannel::on_closed(const Error& error) {
    if (has_answered_ || options_.tls) return lose(error.context);
    lose(error.context + " before it answered; a peer that takes TLS alone does that to a plain connection");
}

void RemotingChannel::on_readable() {
    std::array<char, read_bytes> block;
    net::Connection::ReadResult result = connection_.read(block.data(), block.size());
    input_.append(block.data(), result.size);
    if (result.kind == net::Connection::ReadResult::Kind::closed) return;
    std::uint64_t frames = 0;
    if (!handle_frames(frames)) return;
    connection_.want_read();
    loop_.count_read(frames);
}

// False: the channel was closed meanwhile, and maybe opened again: the input is gone.
bool RemotingChannel::handle_frames(std::uint64_t& frames) {
    const std::uint64_t opening = openings_;
    const auto is_over = [&] { return state_ == State::closed || openings_ != opening; };
    std::size_t at = 0;
    while (!is_over()) {
        auto frame = rocketmq::decode_frame(std::string_view(input_).substr(at));
        if (!frame) {
            lose(peer_ + " sent bytes that are no RocketMQ frame: " + frame.error().context);
            return false;
        }
        if (!*frame) break;
        at += (*frame)->size;
        has_answered_ = true;
        ++frames;
        handle_frame(**frame);
    }
    if (is_over()) return false;
    input_.erase(0, at);
    return true;
}

void RemotingChannel::handle_frame(const rocketmq::Frame& frame) {
    auto command = rocketmq::decode_header(frame);
    if (!command) {
        lose(peer_ + " sent a header that cannot be read: " + command.error().context);
        return;
    }
    if (!command->is_response()) return;  // requests of a broker concern consumers and transactions: none are here
    auto found = outstanding_.find(command->opaque);
    if (found == outstanding_.end()) return;
    ResponseHandler handler = std::move(found->second.handler);
    outstanding_.erase(found);
    Response response{*command, frame.body};
    handler(&response);
}

void RemotingChannel::watch_deadlines() {
    auto earliest = std::min_element(outstanding_.begin(), outstanding_.end(), [](const auto& left, const auto& right) {
        return left.second.deadline < right.second.deadline;
    });
    if (earliest == outstanding_.end()) return;
    watched_deadline_ = earliest->second.deadline;
    auto wait = std::max(earliest->second.deadline - loop_.now(), net::EventLoop::Clock::duration::zero());
    deadline_timer_.start(wait, [this] { check_deadlines(); });
}

void RemotingChannel::check_deadlines() {
    auto now = loop_.now();
    bool late = std::any_of(outstanding_.begin(), outstanding_.end(),
                            [now](const auto& request) { return request.second.deadline <= now; });
    if (late) lose(peer_ + " does not answer");
    else watch_deadlines();
}

void RemotingChannel::lose(std::string_view reason) {
    std::string kept(reason);
    close();
    listener_.on_channel_lost(kept);
}

}  // namespace outflow::connectors
