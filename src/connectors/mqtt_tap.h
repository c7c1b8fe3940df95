// Looks at what an MQTT broker sends, and takes nothing away from anybody: a random client id, a session that ends with
// the connection, a subscription of its own that no group shares.
//
//   Connection --bytes--> buffer --views--> Session --message--> OnMessage, PUBACK
//
// There is no queue: nothing is read while OnMessage works. What waits meanwhile waits at the broker, in this session
// alone, at most `receive_maximum` messages of it in flight.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "event/memory.h"
#include "connectors/mqtt_link.h"

namespace outflow::connectors {

struct MqttTapOptions {
    net::Endpoint broker;
    std::shared_ptr<net::TlsSource> tls;  // null: plain TCP
    std::string filter;                   // see check_tap_filter
    std::uint8_t qos = 1;
    std::string client_id;  // empty: a random one
    std::optional<std::string> username;
    std::optional<std::string> password;
    bool has_notices = false;  // see mqtt::SessionOptions
    mqtt::Version version = mqtt::Version::v5;
    bool fall_back = true;  // speak 3.1.1 with a broker that does not speak 5
};

// Errors: invalid_argument with a sentence for what is no topic filter, and for filters that would take messages away
// from others: shared ones ($share/, $queue/) and exclusive ones ($exclusive/).
Status check_tap_filter(std::string_view filter);

// Belongs to the loop's thread; used once.
class MqttTap final : private MqttLink::Listener {
public:
    // The event and all its views end with the call. Returns false to end.
    using OnMessage = std::function<bool(const event::Event& event)>;

    // All outlive the tap. `on_subscribed` is called once, when messages can come.
    MqttTap(net::EventLoop& loop, MqttTapOptions options, OnMessage on_message, std::function<void()> on_subscribed);

    // Until `on_message` says so or stop(). One connection: what comes between two of them, nobody could tell.
    // Errors: network_error, timeout (no connection, or it was lost), mqtt_refused (what the broker said).
    Status run();
    void stop() { loop_.stop(); }  // any thread

private:
    struct Seen {  // by OnMessage, and to be acknowledged
        mqtt::Receipt receipt;
        std::uint64_t number;
    };

    void on_connected() override { used_ = 0; }
    void on_readable() override;
    std::uint64_t on_message(const mqtt::Arrival& arrival) override;
    void on_actions(const mqtt::Actions& actions) override;
    void on_lost(mqtt::End end, bool is_unreachable) override;

    void take_bytes();
    void end(Status result);

    net::EventLoop& loop_;
    MqttTapOptions options_;
    OnMessage on_message_;
    std::function<void()> on_subscribed_;
    MqttLink link_;
    mqtt::PublishProperties properties_;
    event::Arena arena_;
    std::string buffer_;  // used_ bytes of it are received and not taken; limits::chunk_padding more are readable
    std::size_t used_ = 0;
    std::uint64_t messages_ = 0;
    std::vector<Seen> seen_;
    bool has_ended_ = false;
    Status result_;
};

}  // namespace outflow::connectors
