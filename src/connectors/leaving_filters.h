// Topic filters that a session is to be subscribed to no more. Each is unsubscribed once nothing seems to wait for it
// at the broker: one may throw away then what it holds for the filter. Of a session that is drained the task's own
// filter goes, too, and at once; what the broker holds comes nevertheless, and the session is empty when it has been
// quiet and then answers a PINGREQ.
//
//   an old filter --caught up, or 10 s--> UNSUBSCRIBE --UNSUBACK--> gone
//   drain -------------------------------> UNSUBSCRIBE --UNSUBACK--> quiet --> PINGREQ --PINGRESP--> empty
//
// One thread: the loop's.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "connectors/mqtt_link.h"
#include "connectors/session_quiet.h"
#include "pipeline/pipeline.h"
#include "platform/log.h"

namespace outflow::connectors {

class LeavingFilters {
public:
    using OnDrained = std::function<void(Status)>;

    // Whose connection it is.
    class Owner {
    public:
        virtual ~Owner() = default;
        // Nothing keeps the broker from sending what it has.
        virtual bool is_listening() const = 0;
        // The session is empty: is to leave it, and then to say so.
        virtual void on_empty(OnDrained on_drained) = 0;
        // Is to make another connection, which subscribes again.
        virtual void connect_anew() = 0;
    };
    struct Options {
        std::string task;  // for log lines
        std::string filter;
        std::vector<std::string> old_filters;
    };

    // All outlive it.
    LeavingFilters(net::EventLoop& loop, platform::Logger& log, MqttLink& link, const pipeline::Pipeline& pipeline,
                   Owner& owner, Options options);

    // Source::await_quiet and Source::drain.
    void await_quiet(std::chrono::milliseconds most, std::function<void()> on_quiet);
    void drain(std::chrono::milliseconds limit, OnDrained on_drained);
    // For MqttLink::Listener::on_actions.
    void on_actions(const mqtt::Actions& actions);
    // Nothing is waited for any more; a drain has failed.
    void stop();

private:
    using TimePoint = net::EventLoop::Clock::time_point;
    struct Awaited {
        std::function<void()> on_quiet;
        TimePoint ends;
    };
    struct Draining {
        OnDrained on_drained;
        TimePoint ends;
    };

    void on_subscribed();
    void on_unsubscribed(std::uint8_t code);
    void watch();
    void leave_next();
    bool is_empty_for_sure();
    void give_up_drain(std::string reason);
    bool is_up() const { return link_.session().is_subscribed(); }

    net::EventLoop& loop_;
    platform::Logger& log_;
    MqttLink& link_;
    const pipeline::Pipeline& pipeline_;
    Owner& owner_;
    Options options_;
    net::Timer timer_;
    std::vector<std::string> filters_;  // to be unsubscribed, one after another, or being so
    bool is_unsubscribing_ = false;
    TimePoint subscribed_at_{};
    SessionQuiet quiet_;
    std::optional<Awaited> awaited_;
    std::optional<Draining> draining_;
    bool is_ping_sent_ = false;  // since the session is quiet: a dead connection is quiet, too
    bool is_ping_answered_ = false;
};

}  // namespace outflow::connectors
