// TopicSender: from queues to requests, and from responses to fates.
#include "connectors/topic_sender.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "platform/clock.h"
#include "rocketmq/protocol.h"

namespace outflow::connectors {

using rocketmq::ResponseClass;

namespace {
// A refused delivery is tried again after a random time in this span (the product's back-off retry), without end in
// this version: retry policies are not there yet.
constexpr std::chrono::milliseconds refused_least{10'000};
constexpr std::chrono::milliseconds refused_most{20'000};
}  // namespace

void TopicSender::set_constant(bool is_constant) {
    if (std::exchange(is_constant_, is_constant) || !is_constant || !queues_.empty()) return;
    refusal_.clear();
    ask_route();
}

void TopicSender::push(const PendingRecord& record) {
    was_used_ = true;
    if (queues_.empty() || barrier_) waiting_.push_back(record);
    else choose(record).records.push(record);
    want_turn();
    if (is_stale_) ask_route();
}

TopicSender::Queue& TopicSender::queue_at(std::size_t index) {
    std::unique_ptr<Queue>& queue = queues_[index];
    const rocketmq::MessageQueue& id = choice_.queues()[index];
    if (!queue) queue = std::make_unique<Queue>(id, context_.brokers.get(id.broker_name), ++random_);
    return *queue;
}

TopicSender::Queue& TopicSender::choose(const PendingRecord& record) {
    if (context_.settings.ordering == pipeline::Ordering::none) return choose_any();
    return queue_at(choice_.choose(record.order_hash));
}

// The records of one turn go to one queue that can take them, so that they make one request; the next turn's to the
// next.
TopicSender::Queue& TopicSender::choose_any() {
    auto now = context_.loop.now();
    for (std::size_t tried = 0; tried < queues_.size(); ++tried) {
        Queue& queue = queue_at((next_any_ + tried) % queues_.size());
        bool full = queue.records.size() >= limits::batch_records_max;
        if (full || queue.held_until > now || !queue.broker.is_ready()) continue;
        next_any_ = (next_any_ + tried) % queues_.size();
        return queue;
    }
    return **std::min_element(queues_.begin(), queues_.end(), [](const auto& left, const auto& right) {
        return left->records.size() < right->records.size();
    });  // all of them exist by now
}

void TopicSender::turn() {
    if (!refusal_.empty() && !waiting_.empty()) refuse_waiting();
    if (queues_.empty() || barrier_) return;
    for (const auto& queue : queues_)
        if (queue) send(*queue);
    if (context_.settings.ordering == pipeline::Ordering::none) next_any_ = (next_any_ + 1) % queues_.size();
}

void TopicSender::send(Queue& queue) {
    if (queue.in_flight || queue.awaits_route || queue.records.empty() || queue.held_until > context_.loop.now())
        return;
    BrokerLink& broker = queue.broker;
    if (!broker.is_ready()) {
        broker.want();
        return;
    }
    if (!broker.has_room()) {
        context_.turns.want_room(*this);
        return;
    }
    std::chrono::milliseconds now{platform::unix_ms()};
    std::size_t count = queue.records.begin_batch(broker.batch_bytes_max, now);
    rocketmq::SendHeader header;
    header.group = context_.settings.group;
    header.topic = name_;
    header.queue_id = queue.id.queue_id;
    header.born = queue.records.batch_born();
    header.broker_name = queue.id.broker_name;
    header.sys_flag = queue.records.at(0).compressed ? rocketmq::sys_flag::zlib_body : 0;
    RemotingChannel& channel = broker.channel();
    std::int32_t opaque = channel.expect(context_.settings.send_timeout,
                                         [this, &queue](const Response* response) { on_response(queue, response); });
    {
        using Kind = rocketmq::SendRequest::Kind;
        rocketmq::SendRequest request(channel.output(), count == 1 ? Kind::single : Kind::batch, header,
                                      context_.settings.signer);
        for (std::size_t i = 0; i < count; ++i)
            request.append({queue.records.at(i).body, queue.records.at(i).properties});
        request.finish(opaque);
    }
    queue.in_flight = true;
    broker.on_sent();
    ++context_.counts.requests;
}

void TopicSender::on_response(Queue& queue, const Response* response) {
    queue.in_flight = false;
    want_turn();
    queue.broker.on_answered(response != nullptr && response->command.code == rocketmq::response_code::system_busy);
    if (response == nullptr) {
        ++context_.counts.lost_answers;  // undecided: the batch stays where it is
    } else {
        std::size_t count = queue.records.batch_records();
        rocketmq::ResponseContext about{count > 1, !is_constant_};
        const rocketmq::Command& command = response->command;
        ResponseClass response_class =
            rocketmq::classify_response(command.code, command.remark, command.version, about);
        if (response_class == ResponseClass::stored) {
            on_stored(queue, *response);
        } else {
            ++context_.counts.refused_requests;
            on_refused(queue, response_class,
                       rocketmq::explain_response(command.code, command.remark, command.version, about));
        }
    }
    if (barrier_ && !any_in_flight()) apply_queues();
}

void TopicSender::on_stored(Queue& queue, const Response& response) {
    if (response.command.code != rocketmq::response_code::success) ++context_.counts.not_flushed;
    queue.last_error.clear();
    queue.backoff.reset();
    stored_.clear();
    std::size_t bound = queue.records.finish_batch(stored_);
    BrokerLink& broker = queue.broker;
    broker.on_stored();
    if (bound > 0) broker.batch_bytes_max = std::min(broker.batch_bytes_max, bound);
    if (auto_created_) refresh_soon();
    context_.listener.on_stored(stored_);
}

void TopicSender::on_refused(Queue& queue, ResponseClass response_class, std::string explanation) {
    switch (response_class) {
    case ResponseClass::stored: return;
    case ResponseClass::go_away: queue.broker.renew(); return;
    case ResponseClass::outage:
    case ResponseClass::unexplained: hold(queue, std::move(explanation), queue.backoff.next()); return;
    case ResponseClass::stale_route:
        queue.awaits_route = true;
        hold(queue, std::move(explanation), queue.backoff.next());
        refresh_soon();
        return;
    case ResponseClass::no_route:
        if (!is_constant_) {
            on_illegal(queue, explanation);
            return;
        }
        hold(queue, std::move(explanation), queue.backoff.next());
        refresh_soon();
        return;
    case ResponseClass::split:
    case ResponseClass::poison: on_illegal(queue, explanation); return;
    case ResponseClass::misconfigured:
        hold(queue, explanation, refused_most);
        context_.listener.on_stopped(pipeline::Stop::misconfigured,
                                     "broker " + queue.id.broker_name + ", topic '" + name_ + "': " + explanation);
        return;
    case ResponseClass::retry: {
        net::Backoff wait(++random_, {refused_most - refused_least, refused_most - refused_least, {}});
        hold(queue, std::move(explanation), refused_least + wait.next());
        return;
    }
    }
}

// Something in the batch will never be taken: halves, until it is found.
void TopicSender::on_illegal(Queue& queue, const std::string& explanation) {
    if (queue.records.batch_records() > 1) {
        ++context_.counts.splits;
        queue.records.split_batch();
        return;
    }
    context_.listener.on_poison(queue.records.reject_batch().token, explanation);
}

void TopicSender::hold(Queue& queue, std::string last_error, std::chrono::milliseconds time) {
    if (queue.last_error.empty()) queue.last_error_since = platform::unix_ms();
    queue.last_error = std::move(last_error);
    queue.held_until = context_.loop.now() + time;
    context_.log.warn("A queue holds.",
                      {{"task", context_.settings.task},
                       {"topic", name_},
                       {"broker", queue.id.broker_name},
                       {"queue", queue.id.queue_id},
                       {"reason", queue.last_error}},
                      context_.settings.task + "/" + name_);
    if (context_.settings.ordering == pipeline::Ordering::none) spread(queue);
    watch_holds();
}

// Ordering none: what waits in a queue that holds goes to others, if there is one that takes it.
void TopicSender::spread(Queue& queue) {
    Queue& other = choose_any();
    if (barrier_ || &other == &queue || !other.broker.is_ready()) return;
    for (const PendingRecord& record : queue.records.take_all()) choose_any().records.push(record);
}

void TopicSender::on_broker_ready(const BrokerLink& link) {
    for (const auto& queue : queues_) {
        if (!queue || queue->id.broker_name != link.name()) continue;
        queue->last_error.clear();
        want_turn();
    }
}

void TopicSender::on_broker_lost(const BrokerLink& link) {
    is_stale_ = is_stale_ || is_idle();
    bool concerned = false;
    for (const auto& queue : queues_) {
        if (!queue || queue->id.broker_name != link.name()) continue;
        concerned = true;
        if (queue->last_error.empty()) queue->last_error_since = platform::unix_ms();
        queue->last_error = "broker " + link.name() + " is unreachable: " + link.reason();
        if (context_.settings.ordering == pipeline::Ordering::none && !queue->in_flight) spread(*queue);
    }
    if (concerned && !is_stale_) refresh_soon();
}

bool TopicSender::any_in_flight() const {
    return std::any_of(queues_.begin(), queues_.end(), [](const auto& queue) { return queue && queue->in_flight; });
}

void TopicSender::watch_holds() {
    auto now = context_.loop.now();
    std::optional<std::chrono::steady_clock::time_point> next;
    for (const auto& queue : queues_)
        if (queue && queue->held_until > now && (!next || queue->held_until < *next)) next = queue->held_until;
    want_turn();  // which sends what is not held any more
    if (next) hold_timer_.start(*next - now, [this] { watch_holds(); });
}

std::string TopicSender::condition() const {
    const Queue* failing = nullptr;
    std::size_t queues = 0;
    for (const auto& queue : queues_) {
        if (!queue || queue->last_error.empty()) continue;
        ++queues;
        if (failing == nullptr || queue->last_error_since < failing->last_error_since) failing = queue.get();
    }
    if (failing != nullptr)
        return fmt::format("sink holds {} of {} queues of topic '{}' since {}, first {}/{}: {}", queues, queues_.size(),
                           name_, platform::format_rfc3339(failing->last_error_since), failing->id.broker_name,
                           failing->id.queue_id, failing->last_error);
    if (!route_trouble_.empty() && (queues_.empty() || !waiting_.empty()))
        return "sink unreachable since " + platform::format_rfc3339(route_trouble_since_) + ": " + route_trouble_;
    const bool is_wanted = !waiting_.empty() || is_constant_;
    if (queues_.empty() && is_wanted) return "waiting for the route of topic '" + name_ + "'";
    return {};
}

bool TopicSender::is_idle() const {
    return waiting_.empty() && std::all_of(queues_.begin(), queues_.end(), [](const auto& queue) {
               return !queue || (queue->records.empty() && !queue->in_flight);
           });
}

}  // namespace outflow::connectors
