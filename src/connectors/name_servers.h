// The name servers of a RocketMQ cluster as one: asks one of them, the next when it fails. One thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/remoting_channel.h"
#include "net/backoff.h"
#include "net/timer.h"

namespace outflow::connectors {

class NameServers final : private RemotingChannel::Listener {
public:
    // Appends the request with this opaque to `out`.
    using Writer = std::function<void(std::string& out, std::int32_t opaque)>;
    // Null: no name server answered; `reason` says why, as a sentence without a full stop.
    using Handler = std::function<void(const RemotingChannel::Response*, std::string_view reason)>;

    // `endpoints` has one at least; `tls`: null for plain TCP; `start` chooses the one to begin with, and the pauses.
    NameServers(net::EventLoop& loop, std::vector<net::Endpoint> endpoints, std::shared_ptr<net::TlsSource> tls,
                std::size_t start);

    // Every name server is tried once, each at most 3 s to connect and 3 s to answer. When none has answered lately, it
    // waits for the next attempt, up to 2 s: however many ask, the name servers are not asked more often.
    void ask(Writer writer, Handler handler);

private:
    struct Query {
        Writer writer;
        Handler handler;
        std::size_t failures = 0;
    };
    using QueryPointer = std::shared_ptr<Query>;  // shared with the handler of the outstanding request

    void on_channel_ready() override;
    void on_channel_lost(std::string_view reason) override;
    void open();
    void send_waiting();
    void send(QueryPointer query);

    std::vector<net::Endpoint> endpoints_;
    std::size_t current_;
    RemotingChannel channel_;
    std::deque<QueryPointer> waiting_;
    std::size_t failures_ = 0;  // of connections, since the last response
    net::Backoff backoff_;
    net::Timer retry_timer_;
};

}  // namespace outflow::connectors
