// The way to one RocketMQ master broker: connects, connects again with back-off, knows why it cannot. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "connectors/remoting_channel.h"
#include "net/backoff.h"

namespace outflow::connectors {

class BrokerLink final : private RemotingChannel::Listener {
public:
    class Listener {
    public:
        virtual void on_broker_ready(BrokerLink& link) = 0;
        // The broker refuses us: see RemotingChannel::Listener.
        virtual void on_broker_refused(BrokerLink& link) = 0;
        // Outstanding requests were told before.
        virtual void on_broker_lost(BrokerLink& link) = 0;

    protected:
        ~Listener() = default;
    };

    BrokerLink(net::EventLoop& loop, Listener& listener, std::string name, RemotingOptions options, std::uint64_t seed);

    // Where the route says the master is; none: the route has no master for it. Another address opens a new connection.
    void set_address(std::optional<net::Endpoint> address);
    // Connects if it is not connected and no attempt is in flight or due.
    void want();
    // Open a new connection to the same broker once what is outstanding on this one is answered (GO_AWAY, 1500).
    void renew();

    bool is_ready() const { return channel_.is_ready() && !renewing_; }
    RemotingChannel& channel() { return channel_; }
    const std::string& name() const { return name_; }
    // Why it is not ready; a sentence without a full stop. Of an address that never answered it says where that is
    // from.
    const std::string& reason() const { return reason_; }

    // How many send requests may be in flight at once: a broker that says that it is busy has fewer, one that answers
    // has more with time. A broker throws away what waits in it for more than 200 ms. None while it does not take what
    // was sent: that is in memory twice.
    bool has_room() const { return in_flight_ < window_ && channel_.unsent_bytes() < limits::batch_bytes_max; }
    void on_sent() { ++in_flight_; }
    void on_answered(bool is_busy);
    // What was sent has arrived: the next loss begins with short pauses between the attempts to connect.
    void on_stored();

    // What one request to this broker may hold; lowered when it refused more and took halves.
    std::size_t batch_bytes_max = limits::batch_bytes_max;

private:
    void on_channel_ready() override;
    void on_channel_refused(std::string_view reason) override;
    void on_channel_lost(std::string_view reason) override;
    void open();
    void renew_when_answered();

    Listener& listener_;
    std::string name_;
    RemotingChannel channel_;
    net::Backoff backoff_;
    net::Timer retry_timer_;
    std::optional<net::Endpoint> address_;
    std::string reason_ = "not connected yet";
    bool was_reached_ = false;  // at this address
    bool renewing_ = false;
    std::size_t in_flight_ = 0;
    std::size_t window_ = 64;
    std::size_t answered_ = 0;  // since the window has changed
};

}  // namespace outflow::connectors
