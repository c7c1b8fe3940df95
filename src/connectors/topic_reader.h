// Reads a topic for a person: every queue by PULL with long polling, without a consumer group's offsets.
//
//   queue --start offset--> pull --found--> messages --> pull ...      one pull in flight a queue
//                            '--nothing--> pull again
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connectors/broker_link.h"
#include "net/event_loop.h"
#include "net/timer.h"
#include "rocketmq/route.h"
#include "rocketmq/stored_message.h"

namespace outflow::connectors {

struct TopicReaderOptions {
    std::string topic;                       // with its namespace
    std::shared_ptr<net::TlsSource> tls;     // null: plain TCP
    bool from_beginning = false;             // else: only what comes from now on
    std::chrono::milliseconds idle_exit{0};  // ends when nothing came for this long; 0: never
};

// Belongs to the loop's thread; used once.
class TopicReader final : private BrokerLink::Listener {
public:
    // Returns false to end.
    using OnMessage = std::function<bool(std::string_view broker, const rocketmq::StoredMessage&)>;
    using OnNotice = std::function<void(std::string sentence)>;

    // All outlive the reader; `signer` may be null. Reads the queues that `route` has; new ones are not noticed.
    TopicReader(net::EventLoop& loop, rocketmq::Signer* signer, const rocketmq::Route& route,
                TopicReaderOptions options, OnMessage on_message, OnNotice on_notice);

    // Until `on_message` says so, stop(), or nothing came for the time given. Connections that are lost are opened
    // again. Errors: network_error (no broker was ever reached), rocketmq_refused, rocketmq_malformed_message.
    Status run();
    void stop() { loop_.stop(); }  // any thread

private:
    struct Queue {
        Queue(net::EventLoop& loop, rocketmq::MessageQueue the_queue) : place(std::move(the_queue)), retry(loop) {}
        rocketmq::MessageQueue place;
        BrokerLink* link = nullptr;
        std::optional<std::int64_t> offset;  // of the next pull; none: the start is not known yet
        bool is_asking = false;
        net::Timer retry;
    };
    struct Broker {
        std::unique_ptr<BrokerLink> link;
        bool was_reached = false;
        bool has_failed = false;
    };

    void on_broker_ready(BrokerLink& link) override;
    void on_broker_refused(BrokerLink& link) override;
    void on_broker_lost(BrokerLink& link) override;

    void ask(Queue& queue);
    void ask_start(Queue& queue);
    void pull(Queue& queue);
    void on_start(Queue& queue, const RemotingChannel::Response* response);
    void on_pulled(Queue& queue, const RemotingChannel::Response* response);
    bool take_messages(Queue& queue, std::string_view body);
    void ask_later(Queue& queue);
    void refuse(const Queue& queue, const rocketmq::Command& command);
    void end(Status result);

    net::EventLoop& loop_;
    rocketmq::Signer* signer_;
    TopicReaderOptions options_;
    OnMessage on_message_;
    OnNotice on_notice_;
    net::Timer idle_timer_;
    std::map<std::string, Broker> brokers_;
    std::vector<std::unique_ptr<Queue>> queues_;
    std::size_t started_queues_ = 0;
    bool has_ended_ = false;
    Status result_;
};

}  // namespace outflow::connectors
