// One RocketMQ topic of the sink: its route, its queues, and the barrier behind which a new route takes effect.
//
//   no route: records wait --route--> queues --another route--> barrier: nothing new is sent, what is in flight is
//   answered or given up; then every waiting record goes to its new queue, in order.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/broker_links.h"
#include "connectors/name_servers.h"
#include "connectors/send_queue.h"
#include "connectors/send_turns.h"
#include "net/backoff.h"
#include "pipeline/ordering.h"
#include "pipeline/sink.h"
#include "platform/log.h"
#include "rocketmq/queue_choice.h"
#include "rocketmq/response_class.h"
#include "rocketmq/route.h"

namespace outflow::connectors {

// The same for every topic of a sink.
struct SendSettings {
    std::string task;
    std::string group;  // wrapped in the namespace
    std::string instance_namespace;
    pipeline::Ordering ordering = pipeline::Ordering::topic;
    std::chrono::milliseconds send_timeout{10'000};
    rocketmq::Signer* signer = nullptr;
    std::uint64_t seed = 0;
};

// What all topics of a sink share; outlives them.
struct SendContext {
    net::EventLoop& loop;
    platform::Logger& log;
    const SendSettings& settings;
    NameServers& name_servers;
    BrokerLinks& brokers;
    SendTurns& turns;
    pipeline::SinkCounts& counts;
    pipeline::SinkListener& listener;  // gets the fate of every record
};

// Costs go by what it has to do: a topic that is idle has no turn, no timer and no queues, and asks for no route.
class TopicSender final : public SendTurns::Taker {
public:
    // `name` as RocketMQ knows it (with the namespace).
    TopicSender(const SendContext& context, std::string name);
    TopicSender(const TopicSender&) = delete;
    TopicSender& operator=(const TopicSender&) = delete;

    // Whether the task names this topic, and not an event: it is asked for although no record waits, and the task ends
    // when it takes none.
    void set_constant(bool is_constant);
    void push(const PendingRecord& record);
    // Writes what is due into the brokers' output buffers; the sink flushes them.
    void turn() override;

    void on_broker_ready(const BrokerLink& link);
    void on_broker_lost(const BrokerLink& link);

    // Empty, or why records of this topic wait.
    std::string condition() const;
    // Nothing of it waits or is in flight.
    bool is_idle() const;
    bool has_route() const { return !choice_.queues().empty() || barrier_; }
    const std::string& name() const { return name_; }

private:
    struct Queue {
        Queue(rocketmq::MessageQueue queue_id, BrokerLink& link, std::uint64_t seed);
        rocketmq::MessageQueue id;
        BrokerLink& broker;
        SendQueue records;
        net::Backoff backoff;
        bool in_flight = false;
        bool awaits_route = false;  // the broker does not know the queue: nothing goes before a fresh route
        std::chrono::steady_clock::time_point held_until{};
        std::string last_error;             // why it holds, empty: it does not
        std::int64_t last_error_since = 0;  // Unix ms
    };
    using Response = RemotingChannel::Response;

    // Route
    void ask(NameServers::Writer writer, void (TopicSender::*take)(const Response&));
    void ask_route();
    void on_route_response(const Response& response);
    void ask_template_route();
    void on_template_response(const Response& response);
    void ask_cluster();
    void on_cluster_response(const Response& response);
    void take_route(const rocketmq::Route& route, std::vector<rocketmq::MessageQueue> queues);
    void apply_queues();
    bool batch_stays(const SendQueue& records, std::size_t queue_index);
    void let_queues_go();
    void schedule_poll();
    void poll();
    void refresh_soon();
    void route_fault(std::string reason);
    void refuse_topic(std::string reason);
    void refuse_waiting();
    void want_turn() { context_.turns.want_turn(*this); }

    // Sending
    Queue& queue_at(std::size_t index);
    Queue& choose(const PendingRecord& record);
    Queue& choose_any();
    void send(Queue& queue);
    void on_response(Queue& queue, const Response* response);
    void on_stored(Queue& queue, const Response& response);
    void on_refused(Queue& queue, rocketmq::ResponseClass response_class, std::string explanation);
    void on_illegal(Queue& queue, const std::string& explanation);
    void hold(Queue& queue, std::string last_error, std::chrono::milliseconds time);
    void spread(Queue& queue);
    bool any_in_flight() const;
    void watch_holds();

    const SendContext& context_;
    std::string name_;
    rocketmq::QueueChoice choice_;
    std::vector<std::unique_ptr<Queue>> queues_;  // as choice_.queues(); null: nothing has gone there lately
    std::vector<rocketmq::MessageQueue> next_queues_;
    bool barrier_ = false;
    std::deque<PendingRecord> waiting_;  // for a route, or behind the barrier
    bool is_constant_ = false;
    bool had_route_ = false;
    bool auto_created_ = false;  // the topic comes into being with the first record
    bool asking_ = false;
    bool was_used_ = false;           // since the last poll
    bool is_stale_ = false;           // the route, of a topic that was idle: the next record asks for it
    bool is_asked_twice_ = false;     // whether there is such a topic, before it is refused
    bool refresh_scheduled_ = false;  // the route is asked for soon, or again after this response
    std::string refusal_;             // empty: none. Why a computed topic takes no record, as just learnt
    std::chrono::steady_clock::time_point refusal_ends_{};
    std::string route_trouble_;  // empty: none
    std::int64_t route_trouble_since_ = 0;
    std::uint64_t random_;
    net::Backoff route_backoff_;
    net::Timer route_timer_;
    net::Timer hold_timer_;
    std::size_t next_any_ = 0;  // of ordering none
    std::vector<pipeline::Token> stored_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with responses of name servers in flight
};

}  // namespace outflow::connectors
