#include "connectors/mqtt_link.h"

#include <algorithm>
#include <utility>

namespace outflow::connectors {

namespace {
constexpr std::chrono::milliseconds connect_timeout{10'000};
}  // namespace

MqttLink::MqttLink(net::EventLoop& loop, Listener& listener, net::Endpoint broker, std::shared_ptr<net::TlsSource> tls,
                   mqtt::SessionOptions options)
    : loop_(loop),
      listener_(listener),
      broker_(std::move(broker)),
      session_(std::move(options), listener),
      connection_(loop, *this, {.tls = std::move(tls)}),
      tick_timer_(loop) {}

void MqttLink::connect() { connection_.open(broker_, connect_timeout); }

bool MqttLink::connect_in_3_1_1(const mqtt::End& end) {
    if (end.action != mqtt::EndAction::fallback_to_3_1_1 || session_.version() != mqtt::Version::v5) return false;
    session_.set_version(mqtt::Version::v3_1_1);
    connect();
    return true;
}

mqtt::Actions& MqttLink::begin() {
    actions_.clear();
    return actions_;
}

void MqttLink::on_connected() {
    listener_.on_connected();
    session_.open(loop_.now(), begin());
    apply();
    schedule_tick();
    connection_.want_read();
}

void MqttLink::on_connect_failed(const Error& error) {
    listener_.on_lost({mqtt::EndAction::reconnect, 0, error.context}, true);
}

void MqttLink::on_closed(const Error& error) {
    tick_timer_.cancel();
    mqtt::End end = session_.on_closed(loop_.now());
    if (error.code == ErrorCode::tls_failed) end = {mqtt::EndAction::reconnect, 0, error.context};  // nothing of MQTT
    if (end.sentence.empty()) end.sentence = error.context;
    listener_.on_lost(std::move(end), false);
}

void MqttLink::apply() {
    if (!actions_.send.empty()) {
        connection_.output() += actions_.send;
        connection_.flush();
    }
    if (actions_.connected) schedule_tick();
    listener_.on_actions(actions_);
    if (!actions_.end) return;
    mqtt::End end = std::move(*actions_.end);
    close();
    listener_.on_lost(std::move(end), false);
}

void MqttLink::schedule_tick() {
    const auto next = session_.next_tick();
    if (!next) return;
    const auto wait = std::max(*next - loop_.now(), net::EventLoop::Clock::duration(std::chrono::milliseconds(1)));
    tick_timer_.start(wait, [this] {
        if (!is_open()) return;
        session_.tick(loop_.now(), begin());
        apply();
        if (is_open()) schedule_tick();
    });
}

void MqttLink::disconnect() {
    tick_timer_.cancel();
    if (!is_open()) return;
    session_.disconnect(begin());
    connection_.output() += actions_.send;
    connection_.flush();
}

void MqttLink::close() {
    tick_timer_.cancel();
    connection_.close();
    session_.on_closed(loop_.now());
}

}  // namespace outflow::connectors
