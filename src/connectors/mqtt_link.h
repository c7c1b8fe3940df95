// An MQTT session and the connection that it goes over: what a client does for both of them, whatever it wants of the
// broker. Reading is left to the owner, who knows where the bytes go.
//
//   connect --> on_connected, CONNECT --CONNACK, SUBACK--> on_actions ... on_readable ...  --> on_lost
//                     owner: begin(), a call of session(), apply()
#pragma once

#include "mqtt/session.h"
#include "net/connection.h"
#include "net/timer.h"

namespace outflow::connectors {

// One thread: the loop's. Used for one connection after another.
class MqttLink final : private net::Connection::Listener {
public:
    // Also takes the session's messages.
    class Listener : public mqtt::Receiver {
    public:
        // A connection is there, and nothing was written yet.
        virtual void on_connected() {}
        // As net::Connection says it.
        virtual void on_readable() = 0;
        // What the session has to say besides messages; sent is what was to be sent.
        virtual void on_actions(const mqtt::Actions& actions) = 0;
        // The connection is over, or none came about (`is_unreachable`); the sentence is not empty.
        virtual void on_lost(mqtt::End end, bool is_unreachable) = 0;
    };

    // Loop and listener outlive it. `tls`: null for plain TCP.
    MqttLink(net::EventLoop& loop, Listener& listener, net::Endpoint broker, std::shared_ptr<net::TlsSource> tls,
             mqtt::SessionOptions options);

    void connect();
    // Connects again, in 3.1.1 from now on, if the connection has ended because the broker does not speak 5; else
    // false.
    bool connect_in_3_1_1(const mqtt::End& end);
    bool is_open() const { return connection_.state() == net::Connection::State::open; }
    mqtt::Session& session() { return session_; }
    const mqtt::Session& session() const { return session_; }
    net::Connection& connection() { return connection_; }

    // For one call of the session or more; apply() then does what they ask for. May end in on_lost.
    mqtt::Actions& begin();
    void apply();

    // Sends DISCONNECT; the connection is open until the broker closes it: closing at once could reset it under what
    // the broker has not read yet.
    void disconnect();
    // At once; nothing is told.
    void close();

private:
    void on_connected() override;
    void on_connect_failed(const Error& error) override;
    void on_readable() override { listener_.on_readable(); }
    void on_closed(const Error& error) override;
    void schedule_tick();

    net::EventLoop& loop_;
    Listener& listener_;
    net::Endpoint broker_;
    mqtt::Session session_;
    net::Connection connection_;
    net::Timer tick_timer_;
    mqtt::Actions actions_;
};

}  // namespace outflow::connectors
