#include "connectors/topic_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/endpoint.h"
#include "connectors/remoting_client.h"
#include "platform/process.h"
#include "rocketmq/requests.h"

namespace outflow::connectors {

namespace {

constexpr std::string_view group = "outflow-consume";  // brokers want one; no offset is kept for it
constexpr std::chrono::seconds response_timeout{10};
constexpr std::chrono::seconds suspend{15};  // how long a broker holds a pull that finds nothing
constexpr std::chrono::milliseconds retry_after{500};

using Response = RemotingChannel::Response;
namespace codes = rocketmq::response_code;

bool is_passing(std::int32_t code) {
    return code == codes::system_busy || code == codes::service_not_available || code == codes::flow_control ||
           code == codes::go_away;
}

}  // namespace

TopicReader::TopicReader(net::EventLoop& loop, rocketmq::Signer* signer, const rocketmq::Route& route,
                         TopicReaderOptions options, OnMessage on_message, OnNotice on_notice)
    : loop_(loop),
      signer_(signer),
      options_(std::move(options)),
      on_message_(std::move(on_message)),
      on_notice_(std::move(on_notice)),
      idle_timer_(loop) {
    for (rocketmq::MessageQueue& place : rocketmq::read_queues(route)) {
        const rocketmq::Broker* known = route.find_broker(place.broker_name);
        const auto endpoint = parse_endpoint(known == nullptr ? std::string_view() : known->master_address());
        Broker& broker = brokers_[place.broker_name];
        if (!broker.link) {
            RemotingOptions remoting;
            remoting.signer = signer_;
            remoting.tls = options_.tls;
            BrokerLink::Listener& listener = *this;
            broker.link =
                std::make_unique<BrokerLink>(loop_, listener, place.broker_name, remoting, platform::random_u64());
            if (endpoint) broker.link->set_address(*endpoint);
            else on_notice_(fmt::format("Broker {} has no master now: its queues are not read.", place.broker_name));
        }
        if (!endpoint) continue;
        auto queue = std::make_unique<Queue>(loop_, std::move(place));
        queue->link = broker.link.get();
        queues_.push_back(std::move(queue));
    }
}

Status TopicReader::run() {
    if (queues_.empty()) return failed(ErrorCode::rocketmq_refused, "the topic has no queue that can be read now");
    for (auto& [name, broker] : brokers_) broker.link->want();
    if (options_.idle_exit.count() > 0) {
        idle_timer_.start(options_.idle_exit, [this] { end({}); });
    }
    loop_.run();
    has_ended_ = true;
    for (const auto& queue : queues_) queue->retry.cancel();
    for (auto& [name, broker] : brokers_) broker.link->channel().close();
    const bool was_reached =
        std::any_of(brokers_.begin(), brokers_.end(), [](const auto& entry) { return entry.second.was_reached; });
    const bool has_failed =
        std::any_of(brokers_.begin(), brokers_.end(), [](const auto& entry) { return entry.second.has_failed; });
    if (result_ && !was_reached && has_failed) {
        return failed(ErrorCode::network_error, "no broker could be reached");
    }
    return std::move(result_);
}

void TopicReader::on_broker_ready(BrokerLink& link) {
    Broker& broker = brokers_.at(link.name());
    if (broker.has_failed) on_notice_(fmt::format("Broker {} is reached again.", link.name()));
    broker.was_reached = true;
    broker.has_failed = false;
    for (const auto& queue : queues_) {
        if (queue->link == &link) ask(*queue);
    }
}

void TopicReader::on_broker_refused(BrokerLink& link) {
    end(failed(ErrorCode::rocketmq_refused, "broker " + link.name() + " refuses the reader: " + link.reason()));
}

void TopicReader::on_broker_lost(BrokerLink& link) {
    if (has_ended_) return;
    Broker& broker = brokers_.at(link.name());
    if (!std::exchange(broker.has_failed, true)) {
        on_notice_(fmt::format("Broker {} is not reached: {}; trying again.", link.name(), link.reason()));
    }
    const bool is_hopeless = std::all_of(brokers_.begin(), brokers_.end(), [](const auto& entry) {
        return !entry.second.was_reached && entry.second.has_failed;
    });
    if (is_hopeless) end(failed(ErrorCode::network_error, "no broker could be reached: " + link.reason()));
}

void TopicReader::ask(Queue& queue) {
    if (has_ended_ || queue.is_asking || !queue.link->is_ready()) return;
    queue.is_asking = true;
    if (queue.offset) pull(queue);
    else ask_start(queue);
}

void TopicReader::ask_start(Queue& queue) {
    RemotingChannel& channel = queue.link->channel();
    const std::int32_t opaque =
        channel.expect(response_timeout, [this, &queue](const Response* response) { on_start(queue, response); });
    if (options_.from_beginning) {
        rocketmq::append_get_min_offset(channel.output(), opaque, options_.topic, queue.place.queue_id, signer_);
    } else {
        rocketmq::append_get_max_offset(channel.output(), opaque, options_.topic, queue.place.queue_id, signer_);
    }
    channel.flush();
}

void TopicReader::on_start(Queue& queue, const Response* response) {
    queue.is_asking = false;
    if (response == nullptr || has_ended_) return;
    if (is_passing(response->command.code)) return ask_later(queue);
    if (response->command.code != codes::success) return refuse(queue, response->command);
    const auto offset = response->command.find_ext_integer("offset");
    if (!offset || *offset < 0) {
        return end(
            failed(ErrorCode::rocketmq_malformed_message, fmt::format("broker {} does not say where queue {} starts",
                                                                      queue.place.broker_name, queue.place.queue_id)));
    }
    queue.offset = *offset;
    if (++started_queues_ == queues_.size()) {
        on_notice_(fmt::format("Reading {} queues {}; Ctrl-C ends.", queues_.size(),
                               options_.from_beginning ? "from their beginning" : "from now on"));
    }
    ask(queue);
}

void TopicReader::pull(Queue& queue) {
    RemotingChannel& channel = queue.link->channel();
    const std::int32_t opaque = channel.expect(
        suspend + response_timeout, [this, &queue](const Response* response) { on_pulled(queue, response); });
    rocketmq::PullMessage request;
    request.group = group;
    request.topic = options_.topic;
    request.queue_id = queue.place.queue_id;
    request.queue_offset = *queue.offset;
    request.suspend = suspend;
    rocketmq::append_pull_message(channel.output(), opaque, request, signer_);
    channel.flush();
}

void TopicReader::on_pulled(Queue& queue, const Response* response) {
    queue.is_asking = false;
    if (response == nullptr || has_ended_) return;
    const std::int32_t code = response->command.code;
    const auto next = response->command.find_ext_integer("nextBeginOffset");
    if (code == codes::success) {
        const std::int64_t before = *queue.offset;
        if (!take_messages(queue, response->body)) return;
        if (next && *next > *queue.offset) queue.offset = *next;
        // A broker that gives nothing and calls it success is not asked in a tight circle.
        return *queue.offset > before ? ask(queue) : ask_later(queue);
    }
    const bool tells_next =
        code == codes::pull_not_found || code == codes::pull_retry_immediately || code == codes::pull_offset_moved;
    if (!tells_next && !is_passing(code)) return refuse(queue, response->command);
    if (tells_next && next && *next >= 0) queue.offset = *next;
    ask_later(queue);
}

// False: the end has come.
bool TopicReader::take_messages(Queue& queue, std::string_view body) {
    const auto messages = rocketmq::decode_stored_messages(body);
    if (!messages) {
        end(failed(messages.error().code,
                   fmt::format("broker {}: {}", queue.place.broker_name, messages.error().context)));
        return false;
    }
    if (options_.idle_exit.count() > 0) {
        idle_timer_.start(options_.idle_exit, [this] { end({}); });
    }
    for (const rocketmq::StoredMessage& message : *messages) {
        if (message.queue_offset < *queue.offset) continue;  // was read already
        queue.offset = message.queue_offset + 1;
        if (!on_message_(queue.place.broker_name, message)) {
            end({});
            return false;
        }
    }
    return true;
}

void TopicReader::ask_later(Queue& queue) {
    queue.retry.start(retry_after, [this, &queue] { ask(queue); });
}

void TopicReader::refuse(const Queue& queue, const rocketmq::Command& command) {
    end(failed(ErrorCode::rocketmq_refused,
               connectors::describe_refusal("broker " + queue.place.broker_name, command.code, command.remark)));
}

void TopicReader::end(Status result) {
    if (std::exchange(has_ended_, true)) return;
    result_ = std::move(result);
    loop_.stop();
}

}  // namespace outflow::connectors
