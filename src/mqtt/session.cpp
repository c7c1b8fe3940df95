// Requests, timers and the loop over received bytes; what each packet does stands in session_packets.cpp.
#include "mqtt/session.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/endpoint.h"
#include "mqtt/encode.h"
#include "mqtt/session_times.h"

namespace outflow::mqtt {

void Actions::clear() {
    send.clear();
    connected.reset();
    session_lost = false;
    subscribed.reset();
    unsubscribed.reset();
    published.reset();
    ping_answered = false;
    end.reset();
}

Session::Session(SessionOptions options, Receiver& receiver) : options_(std::move(options)), receiver_(receiver) {
    OUTFLOW_ASSERT(options_.qos <= 2 && options_.receive_maximum > 0);
    OUTFLOW_ASSERT(!options_.clean_session || options_.session_expiry_seconds == 0);
}

void Session::set_version(Version version) {
    OUTFLOW_ASSERT(state_ == State::closed);
    options_.version = version;
}

void Session::set_receive_maximum(std::uint16_t receive_maximum) {
    OUTFLOW_ASSERT(state_ == State::closed && receive_maximum > 0);
    options_.receive_maximum = receive_maximum;
}

void Session::set_password(std::string password) {
    OUTFLOW_ASSERT(state_ == State::closed);
    options_.password = std::move(password);
}

void Session::open(TimePoint now, Actions& actions) {
    OUTFLOW_ASSERT(state_ == State::closed);
    ++epoch_;
    state_ = State::connecting;
    end_.reset();
    drain_.stop();
    any_byte_ = ping_outstanding_ = session_present_ = paused_ = false;
    rest_bytes_ = 0;
    subscribe_id_ = unsubscribe_id_ = publish_id_ = PacketId::none;
    subscribe_tries_ = 0;
    response_deadline_ = now + response_timeout;

    Connect connect;
    connect.client_id = options_.client_id;
    if (options_.username) connect.username = *options_.username;
    bool may_send_password = options_.version == Version::v5 || options_.username;
    if (options_.password && may_send_password) connect.password = *options_.password;
    connect.clean_start = options_.clean_session;
    connect.keep_alive_seconds = options_.keep_alive_seconds;
    if (options_.version == Version::v5) {
        connect.session_expiry_seconds = options_.session_expiry_seconds;
        connect.receive_maximum = options_.receive_maximum;
        connect.topic_alias_maximum = std::uint16_t{0};
        connect.request_problem_information = true;
    }
    encode_connect(actions.send, connect, options_.version);
    now_ = now;
    sent();
}

std::size_t Session::receive(std::string_view bytes, TimePoint now, Actions& actions) {
    now_ = now;
    if (bytes.size() > rest_bytes_) {  // something new: the server lives, whatever it owes us
        any_byte_ = true;
        ping_deadline_ = now + response_timeout;
    }
    std::size_t at = 0;
    while (at < bytes.size() && is_open()) {
        std::string_view rest = bytes.substr(at);
        std::size_t taken = drain_.is_active() ? drain(rest, actions) : receive_packet(rest, actions);
        if (taken == 0) break;
        at += taken;
    }
    if (!is_open()) at = bytes.size();
    rest_bytes_ = bytes.size() - at;
    return at;
}

// The packet at the start of `rest`; returns its size, 0: not there yet, or it ended the connection.
std::size_t Session::receive_packet(std::string_view rest, Actions& actions) {
    Result<FixedHeader> decoded = decode_fixed_header(rest, options_.version);
    if (!decoded) {
        if (state_ == State::connecting) no_mqtt(rest, decoded.error(), actions);
        else close_malformed(decoded.error(), now_, actions);
        return 0;
    }
    const FixedHeader& header = *decoded;
    if (header.need_more()) return 0;
    if (state_ == State::connecting && header.type != PacketType::connack) {
        unexpected(header.type, actions);
        return 0;
    }
    if (header.packet_bytes() > options_.packet_bytes_max) {
        if (header.type == PacketType::publish) {
            drain_.start(header, options_.version);
            return header.header_bytes;
        }
        Error error{ErrorCode::mqtt_packet_too_large,
                    fmt::format("{} of {} bytes", to_string(header.type), header.packet_bytes())};
        close_malformed(error, now_, actions);
        return 0;
    }
    if (rest.size() < header.packet_bytes()) return 0;
    std::string_view body = rest.substr(header.header_bytes, header.remaining_length);
    bool taken =
        header.type == PacketType::publish ? on_publish(header, body, actions) : on_packet(header, body, actions);
    return taken ? header.packet_bytes() : 0;
}

void Session::acknowledge(const Receipt& receipt, std::uint64_t token, Actions& actions) {
    if (receipt.qos == 0) return;
    if (receipt.epoch != epoch_ || (state_ != State::subscribing && state_ != State::running)) {
        ++counters_.stale_acknowledgements;
        return;
    }
    PacketType type = receipt.qos == 1 ? PacketType::puback : PacketType::pubrec;
    encode_acknowledgement(actions.send, {type, receipt.packet_id, 0, {}}, options_.version);
    inflight_.acknowledge(receipt.packet_id, receipt.qos, token);
    sent();
}

void Session::unsubscribe(std::string_view filter, TimePoint now, Actions& actions) {
    if (state_ != State::subscribing && state_ != State::running) return;
    now_ = now;
    if (filter == options_.filter) granted_.reset();
    unsubscribe_id_ = next_packet_id();
    encode_unsubscribe(actions.send, {unsubscribe_id_, filter}, options_.version);
    sent();
}

void Session::publish(std::string_view topic, std::string_view payload, TimePoint now, Actions& actions) {
    OUTFLOW_ASSERT(state_ == State::running && !is_publishing());
    now_ = now;
    publish_id_ = next_packet_id();
    Publish message;
    message.topic = topic;
    message.payload = payload;
    message.packet_id = publish_id_;
    message.qos = 1;
    encode_publish(actions.send, message, nullptr, options_.version);
    sent();
}

void Session::disconnect(Actions& actions) {
    if (!is_open()) return;
    encode_disconnect(actions.send, 0, options_.version);
    end_ = End{EndAction::reconnect, 0, "Disconnected as asked."};
    state_ = State::ended;
}

void Session::close_malformed(const Error& error, TimePoint now, Actions& actions) {
    if (!is_open()) return;
    std::uint8_t code = error.code == ErrorCode::mqtt_protocol_error     ? 0x82
                        : error.code == ErrorCode::mqtt_packet_too_large ? 0x95
                                                                         : 0x81;
    bool again = last_malformed_ && now - *last_malformed_ < fault_memory;
    last_malformed_ = now;
    end(again ? EndAction::wait : EndAction::reconnect, code,
        fmt::format("The MQTT server sent what the protocol forbids: {}.", error.context), actions);
}

void Session::reading_paused(bool paused, TimePoint now) {
    now_ = now;
    if (paused_ == paused) return;
    paused_ = paused;
    ping_deadline_ = response_deadline_ = now + response_timeout;
    subscribe_deadline_ = now + subscribe_timeout_max;
}

void Session::tick(TimePoint now, Actions& actions) {
    now_ = now;
    if (!is_open()) return;
    if (!paused_) {
        if (state_ == State::connecting && now >= response_deadline_) {
            return end(EndAction::reconnect, 0,
                       without_response("The MQTT server did not answer CONNECT within 10 seconds."), actions);
        }
        if (state_ == State::subscribing && now >= std::min(response_deadline_, subscribe_deadline_)) {
            return end(EndAction::reconnect, 0, "The MQTT server did not answer SUBSCRIBE in time.", actions);
        }
        if (ping_outstanding_ && now >= ping_deadline_) {
            return end(EndAction::reconnect, 0, "The MQTT server did not answer PINGREQ within 10 seconds.", actions);
        }
    }
    if (std::optional<TimePoint> due = next_ping(); due && now >= *due) ping(now, actions);
}

void Session::ping(TimePoint now, Actions& actions) {
    if (state_ != State::subscribing && state_ != State::running) return;
    now_ = now;
    encode_pingreq(actions.send);
    sent();
    if (!ping_outstanding_) ping_deadline_ = now + response_timeout;
    ping_outstanding_ = true;
}

std::optional<TimePoint> Session::next_tick() const {
    if (!is_open()) return std::nullopt;
    std::optional<TimePoint> next = next_ping();
    auto consider = [&next](TimePoint time) { next = next ? std::min(*next, time) : time; };
    if (paused_) return next;
    if (state_ == State::connecting) consider(response_deadline_);
    if (state_ == State::subscribing) consider(std::min(response_deadline_, subscribe_deadline_));
    if (ping_outstanding_) consider(ping_deadline_);
    return next;
}

// Three quarters of the keep alive time after the last byte that we sent: what the server sends does not count
// (MQTT 5, 3.1.2.10).
std::optional<TimePoint> Session::next_ping() const {
    if (state_ != State::subscribing && state_ != State::running) return std::nullopt;
    if (keep_alive_seconds_ == 0) return std::nullopt;
    return last_sent_ + std::chrono::milliseconds(std::uint32_t{keep_alive_seconds_} * 750);
}

End Session::on_closed(TimePoint now) {
    now_ = now;
    State state = std::exchange(state_, State::closed);
    drain_.stop();
    if (end_) return *end_;
    if (state == State::connecting && options_.version == Version::v5 && !any_byte_) {
        return {
            EndAction::fallback_to_3_1_1, 0,
            without_response("The MQTT server closed the connection without a response to an MQTT 5 CONNECT; it may "
                             "know only 3.1.1.")};
    }
    if (state == State::connecting) {
        return {EndAction::reconnect, 0,
                without_response("The MQTT server closed the connection without a response to CONNECT.")};
    }
    if (state == State::subscribing) {
        return {EndAction::reconnect, 0,
                "The MQTT server accepted the connection and closed it before it answered SUBSCRIBE.", true};
    }
    return {EndAction::reconnect, 0, {}, true};
}

std::string Session::without_response(std::string_view sentence) const {
    const std::string_view usual = usual_protocol(options_.server_port, false);
    if (options_.server_port == 0 || options_.server_port == mqtt_port) return std::string(sentence);
    if (usual.empty())
        return fmt::format("{} If port {} is for TLS, it takes mqtts://.", sentence, options_.server_port);
    return fmt::format("{} Port {} is usually {}, and this is MQTT over plain TCP{}.", sentence, options_.server_port,
                       usual, usual.find("TLS") == std::string_view::npos ? "" : "; over TLS it is mqtts://");
}

// Ends the connection. A v5 server is told why if it has said that it is one.
void Session::end(EndAction action, std::uint8_t code, std::string sentence, Actions& actions) {
    if (options_.version == Version::v5 && state_ != State::connecting) {
        encode_disconnect(actions.send, code, options_.version);
    }
    end_ = End{action, code, std::move(sentence)};
    actions.end = end_;
    state_ = State::ended;
}

// From above: servers count from below, and some keep the ids of both directions in one table (mochi).
PacketId Session::next_packet_id() {
    last_packet_id_ = static_cast<std::uint16_t>(last_packet_id_ <= 1 ? 0xFFFF : last_packet_id_ - 1);
    return PacketId{last_packet_id_};
}

bool Session::is_open() const { return state_ != State::closed && state_ != State::ended; }

// The time of the last call that told it: early rather than late.
void Session::sent() { last_sent_ = now_; }

}  // namespace outflow::mqtt
