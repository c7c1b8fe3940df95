#include "http/client_connection.h"

#include <algorithm>
#include <array>
#include <utility>

namespace outflow::http {

namespace {

constexpr std::chrono::milliseconds drain_time{2'000};    // for the peer to read an answer that ends the connection
constexpr std::chrono::milliseconds reading_time{1'000};  // for an answer, in which the client does not count as slow
constexpr std::size_t drain_bytes_max = 256 * 1024;
constexpr std::size_t read_bytes = 16 * 1024;
constexpr std::size_t read_ahead_bytes_max = read_bytes;  // of requests behind one that is not answered yet
constexpr std::size_t output_bytes_kept = 16 * 1024;
constexpr std::size_t record_bytes_max = 16 * 1024;  // of TLS
constexpr std::size_t record_frame_bytes = 22;       // that TLS 1.3 adds to each; 1.2 adds a few more

}  // namespace

ClientConnection::ClientConnection(const Surroundings& surroundings, std::uint64_t number, net::AcceptedSocket socket)
    : surroundings_(surroundings),
      limits_(surroundings.limits),
      number_(number),
      connection_(surroundings.loop, *this, {.output_bytes_kept = output_bytes_kept, .tls = surroundings.tls}),
      timer_(surroundings.loop),
      reader_(surroundings.limits.header_bytes_max) {
    connection_.adopt(std::move(socket));
}

ClientConnection::~ClientConnection() {
    const std::shared_ptr<Exchange> exchange = exchange_;
    settle_exchange();
    count_body(0);
    if (exchange == nullptr) return;
    // They may have captured who answers, and so keep themselves.
    const auto on_gone = std::exchange(exchange->on_gone, nullptr);
    const auto on_room = std::exchange(exchange->on_room, nullptr);
}

void ClientConnection::start() { await_request(limits_.timeout); }

std::optional<ClientConnection::Wait> ClientConnection::wait() const {
    switch (state_) {
    case State::idle:
    case State::header:
    case State::draining: return Wait{since_, since_};
    case State::body: return Wait{since_, since_ + time_of(body_bytes_)};
    case State::leaving: {
        const std::size_t unsent = connection_.unsent_bytes();
        if (unsent == 0 || surroundings_.loop.now() - since_ < reading_time) return std::nullopt;
        return Wait{since_, since_ + time_of(answer_bytes_ - std::min(answer_bytes_, unsent))};
    }
    case State::pending:
    case State::streaming:
    case State::ended: break;
    }
    return std::nullopt;
}

void ClientConnection::make_room() {
    if (state_ == State::leaving) connection_.abort();  // what it has not read takes no memory of the system either
}

// --- requests

void ClientConnection::await_request(std::chrono::milliseconds limit) {
    state_ = State::idle;
    since_ = surroundings_.loop.now();
    reader_.restart();
    plan_ = {};
    framing_ = {};
    if (input_.empty()) input_ = {};
    timer_.start(limit, [this] { expired(); });
    parse();
}

void ClientConnection::on_readable() {
    if (state_ == State::leaving || state_ == State::ended) return;  // asked for again when it has left
    std::array<char, read_bytes> block;
    const auto result = connection_.read(block.data(), block.size());
    if (result.kind == net::Connection::ReadResult::Kind::closed) return;
    if (state_ == State::draining) {
        drained_bytes_ += result.size;
        if (drained_bytes_ > drain_bytes_max) return end();
        return connection_.want_read();
    }
    input_.append(block.data(), result.size);
    if (state_ == State::idle || state_ == State::header || state_ == State::body) return parse();
    // Unread, it would hide that the client goes. Who sends so much without an answer counts as gone.
    if (input_.size() >= read_ahead_bytes_max) return end();
    connection_.want_read();
}

// As far as the input goes, or up to the next request that is to be answered.
void ClientConnection::parse() {
    while (!input_.empty()) {
        if (state_ == State::idle) {
            state_ = State::header;
            since_ = surroundings_.loop.now();
            timer_.start(limits_.timeout, [this] { expired(); });
        }
        input_.erase(0, reader_.take(input_));
        if (reader_.state() == RequestReader::State::header_done) {
            begin_body();
            if (state_ == State::leaving) return;
        }
        if (reader_.state() == RequestReader::State::complete) return call_handler();
        if (reader_.state() == RequestReader::State::refused)
            return refuse(refusal(reader_.refusal().status, reader_.refusal().reason));
        if (state_ == State::body && !watch_body()) return;
    }
    connection_.want_read();
}

void ClientConnection::begin_body() {
    RequestHead& head = reader_.head();
    framing_ = {.body = head.is_http_1_0 ? ResponseFraming::Body::to_close : ResponseFraming::Body::chunked,
                .keeps_alive = head.keeps_alive,
                .is_head = head.request.is_head};
    head.request.peer = connection_.peer();
    head.request.is_tls = surroundings_.tls != nullptr;
    plan_ = surroundings_.owner.plan(head);
    if (plan_.answer && head.has_body()) {
        framing_.keeps_alive = false;  // the body stays unread
        ++surroundings_.counts.refused;
        return send(*plan_.answer);
    }
    reader_.read_body(plan_.body_bytes_max);
    if (reader_.state() != RequestReader::State::body) return;
    state_ = State::body;
    since_ = surroundings_.loop.now();
    body_by_ = since_ + limits_.timeout;
    if (!head.expects_continue) return;
    connection_.output() += continue_response;
    connection_.flush();
}

// What has come gives time for more, but never beyond `timeout`: a body may be large, but neither slow nor stop. False: it is
// refused.
bool ClientConnection::watch_body() {
    const std::size_t bytes = reader_.head().request.body.size();
    const std::size_t newer = bytes - body_bytes_;
    count_body(bytes);
    if (surroundings_.counts.body_bytes > limits_.bodies_bytes_max) {
        refuse(busy("There are too many large requests at once."));
        return false;
    }
    const auto now = surroundings_.loop.now();
    body_by_ = std::min<net::EventLoop::Clock::time_point>(body_by_ + time_of(newer), now + limits_.timeout);
    timer_.start(std::max<net::EventLoop::Clock::duration>(body_by_ - now, {}), [this] { expired(); });
    return true;
}

void ClientConnection::count_body(std::size_t bytes) {
    surroundings_.counts.body_bytes += bytes - std::exchange(body_bytes_, bytes);
}

void ClientConnection::call_handler() {
    timer_.cancel();
    count_body(0);
    ++surroundings_.counts.requests;
    if (plan_.answer) return send(*plan_.answer);
    if (!surroundings_.owner.has_room_for_answers())
        return send(busy("There are too many answers that their clients do not read."));
    state_ = State::pending;
    exchange_ = std::make_shared<Exchange>();
    exchange_->connection = this;
    Request request = std::move(reader_.head().request);
    (*plan_.handler)(std::move(request), Responder(exchange_));
    // Only now, so that a client that has ended its own direction gets an answer that is given at once. The input is less than
    // was read at once.
    if (state_ == State::pending || state_ == State::streaming) connection_.want_read();
}

void ClientConnection::refuse(Response response) {
    ++surroundings_.counts.refused;
    reader_.restart();
    count_body(0);
    framing_.keeps_alive = false;
    send(response);
}

Response ClientConnection::busy(std::string_view text) {
    ++surroundings_.counts.busy;
    Response response = refusal(503, text);
    response.fields.add("Retry-After", "1");
    return response;
}

Response ClientConnection::refusal(unsigned status, std::string_view text) const {
    return surroundings_.owner.refusal(status, text);
}

// --- answers

void ClientConnection::answer(Response response) {
    settle_exchange();
    send(response);
}

void ClientConnection::give_up() { answer(refusal(500, "No answer was given.")); }

void ClientConnection::send(const Response& response) {
    framing_.body = ResponseFraming::Body::sized;
    if (is_valid(response)) append_response(connection_.output(), response, framing_);
    else append_response(connection_.output(), refusal(500, "The answer has a faulty status or header."), framing_);
    leave();
}

void ClientConnection::leave() {
    state_ = State::leaving;
    connection_.flush();
    since_ = surroundings_.loop.now();
    answer_bytes_ = connection_.unsent_bytes();
    timer_.start(limits_.timeout + time_of(answer_bytes_), [this] { expired(); });
    surroundings_.owner.sends(number_);
}

bool ClientConnection::look_at_output() {
    if (state_ == State::streaming) {
        watch_reader(0);
        give_room();
    }
    // The next request of a client that sends several at once is answered within sent(): one a turn.
    if (has_left()) sent();
    return state_ == State::leaving || (state_ == State::streaming && connection_.unsent_bytes() > 0);
}

void ClientConnection::sent() {
    if (framing_.keeps_alive) return await_request(limits_.idle_timeout);
    // Closing with input unread would reset the connection and could take the answer along.
    state_ = State::draining;
    since_ = surroundings_.loop.now();
    timer_.start(std::min(drain_time, limits_.timeout), [this] { expired(); });
    connection_.end_output();
    connection_.want_read();
}

// --- streams

bool ClientConnection::begin_stream(Response head) {
    head.body.clear();
    ServerCounts& counts = surroundings_.counts;
    const bool is_refused = counts.streams >= limits_.streams_max || !is_valid(head);
    if (is_refused || framing_.is_head || has_no_body(head.status)) {
        if (is_refused) {
            head = counts.streams >= limits_.streams_max ? refusal(503, "There are too many streams already.")
                                                         : refusal(500, "The answer has a faulty status or header.");
            answer(std::move(head));
        } else {
            settle_exchange();
            append_response(connection_.output(), head, framing_);
            leave();
        }
        return false;
    }
    if (framing_.body == ResponseFraming::Body::to_close) framing_.keeps_alive = false;
    ++counts.streams;
    state_ = State::streaming;
    append_response(connection_.output(), head, framing_);
    connection_.flush();
    watch_reader(0);
    return true;
}

std::size_t ClientConnection::room() const {
    const std::size_t waiting = connection_.unsent_bytes();
    return waiting < limits_.stream_bytes_max ? limits_.stream_bytes_max - waiting : 0;
}

bool ClientConnection::write(std::string_view bytes) {
    if (bytes.size() > room()) return false;
    if (bytes.empty()) return true;
    const std::size_t unsent = connection_.unsent_bytes();
    if (framing_.body == ResponseFraming::Body::chunked) append_chunk(connection_.output(), bytes);
    else connection_.output() += bytes;
    std::size_t added = connection_.unsent_bytes() - unsent;
    if (surroundings_.tls) added += (added + record_bytes_max - 1) / record_bytes_max * record_frame_bytes;
    connection_.flush();
    watch_reader(added);
    return true;
}

// The client has time for all that waits; what was written meanwhile gets its own when that has left. So neither a client that
// stops nor one that reads a byte now and then stays. `bytes`: not more than were written, else they would pass for all that
// waits.
void ClientConnection::watch_reader(std::size_t bytes) {
    newer_bytes_ += bytes;
    const std::size_t unsent = connection_.unsent_bytes();
    if (unsent == 0) return timer_.cancel();
    surroundings_.owner.sends(number_);
    if (timer_.is_running() && unsent > newer_bytes_) return;
    newer_bytes_ = 0;
    timer_.start(limits_.timeout + time_of(unsent), [this] { expired(); });
}

void ClientConnection::give_room() {
    if (!exchange_->wants_room || connection_.unsent_bytes() > limits_.stream_bytes_max / 2) return;
    exchange_->wants_room = false;
    const auto function = exchange_->on_room;  // it may be replaced, and the stream may end, while it runs
    if (function) function();
}

void ClientConnection::end_stream(bool is_complete) {
    settle_exchange();
    if (!is_complete) {
        // Whoever wrote may be called by this connection just now.
        state_ = State::ended;
        connection_.abort();
        return timer_.start({}, [this] { expired(); });
    }
    if (framing_.body == ResponseFraming::Body::chunked) connection_.output() += last_chunk;
    leave();
}

// Who answers has no connection any more.
void ClientConnection::settle_exchange() {
    if (exchange_ == nullptr) return;
    if (state_ == State::streaming) --surroundings_.counts.streams;
    exchange_->connection = nullptr;
    exchange_.reset();
}

// --- the end

// Parts of a millisecond count: bytes may come one by one.
std::chrono::microseconds ClientConnection::time_of(std::uint64_t bytes) const {
    return std::chrono::microseconds(bytes * 1'000'000 / limits_.bytes_per_second_min);
}

void ClientConnection::expired() {
    if (state_ == State::header || state_ == State::body) {
        ++surroundings_.counts.slow_requests;
        framing_.body = ResponseFraming::Body::sized;
        framing_.keeps_alive = false;
        append_response(connection_.output(), refusal(408, "The request came too slowly."), framing_);
    } else if (has_left()) {
        return sent();  // after a rest of the loop, perhaps
    } else if (state_ == State::leaving || state_ == State::streaming) {
        ++surroundings_.counts.slow_readers;
        connection_.abort();  // what it has not read takes no memory of the system either
    }
    end();
}

void ClientConnection::on_closed(const Error& error) {
    if (error.code == ErrorCode::tls_failed) ++surroundings_.counts.tls_failed;
    end();
}

void ClientConnection::end() {
    connection_.close();
    const std::shared_ptr<Exchange> exchange = exchange_;
    settle_exchange();
    // Neither is destroyed before the client's end is told.
    const auto on_gone = exchange ? std::exchange(exchange->on_gone, nullptr) : nullptr;
    const auto on_room = exchange ? std::exchange(exchange->on_room, nullptr) : nullptr;
    surroundings_.owner.ended(number_);
    if (on_gone) on_gone();
}

}  // namespace outflow::http
