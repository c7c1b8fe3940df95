// What each packet of the server does to the session.
#include <fmt/format.h>

#include "base/endpoint.h"
#include "base/hash.h"
#include "mqtt/encode.h"
#include "mqtt/session.h"
#include "mqtt/session_times.h"
#include "mqtt/topic.h"

namespace outflow::mqtt {
namespace {

constexpr std::uint8_t packet_id_in_use = 0x91;
constexpr int subscribe_tries_max = 16;

std::string with_reason(std::string_view meaning, std::uint8_t code, std::string_view reason_string) {
    std::string text = fmt::format("{} (0x{:02X})", meaning, code);
    if (!reason_string.empty()) text += fmt::format(": \"{}\"", reason_string);
    return text;
}

// Bad user name or password, not authorized: in MQTT 5, and in 3.1.1.
bool is_about_credentials(std::uint8_t code) { return code == 0x86 || code == 0x87 || code == 4 || code == 5; }

// What a peer speaks instead of MQTT, by its first bytes; empty: unknown.
std::string_view recognise_protocol(std::string_view bytes) {
    if (bytes.starts_with("\x15\x03")) return "TLS";  // an alert record (RFC 8446, 5.1)
    if (bytes.starts_with("HTTP/")) return "HTTP, as a WebSocket port does";
    if (bytes.starts_with("AMQP")) return "AMQP";
    if (bytes.starts_with("SSH-")) return "SSH";
    return {};
}

}  // namespace

bool Session::on_packet(const FixedHeader& header, std::string_view body, Actions& actions) {
    Result<Packet> decoded = decode_body(header, body, options_.version);
    if (!decoded) {
        close_malformed(decoded.error(), now_, actions);
        return false;
    }
    const Packet& packet = *decoded;
    if (const auto* connack = std::get_if<Connack>(&packet)) {
        on_connack(*connack, actions);
    } else if (const auto* response = std::get_if<SubscriptionResponse>(&packet)) {
        response->type == PacketType::suback ? on_suback(*response, actions) : on_unsuback(*response, actions);
    } else if (std::holds_alternative<Pingresp>(packet)) {
        ping_outstanding_ = false;
        actions.ping_answered = true;
    } else if (const auto* disconnect = std::get_if<Disconnect>(&packet);
               disconnect != nullptr && options_.version == Version::v5) {
        on_disconnect(*disconnect, actions);
    } else if (const auto* acknowledgement = std::get_if<Acknowledgement>(&packet);
               acknowledgement != nullptr && acknowledgement->type == PacketType::pubrel) {
        on_release(*acknowledgement, actions);
    } else if (acknowledgement != nullptr && on_published(*acknowledgement, actions)) {
        return true;
    } else {  // we offer no authentication, and the rest goes to servers only
        unexpected(header.type, actions);
    }
    return is_open();
}

void Session::unexpected(PacketType type, Actions& actions) {
    std::string_view what = state_ == State::connecting ? "before CONNACK" : "is unexpected";
    Error error{ErrorCode::mqtt_protocol_error, fmt::format("{} {}", to_string(type), what)};
    close_malformed(error, now_, actions);
}

// The first bytes of the server are no MQTT packet.
void Session::no_mqtt(std::string_view bytes, const Error& error, Actions& actions) {
    const std::string_view protocol = recognise_protocol(bytes);
    if (protocol.empty()) return close_malformed(error, now_, actions);
    end(EndAction::reconnect, 0,
        fmt::format("The server answers in {}, not in MQTT: the address needs the port for plain MQTT, usually {}.",
                    protocol, mqtt_port),
        actions);
}

bool Session::on_publish(const FixedHeader& header, std::string_view body, Actions& actions) {
    Arrival arrival;
    Publish& publish = arrival.publish;
    if (Status status = decode_publish(header, body, options_.version, publish); !status) {
        close_malformed(status.error(), now_, actions);
        return false;
    }
    take(arrival, publish.qos > 0 ? hash_pair(publish.topic, publish.payload) : 0, actions);
    return true;
}

std::size_t Session::drain(std::string_view rest, Actions& actions) {
    Result<std::size_t> taken = drain_.take(rest);
    if (!taken) {
        close_malformed(taken.error(), now_, actions);
        return 0;
    }
    if (!drain_.is_complete()) return *taken;
    Arrival arrival;
    arrival.publish = drain_.publish();
    arrival.oversize = drain_.oversize();
    drain_.stop();  // publish and payload stay
    take(arrival, hash_bytes(arrival.publish.topic, arrival.oversize->payload_hash), actions);
    return *taken;
}

void Session::take(Arrival& arrival, std::uint64_t hash, Actions& actions) {
    const Publish& publish = arrival.publish;
    ++counters_.publishes;
    InflightTable::Recognised recognised;  // of QoS 0: fresh
    if (publish.qos > 0) recognised = inflight_.arrive(publish, hash);
    switch (recognised.as) {
    case InflightTable::Recognition::fresh:
        arrival.is_notice = options_.has_notices && publish.topic.starts_with("$SYS/");
        arrival.is_unwanted = arrival.is_notice || is_unwanted(publish);
        break;
    case InflightTable::Recognition::redelivered_here: arrival.kind = ArrivalKind::redelivered_here; break;
    case InflightTable::Recognition::redelivered_after_reconnect:
        arrival.kind = ArrivalKind::redelivered_after_reconnect;
        break;
    case InflightTable::Recognition::answer_again:
        ++counters_.released_redeliveries;
        encode_acknowledgement(actions.send, {PacketType::pubrec, publish.packet_id, 0, {}}, options_.version);
        sent();
        return;
    }
    arrival.entry = recognised.token;
    if (arrival.kind != ArrivalKind::fresh) ++counters_.redeliveries;
    if (arrival.oversize) ++counters_.oversize;
    if (state_ == State::subscribing) response_deadline_ = now_ + response_timeout;  // SUBACK stands behind these
    const std::uint64_t token = receiver_.on_message(arrival);
    if (publish.qos == 0 || arrival.kind == ArrivalKind::redelivered_here) return;
    if (arrival.kind == ArrivalKind::fresh) inflight_.hold(publish.packet_id, hash, token);
    if (inflight_.outstanding() > options_.receive_maximum) ++counters_.overruns;
}

void Session::on_connack(const Connack& connack, Actions& actions) {
    if (state_ != State::connecting) return unexpected(PacketType::connack, actions);
    if (connack.code != 0) return on_refused(connack, actions);
    if (connack.without_properties && options_.version == Version::v5) {
        Error error{ErrorCode::mqtt_malformed_packet, "CONNACK: no properties (MQTT 5, 3.2.2.3)"};
        return close_malformed(error, now_, actions);
    }
    state_ = State::subscribing;
    if (std::optional<std::string> reason = disagreement(connack)) {
        return end(EndAction::fail_task, 0, *std::move(reason), actions);
    }
    session_present_ = connack.session_present;
    bool is_expected = had_session_ && keeps_session();
    if (session_present_) {
        counters_.orphans_dropped += inflight_.resume();
    } else {
        counters_.orphans_dropped += inflight_.lose();
        granted_.reset();
        actions.session_lost = is_expected;
        if (is_expected) ++counters_.sessions_lost;
    }
    had_session_ = true;
    if (options_.client_id.empty() && connack.assigned_client_id) options_.client_id = *connack.assigned_client_id;
    keep_alive_seconds_ = connack.server_keep_alive_seconds.value_or(options_.keep_alive_seconds);
    Connected connected;
    connected.session_present = session_present_;
    connected.keep_alive_seconds = keep_alive_seconds_;
    connected.session_expiry_seconds = connack.session_expiry_seconds.value_or(options_.session_expiry_seconds);
    connected.client_id = options_.client_id;
    actions.connected = connected;
    if (options_.filter.empty()) return run(0, actions);
    // In 3.1.1 each SUBSCRIBE brings all retained messages again, so it is left out where the session is known to have
    // the subscription. That a session is there proves nothing: an earlier process may have ended before its SUBSCRIBE.
    if (options_.version == Version::v3_1_1 && granted_) return run(*granted_, actions);
    subscribe(actions);
}

void Session::on_refused(const Connack& connack, Actions& actions) {
    bool as_v3 = options_.version == Version::v3_1_1 || connack.without_properties;
    if (options_.version == Version::v5 && connack.code == 0x01) {  // 3.1.1: unacceptable protocol version
        return end(EndAction::fallback_to_3_1_1, connack.code, "The MQTT server does not speak MQTT 5.", actions);
    }
    ReasonMeaning meaning = connack_meaning(connack.code, as_v3 && connack.code < 0x80 ? Version::v3_1_1 : Version::v5);
    std::string text = with_reason(meaning.meaning, connack.code, connack.reason_string);
    if (!connack.server_reference.empty()) text += fmt::format("; it names {}", connack.server_reference);
    std::string sentence = fmt::format("The MQTT server refused the connection: {}.", text);
    if (is_about_credentials(connack.code) && !options_.refused_hint.empty()) sentence += " " + options_.refused_hint;
    end_by_server(meaning, connack.code, std::move(sentence), actions);
}

// Why a connection that the server granted does not do what the task asks.
std::optional<std::string> Session::disagreement(const Connack& connack) const {
    if (connack.session_expiry_seconds.value_or(options_.session_expiry_seconds) < options_.session_expiry_seconds) {
        return fmt::format("The MQTT server keeps the session for {} seconds, {} were asked for: messages would be "
                           "lost after a longer interruption. Ask for less (session_expiry_seconds) or raise its "
                           "limit.",
                           *connack.session_expiry_seconds, options_.session_expiry_seconds);
    }
    if (connack.maximum_qos.value_or(2) < options_.qos) {
        return fmt::format("The MQTT server supports QoS {} at most, the task asks for {}.", *connack.maximum_qos,
                           options_.qos);
    }
    SharedFilter shared = split_shared(options_.filter);
    if (!shared.group.empty() && !connack.shared_subscription_available.value_or(true)) {
        return "The MQTT server does not support shared subscriptions ($share).";
    }
    if (has_wildcard(shared.filter) && !connack.wildcard_subscription_available.value_or(true)) {
        return "The MQTT server does not support wildcards in topic filters.";
    }
    return std::nullopt;
}

void Session::subscribe(Actions& actions) {
    ++subscribe_tries_;
    subscribe_id_ = next_packet_id();
    Subscribe subscribe;
    subscribe.packet_id = subscribe_id_;
    subscribe.filter = options_.filter;
    subscribe.qos = options_.qos;
    bool is_never = options_.retained == Retained::never;
    subscribe.retain_handling = is_never ? RetainHandling::never : RetainHandling::send_if_new;
    encode_subscribe(actions.send, subscribe, options_.version);
    response_deadline_ = now_ + response_timeout;
    subscribe_deadline_ = now_ + subscribe_timeout_max;
    sent();
}

void Session::on_suback(const SubscriptionResponse& response, Actions& actions) {
    if (state_ != State::subscribing || response.packet_id != subscribe_id_ || response.codes.size() != 1) {
        return unexpected(PacketType::suback, actions);
    }
    auto code = static_cast<std::uint8_t>(response.codes[0]);
    if (code == packet_id_in_use && subscribe_tries_ < subscribe_tries_max) return subscribe(actions);
    if (code >= 0x80) {
        ReasonMeaning meaning = suback_meaning(code);
        std::string sentence = fmt::format("The MQTT server refused the subscription to {}: {}.", options_.filter,
                                           with_reason(meaning.meaning, code, response.reason_string));
        const bool is_unexplained = code == 0x80;  // all that 3.1.1 can say
        if ((is_unexplained || is_about_credentials(code)) && !options_.refused_hint.empty())
            sentence += " " + options_.refused_hint;
        end(meaning.action, 0, std::move(sentence), actions);
        end_->code = actions.end->code = code;
        return;
    }
    if (code < options_.qos) {
        return end(EndAction::fail_task, 0,
                   fmt::format("The MQTT server granted QoS {} where {} was asked for: messages could be lost.", code,
                               options_.qos),
                   actions);
    }
    granted_ = code;
    run(code, actions);
}

void Session::run(std::uint8_t granted_qos, Actions& actions) {
    state_ = State::running;
    actions.subscribed = granted_qos;
}

void Session::on_unsuback(const SubscriptionResponse& response, Actions& actions) {
    if (unsubscribe_id_ == PacketId::none || response.packet_id != unsubscribe_id_ || response.codes.size() > 1) {
        return unexpected(PacketType::unsuback, actions);
    }
    unsubscribe_id_ = PacketId::none;
    actions.unsubscribed = response.codes.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(response.codes[0]);
}

void Session::on_release(const Acknowledgement& release, Actions& actions) {
    bool is_known = inflight_.release(release.packet_id);
    if (!is_known) ++counters_.unknown_releases;
    std::uint8_t reason = is_known ? 0 : 0x92;  // packet identifier not found
    encode_acknowledgement(actions.send, {PacketType::pubcomp, release.packet_id, reason, {}}, options_.version);
    sent();
}

bool Session::on_published(const Acknowledgement& response, Actions& actions) {
    const bool is_ours = response.type == PacketType::puback && is_publishing() && response.packet_id == publish_id_;
    if (!is_ours) return false;
    publish_id_ = PacketId::none;
    actions.published = response.reason;
    return true;
}

void Session::on_disconnect(const Disconnect& disconnect, Actions& actions) {
    ReasonMeaning meaning = disconnect_meaning(disconnect.reason);
    std::string text = with_reason(meaning.meaning, disconnect.reason, disconnect.reason_string);
    if (!disconnect.server_reference.empty()) text += fmt::format("; it names {}", disconnect.server_reference);
    end_by_server(meaning, disconnect.reason, fmt::format("The MQTT server disconnected us: {}.", text), actions);
}

// The server has the last word: nothing is sent any more.
void Session::end_by_server(ReasonMeaning meaning, std::uint8_t code, std::string sentence, Actions& actions) {
    EndAction action = meaning.action;
    if (meaning.our_fault) {
        if (last_fault_ && now_ - *last_fault_ < fault_memory) action = EndAction::fail_task;
        last_fault_ = now_;
    }
    end_ = End{action, code, std::move(sentence)};
    actions.end = end_;
    state_ = State::ended;
}

// 3.1.1 has no Retain Handling: in a new session RETAIN says that our SUBSCRIBE brought the message (3.1.1, 3.3.1.3).
// In one that was there it says nothing: some brokers send so what was published while we were away (aedes).
bool Session::is_unwanted(const Publish& publish) const {
    if (options_.version == Version::v5 || options_.retained != Retained::never) return false;
    return publish.retain && !publish.dup && !session_present_;
}

bool Session::keeps_session() const {
    if (options_.clean_session) return false;
    return options_.version == Version::v3_1_1 || options_.session_expiry_seconds > 0;
}

}  // namespace outflow::mqtt
