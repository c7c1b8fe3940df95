// One connection to a RocketMQ name server or broker: requests out, answers back to whoever asked.
//
//   closed --open--> connecting --> greeting (heartbeat sent) --> ready --lost--> closing --> closed
//                         (without a heartbeat: ready at once)                       |
//                                              outstanding requests are told: no response
//
// One thread. It does not connect again by itself; its owner decides when.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/backoff.h"
#include "net/connection.h"
#include "net/timer.h"
#include "rocketmq/command.h"
#include "rocketmq/requests.h"

namespace outflow::connectors {

// Pauses between attempts to connect; for owners, as a channel does not connect again by itself.
inline constexpr net::BackoffLimits remoting_backoff{std::chrono::milliseconds(100), std::chrono::milliseconds(2'000),
                                                     std::chrono::milliseconds(20)};

struct RemotingOptions {
    std::chrono::milliseconds connect_timeout{3'000};
    std::chrono::milliseconds greeting_timeout{5'000};    // of the first heartbeat
    std::chrono::milliseconds heartbeat_timeout{10'000};  // of the others: a response that late counts as lost
    std::chrono::seconds heartbeat_interval{30};
    // Empty client id: no heartbeats (name servers).
    std::string client_id = {};
    std::string group = {};
    rocketmq::Signer* signer = nullptr;             // null: requests are not signed; outlives the channel
    std::shared_ptr<net::TlsSource> tls = nullptr;  // null: plain TCP
};

class RemotingChannel final : private net::Connection::Listener {
public:
    enum class State : std::uint8_t { closed, connecting, greeting, ready, closing };

    class Listener {
    public:
        virtual void on_channel_ready() = 0;
        // The peer answers, but refuses us (access control): somebody has to change something. It stays connected.
        virtual void on_channel_refused(std::string_view reason) { (void)reason; }
        // The channel is closed; every outstanding request was told before. `reason` is a sentence without a full stop.
        virtual void on_channel_lost(std::string_view reason) = 0;

    protected:
        ~Listener() = default;
    };

    struct Response {
        const rocketmq::Command& command;
        std::string_view body;
    };
    // Null: there will be no response, because the connection is lost or the time is up (which closes the connection).
    using ResponseHandler = std::function<void(const Response*)>;

    RemotingChannel(net::EventLoop& loop, Listener& listener, RemotingOptions options);

    // Only when closed: not by what a request is told while the channel is closing.
    void open(const net::Endpoint& endpoint);
    // Tells every outstanding request that there is no response, but not the listener. Not when closing.
    void close();

    // Where a request is appended to, with the opaque that `expect` gave; only when ready. Leaves with flush().
    std::string& output() { return connection_.output(); }
    std::int32_t expect(std::chrono::milliseconds timeout, ResponseHandler handler);
    void flush() { connection_.flush(); }
    std::size_t unsent_bytes() const { return connection_.unsent_bytes(); }

    State state() const { return state_; }
    bool is_ready() const { return state_ == State::ready; }
    std::size_t outstanding() const { return outstanding_.size(); }

private:
    struct Outstanding {
        std::chrono::steady_clock::time_point deadline;
        ResponseHandler handler;
    };

    void on_connected() override;
    void on_connect_failed(const Error& error) override;
    void on_readable() override;
    void on_closed(const Error& error) override;

    bool handle_frames(std::uint64_t& frames);
    void handle_frame(const rocketmq::Frame& frame);
    void greet();
    void on_greeted(const Response& response);
    void become_ready();
    void send_heartbeat();
    void watch_deadlines();
    void check_deadlines();
    void lose(std::string_view reason);

    net::EventLoop& loop_;
    Listener& listener_;
    RemotingOptions options_;
    net::Connection connection_;
    net::Timer deadline_timer_;
    std::uint64_t openings_ = 0;
    net::EventLoop::Clock::time_point watched_deadline_{};  // what deadline_timer_ runs for
    net::Timer heartbeat_timer_;
    State state_ = State::closed;
    std::string peer_;
    std::string input_;
    bool has_answered_ = false;  // anything, on this connection
    std::map<std::int32_t, Outstanding> outstanding_;
    std::int32_t next_opaque_ = 0;
};

}  // namespace outflow::connectors
