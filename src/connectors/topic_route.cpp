// TopicSender: where the topic's queues are, and how a new route takes effect.
//
//   ask_route --route with queues----------------------------> take_route --nothing in flight--> apply_queues
//      |  ^   --unknown, but it was known before--> the last route stays      (else the barrier waits for responses)
//      |  |   --unknown--> ask_template_route --TBW102 has brokers--> take_route: the first record creates the topic
//      |  |                       '--no template--> ask_cluster --brokers are there--> ask_route once more -->
//      refuse_topic
//      |  '-- after route_backoff -- route_fault <--no broker, no name server, nothing that can be read
//
// One question is in flight at a time (`asking_`). Whatever fails keeps the last route: a name server that has just
// started knows no topic, and must not take a working route away.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "connectors/topic_sender.h"
#include "platform/clock.h"
#include "rocketmq/protocol.h"

namespace outflow::connectors {

namespace {
constexpr std::chrono::seconds route_interval{30};
constexpr net::BackoffLimits route_spread{std::chrono::milliseconds(10'000), std::chrono::milliseconds(10'000), {}};
constexpr std::chrono::seconds refusal_time{2};
constexpr std::chrono::milliseconds refresh_delay{
    50};  // lets a broker that has just gone leave the name server's tables
constexpr net::BackoffLimits route_backoff{std::chrono::milliseconds(200), std::chrono::milliseconds(2'000),
                                           std::chrono::milliseconds(50)};
constexpr net::BackoffLimits queue_backoff{std::chrono::milliseconds(100), std::chrono::milliseconds(2'000),
                                           std::chrono::milliseconds(20)};

std::string one_master_at_least(const rocketmq::Route& route) {
    for (const rocketmq::Broker& broker : route.brokers)
        if (!broker.master_address().empty()) return {};
    return "; none of its brokers has a master";
}
}  // namespace

TopicSender::Queue::Queue(rocketmq::MessageQueue queue_id, BrokerLink& link, std::uint64_t seed)
    : id(std::move(queue_id)), broker(link), backoff(seed, queue_backoff) {}

TopicSender::TopicSender(const SendContext& context, std::string name)
    : context_(context),
      name_(std::move(name)),
      random_(context.settings.seed),
      route_backoff_(context.settings.seed + 1, route_backoff),
      route_timer_(context.loop),
      hold_timer_(context.loop) {
    ask_route();
}

// Asks a name server; `take` gets its response.
void TopicSender::ask(NameServers::Writer writer, void (TopicSender::*take)(const Response&)) {
    asking_ = true;
    context_.name_servers.ask(std::move(writer), [this, take, alive = std::weak_ptr<bool>(alive_)](
                                                     const Response* response, std::string_view reason) {
        if (alive.expired()) return;
        asking_ = false;
        if (response != nullptr) (this->*take)(*response);
        else route_fault("name servers cannot be reached: " + std::string(reason));
    });
}

void TopicSender::ask_route() {
    if (asking_) return;
    refresh_scheduled_ = false;
    is_stale_ = false;
    route_timer_.cancel();
    auto write = [name = name_, signer = context_.settings.signer](std::string& out, std::int32_t opaque) {
        rocketmq::append_get_route(out, opaque, name, signer);
    };
    ask(write, &TopicSender::on_route_response);
}

void TopicSender::on_route_response(const Response& response) {
    if (response.command.code == rocketmq::response_code::topic_not_exist) {
        if (had_route_)
            route_fault("name servers know no route of topic '" + name_ + "' any more; the last one is kept");
        else ask_template_route();
        return;
    }
    if (response.command.code != rocketmq::response_code::success) {
        route_fault(fmt::format("the name server refused the route of topic '{}': code {} {}", name_,
                                response.command.code, response.command.remark));
        return;
    }
    auto route = rocketmq::decode_route(response.body);
    if (!route) {
        route_fault("the name server's route of topic '" + name_ + "' cannot be read: " + route.error().context);
        return;
    }
    std::vector<rocketmq::MessageQueue> queues = rocketmq::publish_queues(*route);
    if (queues.empty()) {
        route_fault("topic '" + name_ + "' has no queue that can be written to" + one_master_at_least(*route));
        return;
    }
    auto_created_ = false;
    take_route(*route, std::move(queues));
}

// A topic that nobody has created: the brokers that would create it are those of TBW102's route.
void TopicSender::ask_template_route() {
    auto write = [signer = context_.settings.signer](std::string& out, std::int32_t opaque) {
        rocketmq::append_get_route(out, opaque, rocketmq::auto_create_topic, signer);
    };
    ask(write, &TopicSender::on_template_response);
}

void TopicSender::on_template_response(const Response& response) {
    std::vector<rocketmq::MessageQueue> queues;
    rocketmq::Route route;
    if (response.command.code == rocketmq::response_code::success) {
        if (auto decoded = rocketmq::decode_route(response.body)) route = std::move(*decoded);
        queues = rocketmq::auto_create_queues(route);
    }
    if (queues.empty()) {
        ask_cluster();
        return;
    }
    if (!std::exchange(auto_created_, true))
        context_.log.info("Topic does not exist yet; it comes into being with the first record.",
                          {{"task", context_.settings.task}, {"topic", name_}}, context_.settings.task + "/" + name_);
    take_route(route, std::move(queues));
}

// Neither the topic nor a template: is there a broker at all?
void TopicSender::ask_cluster() {
    auto write = [signer = context_.settings.signer](std::string& out, std::int32_t opaque) {
        rocketmq::append_get_cluster_info(out, opaque, signer);
    };
    ask(write, &TopicSender::on_cluster_response);
}

void TopicSender::on_cluster_response(const Response& response) {
    auto cluster = rocketmq::decode_cluster_info(response.body);
    if (response.command.code != rocketmq::response_code::success || !cluster || cluster->brokers.empty()) {
        route_fault("no broker is registered at the name server");
        return;
    }
    // Brokers may have registered since the topic was asked for: what is found once more, with brokers there, is true.
    if (!std::exchange(is_asked_twice_, true)) return ask_route();
    is_asked_twice_ = false;
    refuse_topic("topic '" + name_ +
                 "' does not exist, and the brokers do not create topics by themselves "
                 "(autoCreateTopicEnable=false); create it, e.g. with `outflow rocketmq create-topic`");
}

void TopicSender::refuse_topic(std::string reason) {
    if (is_constant_) {
        route_fault(reason);
        context_.listener.on_stopped(pipeline::Stop::misconfigured, reason);
        return;
    }
    // The name came from an event: it concerns the records that carry it, and no other.
    refusal_ = std::move(reason);
    refusal_ends_ = context_.loop.now() + refusal_time;
    refuse_waiting();
}

// Records that come soon after are refused like the first. Later ones ask again: somebody may have created the topic.
void TopicSender::refuse_waiting() {
    if (context_.loop.now() < refusal_ends_) {
        for (const PendingRecord& record : std::exchange(waiting_, {}))
            context_.listener.on_poison(record.token, refusal_);
        return;
    }
    refusal_.clear();
    ask_route();
}

void TopicSender::take_route(const rocketmq::Route& route, std::vector<rocketmq::MessageQueue> queues) {
    had_route_ = had_route_ || !auto_created_;
    is_asked_twice_ = false;
    refusal_.clear();
    route_trouble_.clear();
    let_queues_go();
    route_backoff_.reset();
    schedule_poll();
    for (const rocketmq::Broker& broker : route.brokers) {
        std::optional<net::Endpoint> address;
        if (auto parsed = rocketmq::parse_address(broker.master_address()))
            address = net::Endpoint{parsed->host, parsed->port};
        // A broker without a master keeps its last address: it may come back there.
        if (address) context_.brokers.get(broker.name).set_address(address);
    }
    std::sort(queues.begin(), queues.end());
    queues.erase(std::unique(queues.begin(), queues.end()), queues.end());
    // While the barrier is up `next_queues_` may be others than these, and are replaced even by the queues of now.
    if (!barrier_ && queues == choice_.queues()) return;
    next_queues_ = std::move(queues);
    barrier_ = true;
    if (!any_in_flight()) apply_queues();
}

// Nothing is in flight: every record that waits goes to its queue of the new route, those of one key in their order. A
// queue that stays keeps its undecided batch if all of its records stay, so that the resend is the same bytes.
void TopicSender::apply_queues() {
    barrier_ = false;
    // All records leave the old queues before the first one enters a new one: a queue that stays would give away again
    // what had just moved into it, and a record can only choose among queues that are all there.
    std::vector<std::unique_ptr<Queue>> old = std::exchange(queues_, {});
    choice_ = rocketmq::QueueChoice(std::exchange(next_queues_, {}));
    queues_.resize(choice_.queues().size());
    std::vector<std::deque<PendingRecord>> moving;
    for (std::unique_ptr<Queue>& queue : old) {
        if (!queue) continue;
        auto place = std::lower_bound(choice_.queues().begin(), choice_.queues().end(), queue->id);
        if (place == choice_.queues().end() || *place != queue->id) {
            moving.push_back(queue->records.take_all());
            continue;
        }
        auto index = static_cast<std::size_t>(place - choice_.queues().begin());
        moving.push_back(batch_stays(queue->records, index) ? queue->records.take_rest() : queue->records.take_all());
        queues_[index] = std::move(queue);
    }
    moving.push_back(std::exchange(waiting_, {}));
    for (const rocketmq::MessageQueue& id : choice_.queues()) context_.brokers.get(id.broker_name).want();
    for (const std::deque<PendingRecord>& records : moving)
        for (const PendingRecord& record : records) choose(record).records.push(record);
    want_turn();
}

// Queues that their broker did not know are tried again.
void TopicSender::let_queues_go() {
    for (const auto& queue : queues_)
        if (queue) queue->awaits_route = false;
    want_turn();
}

bool TopicSender::batch_stays(const SendQueue& records, std::size_t queue_index) {
    if (context_.settings.ordering == pipeline::Ordering::none) return true;
    for (std::size_t i = 0; i < records.batch_records(); ++i)
        if (choice_.choose(records.at(i).order_hash) != queue_index) return false;
    return true;
}

void TopicSender::schedule_poll() {
    if (refresh_scheduled_) {
        route_timer_.start(refresh_delay + route_backoff_.next(), [this] { ask_route(); });
    } else {  // thousands of topics must not ask all at once
        route_timer_.start(route_interval + net::Backoff(++random_, route_spread).next(), [this] { poll(); });
    }
}

// A topic that nothing was sent to lets its queues go, and asks when the next record comes.
void TopicSender::poll() {
    if (std::exchange(was_used_, false) || !is_idle()) return ask_route();
    is_stale_ = true;
    for (std::unique_ptr<Queue>& queue : queues_) queue.reset();
}

// Something says that the route is out of date: asks again, but not in a storm. Every queue of a broker that goes away
// says so at once, and a question that is in flight may have been asked too early: its response schedules the next
// (schedule_poll).
void TopicSender::refresh_soon() {
    if (std::exchange(refresh_scheduled_, true) || asking_) return;
    route_timer_.start(refresh_delay + route_backoff_.next(), [this] { ask_route(); });
}

void TopicSender::route_fault(std::string reason) {
    is_asked_twice_ = false;
    if (route_trouble_.empty()) route_trouble_since_ = platform::unix_ms();
    route_trouble_ = std::move(reason);
    let_queues_go();  // the last route is kept
    context_.log.warn("No route.", {{"task", context_.settings.task}, {"topic", name_}, {"reason", route_trouble_}},
                      context_.settings.task + "/" + name_);
    route_timer_.start(route_backoff_.next(), [this] { ask_route(); });
}

}  // namespace outflow::connectors
