#include "connectors/rocketmq_sink.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/hash.h"
#include "connectors/rocketmq_record.h"
#include "platform/clock.h"
#include "rocketmq/compress.h"
#include "rocketmq/instance_namespace.h"
#include "rocketmq/validate.h"

namespace outflow::connectors {

namespace {
constexpr std::size_t topics_max = 4'096;     // of a computed topic; beyond it idle ones are forgotten
constexpr std::size_t records_max = 100'000;  // undecided; the memory budget is used up before, as a rule

RemotingOptions remoting_options(const RocketmqSinkOptions& options, const SendSettings& settings) {
    RemotingOptions remoting;
    remoting.client_id = options.client_id;
    remoting.group = settings.group;
    remoting.signer = settings.signer;
    remoting.tls = options.tls;
    return remoting;
}
}  // namespace

Result<std::unique_ptr<RocketmqSink>> RocketmqSink::create(net::EventLoop& loop, platform::Logger& log,
                                                           RocketmqSinkOptions options) {
    std::optional<rocketmq::Signer> signer;
    if (options.credentials) {
        TRY(signer, rocketmq::Signer::create(*options.credentials));
    }
    return std::unique_ptr<RocketmqSink>(new RocketmqSink(loop, log, std::move(options), std::move(signer)));
}

RocketmqSink::RocketmqSink(net::EventLoop& loop, platform::Logger& log, RocketmqSinkOptions options,
                           std::optional<rocketmq::Signer> signer)
    : loop_(loop),
      log_(log),
      options_(std::move(options)),
      signer_(std::move(signer)),
      settings_{options_.task,
                rocketmq::wrap_namespace(options_.instance_namespace, options_.group),
                options_.instance_namespace,
                options_.ordering,
                options_.send_timeout,
                signer_ ? &*signer_ : nullptr,
                options_.seed},
      name_servers_(loop, options_.name_servers, options_.tls, static_cast<std::size_t>(options_.seed)),
      brokers_(loop, *this, remoting_options(options_, settings_), options_.seed),
      context_{loop_, log_, settings_, name_servers_, brokers_, turns_, counts_, *this},
      unique_keys_(options_.ipv4, options_.process_id, static_cast<std::uint32_t>(options_.seed >> 32)) {}

void RocketmqSink::set_destination(std::string_view topic_name) {
    if (topic_name == constant_topic_ && !topic_name.empty()) return;
    if (!constant_topic_.empty()) topic(constant_topic_).set_constant(false);
    constant_topic_ = topic_name;
    if (!topic_name.empty()) topic(topic_name).set_constant(true);
}

bool RocketmqSink::is_up() const {
    return constant_topic_.empty() ||
           std::any_of(topics_.begin(), topics_.end(), [](const auto& entry) { return entry.second->has_route(); });
}

std::size_t RocketmqSink::room() const { return records_max - std::min(pending_, records_max); }

void RocketmqSink::push(event::Batch& batch, std::span<const pipeline::SinkRecord> records) {
    for (const pipeline::SinkRecord& record : records) {
        PendingRecord pending;
        pending.token = record.token;
        pending.body = record.record.body;
        pending.order_hash = order_hash(record);
        Status legal;
        if (constant_topic_.empty()) legal = check_computed_topic(record.record, options_.instance_namespace);
        if (legal) {
            pending.properties = render_properties(batch.arena, record.record);
            legal = rocketmq::check_record(pending.body, pending.properties);
        }
        if (!legal) {
            refused_.push_back({record.token, std::move(legal.error().context)});
            continue;
        }
        if (options_.compress_above_bytes && pending.body.size() > *options_.compress_above_bytes) {
            if (auto compressed = rocketmq::compress_body(pending.body)) {
                pending.body = batch.arena.copy(*compressed);
                pending.compressed = true;
            }
        }
        ++pending_;
        topic(record.record.destination).push(pending);
    }
}

std::string_view RocketmqSink::render_properties(event::Arena& arena, const transform::Record& record) {
    properties_.clear();
    rocketmq::append_property(properties_, rocketmq::property_name::unique_key,
                              unique_keys_.next(std::chrono::milliseconds(platform::unix_ms())));
    append_record_properties(properties_, record, options_.instance_namespace, property_changes_);
    return arena.copy(properties_);
}

// Ordering by key: a record without one goes by its MQTT topic, so that its order is kept all the same.
std::uint64_t RocketmqSink::order_hash(const pipeline::SinkRecord& record) const {
    switch (options_.ordering) {
    case pipeline::Ordering::none: return 0;
    case pipeline::Ordering::topic: return hash_bytes(record.original().topic);
    case pipeline::Ordering::key: break;
    }
    return record.record.order_key.empty() ? hash_bytes(record.original().topic) : hash_bytes(record.record.order_key);
}

TopicSender& RocketmqSink::topic(std::string_view name) {
    if (last_topic_ != nullptr && options_.instance_namespace.empty() && last_topic_->name() == name)
        return *last_topic_;
    std::string wrapped = rocketmq::wrap_namespace(options_.instance_namespace, std::string(name));
    auto found = topics_.find(wrapped);
    if (found == topics_.end()) {
        if (topics_.size() >= topics_max) evict_idle_topics();
        found = topics_.emplace(wrapped, std::make_unique<TopicSender>(context_, wrapped)).first;
    }
    last_topic_ = found->second.get();
    return *last_topic_;
}

void RocketmqSink::evict_idle_topics() {
    last_topic_ = nullptr;
    std::erase_if(topics_, [](const auto& entry) {
        const TopicSender& topic = *entry.second;
        return topic.is_idle() && !topic.is_waiting();
    });
}

void RocketmqSink::on_broker_ready(BrokerLink& link) {
    log_.info("Connected to broker.", {{"task", options_.task}, {"broker", link.name()}},
              options_.task + "/" + link.name());
    for (const auto& [name, sender] : topics_) sender->on_broker_ready(link);
}

void RocketmqSink::on_broker_refused(BrokerLink& link) {
    listener_->on_stopped(pipeline::Stop::misconfigured,
                          "broker " + link.name() + " refuses the task: " + link.reason());
}

void RocketmqSink::on_broker_lost(BrokerLink& link) {
    log_.warn("Broker is unreachable.", {{"task", options_.task}, {"broker", link.name()}, {"reason", link.reason()}},
              options_.task + "/" + link.name());
    for (const auto& [name, sender] : topics_) sender->on_broker_lost(link);
}

void RocketmqSink::turn() {
    for (const Refused& refused : std::exchange(refused_, {})) listener_->on_poison(refused.token, refused.reason);
    std::uint64_t requests = 0;
    do {
        requests = counts_.requests;
        turns_.give([this] { return brokers_.has_room(); });
        unsent_bytes_ = brokers_.flush();
    } while (turns_.is_room_wanted() && counts_.requests > requests);  // what was written has made room
}

void RocketmqSink::on_stored(std::span<const pipeline::Token> tokens) {
    pending_ -= tokens.size();
    listener_->on_stored(tokens);
}

void RocketmqSink::on_poison(pipeline::Token token, std::string_view reason) {
    --pending_;
    listener_->on_poison(token, reason);
}

pipeline::SinkCounts RocketmqSink::counts() const {
    pipeline::SinkCounts counts = counts_;
    counts.properties_renamed = property_changes_.renamed;
    counts.properties_left_out = property_changes_.left_out;
    counts.properties_cleaned = property_changes_.separators_replaced;
    return counts;
}

std::string RocketmqSink::condition() const {
    for (const auto& [name, sender] : topics_)
        if (std::string condition = sender->condition(); !condition.empty()) return condition;
    return {};
}

}  // namespace outflow::connectors
