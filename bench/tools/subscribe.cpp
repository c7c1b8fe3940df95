// A bare MQTT subscriber: reads, finds packet ids, acknowledges. What it costs is the limit of what a bridge can cost.
#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "base/bytes.h"
#include "commands.h"
#include "mqtt/encode.h"
#include "mqtt_wire.h"
#include "report.h"

namespace outflow::bench {
namespace {

Status subscribe_to(MqttClient& client, const SubscribeOptions& options) {
    SendBuffer out;
    mqtt::Subscribe request;
    request.packet_id = mqtt::PacketId{1};
    request.filter = options.topic;
    request.qos = static_cast<std::uint8_t>(options.qos);
    mqtt::encode_subscribe(out.bytes, request, mqtt::Version::v5);
    if (!out.flush(client.socket)) return failed(ErrorCode::closed, "The MQTT server closed the connection.");
    TRY(RawPacket response, await_packet(client));
    if (response.type() != mqtt::PacketType::suback || response.body.empty() ||
        static_cast<std::uint8_t>(response.body.back()) != options.qos) {
        return failed(ErrorCode::mqtt_refused, fmt::format("The MQTT server did not grant '{}'.", options.topic));
    }
    client.in.consume(response.bytes);
    return {};
}

class Subscription {
public:
    Subscription(const SubscribeOptions& options, MqttClient client) : options_(options), client_(std::move(client)) {}

    bool run() {
        double processor_began = own_processor_seconds();
        Microseconds deadline = Clock::steady() + static_cast<Microseconds>(options_.seconds * 1e6);
        Progress progress([this] { return fmt::format("subscribe: {} messages", messages_); });
        while (!is_done() && connected_ && !stop_requested() && Clock::steady() < deadline) {
            pollfd polled{client_.socket.descriptor(), POLLIN, 0};
            if (out_.pending() > 0) polled.events |= POLLOUT;
            wait_for({&polled, 1}, std::min<Microseconds>(deadline - Clock::steady(), 1'000'000));
            progress.tick(Clock::steady());
            if (polled.revents == 0) continue;
            bool brought_messages = take();
            if (brought_messages && options_.pause_us > 0 && !is_done()) usleep(options_.pause_us);
        }
        report(own_processor_seconds() - processor_began);
        return connected_ && (options_.count == 0 || is_done());
    }

private:
    bool is_done() const { return options_.count > 0 && messages_ >= options_.count; }

    // Takes what is there and acknowledges it. Whether there was a message.
    bool take() {
        Microseconds now = Clock::steady();
        std::uint64_t before = messages_;
        connected_ = client_.in.fill(client_.socket) != Received::closed;
        std::string_view bytes = client_.in.view();
        std::size_t at = 0;
        for (RawPacket packet; (packet = next_packet(bytes.substr(at))).bytes > 0; at += packet.bytes) {
            if (packet.type() != mqtt::PacketType::publish) continue;
            ++messages_;
            std::uint16_t id = publish_id(packet);
            if (id != 0) append_integer(out_.bytes, std::uint32_t{0x40020000} | id);
        }
        client_.in.consume(at);
        connected_ = out_.flush(client_.socket) && connected_;
        if (messages_ == before) return false;
        ++reads_;
        if (first_ == 0) first_ = now;
        last_ = Clock::steady();
        return true;
    }

    void report(double processor_seconds) const {
        auto messages = static_cast<double>(messages_);
        double seconds = static_cast<double>(last_ - first_) / 1e6;
        Report report;
        report.add("tool", "subscribe");
        report.add("qos", options_.qos);
        report.add("pause_us", options_.pause_us);
        report.add("messages", messages_);
        report.add("reads", reads_);
        report.add("seconds", seconds);
        report.add("rate", messages / seconds);
        report.add("processor_seconds", processor_seconds);
        report.add("processor_us_a_message", processor_seconds * 1e6 / messages);
        report.add("connection_lost", !connected_);
        report.print();
    }

    const SubscribeOptions& options_;
    MqttClient client_;
    SendBuffer out_;
    std::uint64_t messages_ = 0;
    std::uint64_t reads_ = 0;  // that brought messages
    Microseconds first_ = 0;   // when the first message came
    Microseconds last_ = 0;
    bool connected_ = true;
};

}  // namespace

Result<bool> subscribe(const SubscribeOptions& options) {
    TRY(Endpoint endpoint, parse_loopback(options.mqtt));
    TRY(MqttClient client, open_mqtt(endpoint, mqtt::Version::v5, fmt::format("bench-s-{}", getpid())));
    if (Status status = subscribe_to(client, options); !status) return failed(std::move(status).error());
    say("subscribed");
    return Subscription(options, std::move(client)).run();
}

}  // namespace outflow::bench
