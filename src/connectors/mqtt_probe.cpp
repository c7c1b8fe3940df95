// The connection test of an MQTT broker:
//
//   resolve, connect, tls --> CONNECT --CONNACK--> SUBSCRIBE --SUBACK--> UNSUBSCRIBE, DISCONNECT --> the broker closes
//                               '--it speaks 3.1.1 alone: once more, within the same step
//
// The session is clean and ends with the connection, however that ends.
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "connectors/probe_connection.h"
#include "mqtt/topic.h"

namespace outflow::connectors {

namespace {

constexpr std::chrono::milliseconds leave_time{1'000};
constexpr std::uint16_t messages_max = 16;  // that come with the subscription, and are not acknowledged
constexpr std::string_view see_log = "Look into the broker's log: it should say why.";

mqtt::SessionOptions session_options(const MqttProbeSettings& settings) {
    mqtt::SessionOptions session;
    session.client_id = settings.client_id;
    session.username = settings.username;
    session.password = settings.password;
    session.version = settings.version;
    session.session_expiry_seconds = 0;
    session.clean_session = true;
    session.receive_maximum = messages_max;
    session.retained = mqtt::Retained::never;
    // Shared, messages would come here that a task is to have.
    const bool is_valid = mqtt::validate_filter(settings.filter).has_value();
    if (is_valid) session.filter = mqtt::split_shared(settings.filter).filter;
    session.qos = session.filter.empty() ? std::uint8_t{0} : settings.qos;
    if (!settings.tls) session.server_port = settings.broker.port;
    return session;
}

// What CONNACK says of a session, as far as it matters to a task.
std::string describe_limits(const mqtt::Connack& connack) {
    const auto word = [](const std::optional<bool>& is_available) {
        return is_available.value_or(true) ? "available" : "not available";
    };
    std::string text =
        fmt::format("MQTT 5: Receive Maximum {}, Maximum QoS {}, retained messages {}, shared subscriptions {}",
                    connack.receive_maximum.value_or(65'535), connack.maximum_qos.value_or(2),
                    word(connack.retain_available), word(connack.shared_subscription_available));
    if (!connack.wildcard_subscription_available.value_or(true)) text += ", wildcards not available";
    if (connack.maximum_packet_size) text += fmt::format(", Maximum Packet Size {}", *connack.maximum_packet_size);
    return text;
}

// What to do about a connection that the broker has ended with this code of CONNACK or DISCONNECT.
std::string connect_remedy(std::uint8_t code, const MqttProbeSettings& settings) {
    const std::string& refused_hint = settings.refused_hint;
    switch (code) {
    case 0:  // it has not said why
        return fmt::format("Is {} the port for MQTT {} TLS, and what does the broker's log say?", settings.broker.port,
                           settings.tls ? "over" : "without");
    case 0x04:
    case 0x05:
    case 0x86:
    case 0x87:
        return !refused_hint.empty() ? refused_hint
                                     : "Check user name and password of the instance, and that this user may connect "
                                       "with any client id.";
    case 0x02:
    case 0x85: return "Let the broker accept client ids that begin with outflow-.";
    case 0x8A: return "Have the broker's administrator lift the ban.";
    case 0x88:
    case 0x89:
    case 0x97:
    case 0x9F: return "Try again later, or raise the broker's limits.";
    case 0x9C:
    case 0x9D: return "Use the address that the broker names.";
    default: return std::string(see_log);
    }
}

// The same of SUBACK, and of what CONNACK rules out.
std::string subscribe_remedy(std::uint8_t code, const std::string& refused_hint) {
    switch (code) {
    case 0x80:
    case 0x87:
        return !refused_hint.empty() ? refused_hint
                                     : "Let this user read the topic in the broker's access control (ACL).";
    case 0x8F: return "Correct the topic filter, or let the broker accept it.";
    case 0x97: return "Raise the broker's quota.";
    case 0xA2: return "Subscribe without wildcards, or let the broker support them.";
    case 0: return "Ask for what the broker grants (qos and topic of the task), or raise its limits.";
    default: return std::string(see_log);
    }
}

class MqttProbe final : public Probe, private ProbeSteps::Owner, private ProbeConnection::Owner, mqtt::Receiver {
public:
    MqttProbe(net::EventLoop& loop, MqttProbeSettings settings, ProbeLimits limits, OnDone on_done)
        : loop_(loop),
          settings_(std::move(settings)),
          on_done_(std::move(on_done)),
          steps_(loop, *this, limits),
          connection_(loop, steps_, *this),
          session_(session_options(settings_), *this),
          end_timer_(loop),
          peer_name_(net::to_string(settings_.broker)) {
        connection_.open({peer_name_, settings_.broker, settings_.tls, {}});
    }

private:
    // ProbeSteps::Owner
    void on_step_late() override { finish(); }
    void on_time_over() override { finish(); }

    // ProbeConnection::Owner
    void on_reached() override;
    void on_unreachable() override { finish(); }
    void on_bytes(std::string_view bytes) override;
    void on_lost(const Error& error) override;

    std::uint64_t on_message(const mqtt::Arrival&) override { return 0; }  // never acknowledged

    void keep_connack();
    void apply();
    void on_connected();
    void on_subscribed(std::uint8_t granted_qos);
    void on_end(const mqtt::End& end);
    void begin_subscribe();
    void leave();
    void finish();

    net::EventLoop& loop_;
    MqttProbeSettings settings_;
    OnDone on_done_;
    ProbeSteps steps_;
    ProbeConnection connection_;
    mqtt::Session session_;
    mqtt::Actions actions_;
    net::Timer end_timer_;
    std::string peer_name_;
    std::string buffer_;           // received, and not understood yet
    bool has_connack_ = false;     // that grants the connection
    bool is_subscribing_ = false;  // the step has begun
    bool shares_ = true;           // as CONNACK says
    std::string granted_;          // what it says, for people
    bool is_leaving_ = false;
};

void MqttProbe::on_reached() {
    const bool is_again = steps_.is_under_way();
    if (!is_again)
        steps_.begin("mqtt", peer_name_,
                     fmt::format("Does an MQTT broker listen on port {}{}?", settings_.broker.port,
                                 settings_.tls ? " with TLS" : ", without TLS (which is mqtts://)"));
    if (!settings_.cannot_log_in.empty()) {
        steps_.fail("not tested: " + settings_.cannot_log_in, settings_.refused_hint);
        return finish();
    }
    actions_.clear();
    buffer_.clear();
    session_.open(loop_.now(), actions_);
    connection_.send(actions_.send);
}

void MqttProbe::on_bytes(std::string_view bytes) {
    if (is_leaving_) return;
    buffer_ += bytes;
    actions_.clear();
    if (!has_connack_) keep_connack();
    buffer_.erase(0, session_.receive(buffer_, loop_.now(), actions_));
    apply();
}

// The session tells of CONNACK only what it needs itself.
void MqttProbe::keep_connack() {
    const mqtt::Version version = session_.version();
    const auto header = mqtt::decode_fixed_header(buffer_, version);
    if (!header || header->need_more() || header->type != mqtt::PacketType::connack ||
        buffer_.size() < header->packet_bytes())
        return;
    const std::string_view body = std::string_view(buffer_).substr(header->header_bytes, header->remaining_length);
    const auto packet = mqtt::decode_body(*header, body, version);
    const auto* connack = packet ? std::get_if<mqtt::Connack>(&*packet) : nullptr;
    if (connack == nullptr || connack->code != 0) return;
    has_connack_ = true;
    shares_ = connack->shared_subscription_available.value_or(true);
    if (version == mqtt::Version::v5) granted_ = describe_limits(*connack);
    else if (settings_.version == mqtt::Version::v5) granted_ = "MQTT 3.1.1: the broker does not speak MQTT 5";
    else granted_ = "MQTT 3.1.1, as asked for";
}

void MqttProbe::apply() {
    connection_.send(actions_.send);
    if (actions_.connected) on_connected();
    if (actions_.end) return on_end(*actions_.end);
    if (actions_.subscribed && !is_leaving_) on_subscribed(*actions_.subscribed);
}

void MqttProbe::on_connected() {
    steps_.pass(granted_);
    if (settings_.filter.empty()) return;
    begin_subscribe();
    if (auto status = mqtt::validate_filter(settings_.filter); !status) {
        steps_.fail(status.error().context, "Correct the topic filter.");
        return leave();
    }
    if (mqtt::split_shared(settings_.filter).group.empty() || shares_) return;
    steps_.fail("the broker does not support shared subscriptions ($share)",
                "Let the broker support them, or subscribe without $share.");
    leave();
}

void MqttProbe::begin_subscribe() {
    is_subscribing_ = true;
    steps_.begin("subscribe", peer_name_, std::string(see_log));
}

void MqttProbe::on_subscribed(std::uint8_t granted_qos) {
    if (!settings_.filter.empty()) {
        const mqtt::SharedFilter shared = mqtt::split_shared(settings_.filter);
        std::string text =
            fmt::format("QoS {} granted for {} (Mosquitto's acl_file judges messages, not subscriptions)", granted_qos,
                        shared.filter);
        if (!shared.group.empty())
            text += fmt::format("; without $share/{}: in that group the test would take messages from the task",
                                shared.group);
        const bool is_doubtful = !shared.group.empty() && session_.version() == mqtt::Version::v3_1_1;
        steps_.pass(std::move(text),
                    is_doubtful
                        ? "$share belongs to MQTT 5: several brokers grant it in a 3.1.1 session and never send "
                          "anything."
                        : "");
    }
    leave();
}

void MqttProbe::on_lost(const Error& error) {
    if (is_leaving_) return finish();
    mqtt::End end = session_.on_closed(loop_.now());
    if (error.code == ErrorCode::tls_failed) {  // a client certificate is asked for behind the handshake
        ProbeAdvice advice = split_tls_reason(error.context);
        steps_.fail(std::move(advice.detail), std::move(advice.remedy));
        return finish();
    }
    if (end.sentence.empty()) end.sentence = error.context;
    on_end(end);
}

void MqttProbe::on_end(const mqtt::End& end) {
    if (is_leaving_) return finish();
    if (end.action == mqtt::EndAction::fallback_to_3_1_1 && settings_.fall_back &&
        session_.version() == mqtt::Version::v5) {
        connection_.close();
        session_.on_closed(loop_.now());
        session_.set_version(mqtt::Version::v3_1_1);
        return connection_.reopen();
    }
    // CONNACK may grant the connection, and say at once that it cannot have the subscription.
    if (has_connack_ && !is_subscribing_) {
        steps_.pass(granted_);
        begin_subscribe();
    }
    steps_.fail(end.sentence, has_connack_ ? subscribe_remedy(end.code, settings_.refused_hint)
                                           : connect_remedy(end.code, settings_));
    finish();
}

void MqttProbe::leave() {
    is_leaving_ = true;
    actions_.clear();
    if (is_subscribing_) session_.unsubscribe(mqtt::split_shared(settings_.filter).filter, loop_.now(), actions_);
    session_.disconnect(actions_);
    connection_.send(actions_.send);
    connection_.end_output();
    end_timer_.start(leave_time, [this] { finish(); });
}

void MqttProbe::finish() {
    is_leaving_ = true;
    connection_.close();
    end_timer_.start({}, [this] {
        std::vector<ProbeStep> steps = steps_.take();
        if (const OnDone on_done = std::exchange(on_done_, nullptr)) on_done(std::move(steps));
    });
}

}  // namespace

std::unique_ptr<Probe> probe_mqtt(net::EventLoop& loop, MqttProbeSettings settings, ProbeLimits limits,
                                  Probe::OnDone on_done) {
    return std::make_unique<MqttProbe>(loop, std::move(settings), limits, std::move(on_done));
}

}  // namespace outflow::connectors
