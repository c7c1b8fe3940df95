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

#include "connectors/broker_link.h"
#include "connectors/name_servers.h"
#include "connectors/send_queue.h"
#include "net/backoff.h"
#include "pipeline/sink.h"
#include "platform/log.h"
#include "rocketmq/queue_choice.h"
#include "rocketmq/response_class.h"
#include "rocketmq/route.h"

namespace outflow::connectors {

enum class Ordering : std::uint8_t { topic, key, none };


// The same for every topic of a sink.
struct SendSettings {
    std::string task;
    std::string group;  // wrapped in the namespace
    std::string instance_namespace;
    Ordering ordering = Ordering::topic;
    std::chrono::milliseconds send_timeout{10'000};
    rocketmq::Signer* signer = nullptr;
    std::uint64_t seed = 0;
};

class TopicSender;

// What a topic needs of the sink; outlives it.
class SendContext {
public:
    virtual net::EventLoop& loop() = 0;
    virtual platform::Logger& log() = 0;
    virtual const SendSettings& settings() const = 0;
    virtual NameServers& name_servers() = 0;
    virtual BrokerLink& broker(const std::string& name) = 0;
    virtual pipeline::SinkCounts& send_counts() = 0;
    virtual void on_route_known() = 0;
    // The topic has something to do: its turn() is called once at the end of this turn, or when a broker that is busy with
    // as many requests as it may have has answered one.
    virtual void wants_turn(TopicSender& topic) = 0;
    virtual void wants_room(TopicSender& topic) = 0;
    // As pipeline::SinkListener.
    virtual void on_stored(std::span<const pipeline::Token> tokens) = 0;
    virtual void on_poison(pipeline::Token token, std::string_view reason) = 0;
    virtual void on_stopped(pipeline::Stop stop, std::string_view reason) = 0;

protected:
    ~SendContext() = default;
};

// Costs go by what it has to do: a topic that is idle has no turn, no timer and no queues, and asks for no route.
class TopicSender {
public:
    // `name` as RocketMQ knows it (with the namespace).
    TopicSender(SendContext& context, std::string name);
    TopicSender(const TopicSender&) = delete;
    TopicSender& operator=(const TopicSender&) = delete;

    // Whether the task names this topic, and not an event: it is asked for although no record waits, and the task ends when
    // it takes none.
    void set_constant(bool is_constant);
    void push(const PendingRecord& record);
    // Writes what is due into the brokers' output buffers; the sink flushes them. After wants_turn or wants_room only.
    void turn();

    void on_broker_ready(const BrokerLink& link);
    void on_broker_lost(const BrokerLink& link);

    // Empty, or why records of this topic wait.
    std::string condition() const;
    bool is_idle() const;
    const std::string& name() const { return name_; }

    // Of the sink: whether it is in one of its lists.
    bool wants_turn = false;
    bool wants_room = false;

private:
    struct Queue {
        Queue(rocketmq::MessageQueue queue_id, BrokerLink& link, std::uint64_t seed);
        rocketmq::MessageQueue id;
        BrokerLink& broker;
        SendQueue records;
        net::Backoff backoff;
        bool in_flight = false;
        bool awaits_route = false;       // the broker does not know the queue: nothing goes before a fresh route
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
    void want_turn();

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

    SendContext& context_;
    std::string name_;
    rocketmq::QueueChoice choice_;
    std::vector<std::unique_ptr<Queue>> queues_;   // as choice_.queues(); null: nothing has gone there lately
    std::vector<rocketmq::MessageQueue> next_queues_;
    bool barrier_ = false;
    std::deque<PendingRecord> waiting_;            // for a route, or behind the barrier
    bool is_constant_ = false;
    bool had_route_ = false;
    bool auto_created_ = false;                    // the topic comes into being with the first record
    bool asking_ = false;
    bool was_used_ = false;                        // since the last poll
    bool is_stale_ = false;                        // the route, of a topic that was idle: the next record asks for it
    bool is_asked_twice_ = false;                  // whether there is such a topic, before it is refused
    bool refresh_scheduled_ = false;               // the route is asked for soon, or again after this response
    std::string refusal_;                          // empty: none. Why a computed topic takes no record, as just learnt
    std::chrono::steady_clock::time_point refusal_ends_{};
    std::string route_trouble_;                    // empty: none
    std::int64_t route_trouble_since_ = 0;
    std::uint64_t random_;
    net::Backoff route_backoff_;
    net::Timer route_timer_;
    net::Timer hold_timer_;
    std::size_t next_any_ = 0;                     // of ordering none
    std::vector<pipeline::Token> stored_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with responses of name servers in flight
};

}  // namespace outflow::connectors
