// A short visit to an MQTT broker about a session: to have it made and subscribed, so that it keeps messages until the
// task comes, or to have it ended, with what it holds.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "connectors/mqtt_link.h"

namespace outflow::connectors {

struct SessionVisitOptions {
    net::Endpoint broker;
    std::shared_ptr<net::TlsSource> tls;  // null: plain TCP
    mqtt::SessionOptions session;         // the task's
    bool fall_back = true;                // speak 3.1.1 with a broker that does not speak 5
};

// One thread: the loop's. Used once; may be destroyed at any time but within `on_done`.
class SessionVisit final : private MqttLink::Listener {
public:
    enum class Purpose : std::uint8_t { make, end };

    // The loop outlives it. `on_done` comes once, within seconds: whether the broker had the session when it was first
    // asked for it. Errors: timeout, with why it failed again and again; mqtt_refused.
    SessionVisit(net::EventLoop& loop, SessionVisitOptions options, Purpose purpose,
                 std::function<void(Result<bool>)> on_done);
    void start();

private:
    void on_readable() override;
    // Messages that come meanwhile are not acknowledged: they stay in the session.
    std::uint64_t on_message(const mqtt::Arrival&) override { return 0; }
    void on_actions(const mqtt::Actions& actions) override;
    void on_lost(mqtt::End end, bool is_unreachable) override;
    void finish(Result<bool> result);

    net::EventLoop& loop_;
    SessionVisitOptions options_;
    std::function<void(Result<bool>)> on_done_;
    MqttLink link_;
    net::Timer timer_;
    net::Timer retry_timer_;
    std::string last_error_;
    std::optional<bool> was_there_;  // the session
    std::string buffer_;             // received, and not understood yet
    bool is_leaving_ = false;        // it is done, and the broker is to close the connection
};

}  // namespace outflow::connectors
