#include "connectors/mqtt_tap.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "connectors/mqtt_event.h"
#include "mqtt/topic.h"
#include "platform/clock.h"
#include "platform/process.h"

namespace outflow::connectors {

namespace {

constexpr std::uint16_t receive_maximum = 100;
constexpr std::size_t read_bytes = 64 * 1024;

mqtt::SessionOptions session_options(const MqttTapOptions& options) {
    mqtt::SessionOptions session;
    session.client_id = options.client_id;
    if (session.client_id.empty()) session.client_id = fmt::format("outflow-tap-{:016x}", platform::random_u64());
    session.username = options.username;
    session.password = options.password;
    session.version = options.version;
    session.clean_session = true;
    session.receive_maximum = receive_maximum;
    session.filter = options.filter;
    session.qos = options.qos;
    if (!options.tls) session.server_port = options.broker.port;  // who answers over TLS has the right port
    session.has_notices = options.has_notices;
    return session;
}

}  // namespace

Status check_tap_filter(std::string_view filter) {
    if (filter == "$share" || filter.starts_with("$share/") || filter.starts_with("$queue/")) {
        return failed(ErrorCode::invalid_argument,
                      fmt::format("{} is a shared subscription: what it gets, the others of its group do not get, and "
                                  "this command takes nothing away. Give the plain topic filter.",
                                  filter));
    }
    if (filter.starts_with("$exclusive/")) {
        return failed(ErrorCode::invalid_argument,
                      fmt::format("{} is an exclusive subscription: it would keep others out. Give the plain topic "
                                  "filter.",
                                  filter));
    }
    if (Status status = mqtt::validate_filter(filter); !status) {
        return failed(status.error().code, fmt::format("No topic filter: {}.", status.error().context));
    }
    return {};
}

MqttTap::MqttTap(net::EventLoop& loop, MqttTapOptions options, OnMessage on_message,
                 std::function<void()> on_subscribed)
    : loop_(loop),
      options_(std::move(options)),
      on_message_(std::move(on_message)),
      on_subscribed_(std::move(on_subscribed)),
      link_(loop, *this, options_.broker, options_.tls, session_options(options_)) {}

Status MqttTap::run() {
    if (Status status = check_tap_filter(options_.filter); !status) return status;
    link_.connect();
    loop_.run();
    has_ended_ = true;
    link_.disconnect();
    link_.close();
    return std::move(result_);
}

void MqttTap::on_readable() {
    buffer_.resize(std::max(buffer_.size(), used_ + read_bytes + limits::chunk_padding));
    const auto result = link_.connection().read(buffer_.data() + used_, buffer_.size() - limits::chunk_padding - used_);
    if (result.kind == net::Connection::ReadResult::Kind::closed) return;
    if (result.kind == net::Connection::ReadResult::Kind::bytes) {
        used_ += result.size;
        take_bytes();
    }
    if (!has_ended_ && link_.is_open()) link_.connection().want_read();
}

// What on_message has seen is acknowledged; after its end nothing is, and the broker drops the session with the rest.
void MqttTap::take_bytes() {
    mqtt::Session& session = link_.session();
    mqtt::Actions& actions = link_.begin();
    const std::size_t taken = session.receive({buffer_.data(), used_}, loop_.now(), actions);
    for (const Seen& seen : seen_) session.acknowledge(seen.receipt, seen.number, actions);
    seen_.clear();
    used_ -= taken;
    std::memmove(buffer_.data(), buffer_.data() + taken, used_);
    link_.apply();
}

std::uint64_t MqttTap::on_message(const mqtt::Arrival& arrival) {
    if (has_ended_ || arrival.kind != mqtt::ArrivalKind::fresh || arrival.is_notice) return 0;
    arena_.reset();
    event::Event event = make_event(arrival, platform::unix_ms(), arena_, properties_);
    event.number = messages_++;
    seen_.push_back({{link_.session().epoch(), arrival.publish.packet_id, arrival.publish.qos}, event.number});
    if (!on_message_(event)) end({});
    return event.number;
}

void MqttTap::on_actions(const mqtt::Actions& actions) {
    if (actions.subscribed) on_subscribed_();
}

void MqttTap::on_lost(mqtt::End why, bool is_unreachable) {
    if (has_ended_) return;
    if (options_.fall_back && link_.connect_in_3_1_1(why)) return;
    if (is_unreachable) return end(failed(ErrorCode::network_error, std::move(why.sentence)));
    end(failed(ErrorCode::mqtt_refused, fmt::format("{}: {}", net::to_string(options_.broker), why.sentence)));
}

void MqttTap::end(Status result) {
    if (std::exchange(has_ended_, true)) return;
    result_ = std::move(result);
    loop_.stop();
}

}  // namespace outflow::connectors
