// The RocketMQ sink over the remoting protocol (4.x and 5.x brokers).
//
//   push --> TopicSender (one a topic: route, barrier) --> SendQueue (one a message queue: one request in flight)
//                 |  asks                                      |  through
//            NameServers                                  BrokerLink (one a master broker)
//
// Contract: docs/delivery.md, points 4 to 7. One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/broker_links.h"
#include "connectors/name_servers.h"
#include "connectors/send_turns.h"
#include "connectors/topic_sender.h"
#include "pipeline/sink.h"
#include "platform/log.h"
#include "rocketmq/properties.h"
#include "rocketmq/unique_keys.h"

namespace outflow::connectors {

struct RocketmqSinkOptions {
    std::string task;                         // for log lines
    std::vector<net::Endpoint> name_servers;  // one at least
    std::string client_id;                    // of heartbeats
    std::string group;                        // producer group, without the namespace
    std::string instance_namespace;           // empty: none
    std::optional<rocketmq::Credentials> credentials;
    std::shared_ptr<net::TlsSource> tls;  // to name servers and brokers; null: plain TCP
    pipeline::Ordering ordering = pipeline::Ordering::topic;
    std::optional<std::size_t> compress_above_bytes;
    std::chrono::milliseconds send_timeout{10'000};
    std::uint32_t ipv4 = 0x7F000001;  // for message ids
    std::uint32_t process_id = 0;
    std::uint64_t seed = 0;  // of everything random
};

class RocketmqSink final : public pipeline::Sink, private pipeline::SinkListener, private BrokerLink::Listener {
public:
    // Outlives neither the loop nor the logger. Errors: invalid_argument (keys).
    static Result<std::unique_ptr<RocketmqSink>> create(net::EventLoop& loop, platform::Logger& log,
                                                        RocketmqSinkOptions options);

    void start(pipeline::SinkListener& listener) override { listener_ = &listener; }
    // Asks for the route of the topic.
    void set_destination(std::string_view topic) override;
    // A topic has a route, or topics are computed.
    bool is_up() const override;
    std::size_t room() const override;
    void push(event::Batch& batch, std::span<const pipeline::SinkRecord> records) override;
    void turn() override;
    // Nothing to say: a broker forgets a producer when its connection closes.
    void stop(std::function<void()> on_stopped) override { on_stopped(); }
    std::size_t pending() const override { return pending_; }
    std::size_t held_bytes() const override { return pending_ * sizeof(PendingRecord) + unsent_bytes_; }
    pipeline::SinkCounts counts() const override;
    std::string condition() const override;

private:
    RocketmqSink(net::EventLoop& loop, platform::Logger& log, RocketmqSinkOptions options,
                 std::optional<rocketmq::Signer> signer);

    // pipeline::SinkListener, of the topics
    void on_stored(std::span<const pipeline::Token> tokens) override;
    void on_poison(pipeline::Token token, std::string_view reason) override;
    void on_stopped(pipeline::Stop stop, std::string_view reason) override { listener_->on_stopped(stop, reason); }

    // BrokerLink::Listener
    void on_broker_ready(BrokerLink& link) override;
    void on_broker_refused(BrokerLink& link) override;
    void on_broker_lost(BrokerLink& link) override;

    struct Refused {
        pipeline::Token token;
        std::string reason;
    };
    std::string_view render_properties(event::Arena& arena, const transform::Record& record);
    TopicSender& topic(std::string_view name);
    void evict_idle_topics();
    std::uint64_t order_hash(const pipeline::SinkRecord& record) const;

    net::EventLoop& loop_;
    platform::Logger& log_;
    RocketmqSinkOptions options_;
    std::optional<rocketmq::Signer> signer_;
    SendSettings settings_;
    NameServers name_servers_;
    BrokerLinks brokers_;
    SendTurns turns_;
    pipeline::SinkCounts counts_;  // without the properties
    SendContext context_;
    rocketmq::UniqueKeys unique_keys_;
    pipeline::SinkListener* listener_ = nullptr;
    std::map<std::string, std::unique_ptr<TopicSender>, std::less<>> topics_;
    std::string constant_topic_;  // as the task names it; empty: it is computed
    TopicSender* last_topic_ = nullptr;
    std::size_t pending_ = 0;       // records of all topics that are not decided
    std::size_t unsent_bytes_ = 0;  // that brokers had not taken at the end of the last turn
    std::vector<Refused> refused_;
    std::string properties_;
    rocketmq::PropertyChanges property_changes_;
};

}  // namespace outflow::connectors
