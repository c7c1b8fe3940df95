// The connection test of RocketMQ, one peer after another, each over a connection of its own:
//
//   each name server: resolve, connect, tls, route --not there--> TBW102 --not there--> the cluster's brokers
//   each master:      resolve, connect, tls, access (a heartbeat), write permission (a send to a queue that no topic has)
//
// A broker judges who asks and whether he may before it looks at the queue, and refuses that: nothing is stored.
#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "connectors/probe_connection.h"
#include "platform/clock.h"
#include "rocketmq/command.h"
#include "rocketmq/frame.h"
#include "rocketmq/instance_namespace.h"
#include "rocketmq/properties.h"
#include "rocketmq/requests.h"
#include "rocketmq/response_class.h"
#include "rocketmq/route.h"
#include "rocketmq/validate.h"

namespace outflow::connectors {

namespace {

namespace response_code = rocketmq::response_code;
using rocketmq::ResponseClass;

constexpr std::int32_t queue_of_no_topic = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t masters_max = 32;  // that are tested
constexpr std::string_view never_stored = "Connection test of Outflow; it is meant to be refused.";
constexpr std::string_view registered_address =
    "The address is the one that the broker registered at the name server (its brokerIP1).";

// Which brokers are tested: the more is known about the topic, the better.
enum class Knowledge : std::uint8_t { nothing, cluster, created_later, topic };

struct Master {
    std::string broker_name;
    net::Endpoint endpoint;
    bool may_be_written = false;  // as the route of the topic says
};

std::vector<Master> masters_of(const std::vector<rocketmq::Broker>& brokers) {
    std::vector<Master> masters;
    for (const rocketmq::Broker& broker : brokers) {
        if (const auto address = rocketmq::parse_address(broker.master_address()))
            masters.push_back({broker.name, {address->host, address->port}, false});
    }
    std::ranges::sort(masters, {}, &Master::broker_name);
    return masters;
}

std::string names_of(const std::vector<Master>& masters) {
    std::vector<std::string> names;
    for (const Master& master : masters) names.push_back(master.broker_name);
    return fmt::format("{}", fmt::join(names, ", "));
}

// What a refusal means, and what to do about it, apart.
ProbeAdvice explain(const rocketmq::Command& command) {
    const std::string_view advice = rocketmq::find_response(command.code, command.remark, command.version, {}).advice;
    std::string text = rocketmq::explain_response(command.code, command.remark, command.version, {});
    if (advice.empty()) return {std::move(text), "Look into its log: it should say why."};
    text.resize(text.size() - advice.size() - 1);
    return {std::move(text), std::string(advice)};
}

class RocketmqProbe final : public Probe, private ProbeSteps::Owner, private ProbeConnection::Owner {
public:
    RocketmqProbe(net::EventLoop& loop, RocketmqProbeSettings settings, ProbeLimits limits, OnDone on_done)
        : settings_(std::move(settings)),
          topic_(settings_.topic.empty() ? ""
                                         : rocketmq::wrap_namespace(settings_.instance_namespace, settings_.topic)),
          on_done_(std::move(on_done)),
          steps_(loop, *this, limits),
          connection_(loop, steps_, *this),
          end_timer_(loop) {}

    void start();

private:
    using TakeResponse = void (RocketmqProbe::*)(const rocketmq::Command& command, std::string_view body);

    // ProbeSteps::Owner
    void on_step_late() override { next(); }
    void on_time_over() override;

    // ProbeConnection::Owner
    void on_reached() override { current_ == nullptr ? ask_route() : ask_access(); }
    void on_unreachable() override { next(); }
    void on_bytes(std::string_view bytes) override;
    void on_lost(const Error& error) override;

    void next();
    void finish();
    template <class Write>
    void ask(Write write, TakeResponse take);
    void refuse_bytes(const Error& error);

    void ask_route();
    void on_route(const rocketmq::Command& command, std::string_view body);
    void on_template_route(const rocketmq::Command& command, std::string_view body);
    void on_cluster(const rocketmq::Command& command, std::string_view body);
    void take_route(const rocketmq::Route& route);
    void keep(std::vector<Master> masters, Knowledge knowledge);
    std::string create_command() const;

    void ask_access();
    void on_access(const rocketmq::Command& command, std::string_view body);
    void ask_write_permission();
    void on_write_permission(const rocketmq::Command& command, std::string_view body);
    void refuse(const rocketmq::Command& command);
    rocketmq::Signer* signer() { return signer_ ? &*signer_ : nullptr; }

    RocketmqProbeSettings settings_;
    const std::string topic_;  // with its namespace
    OnDone on_done_;
    std::optional<rocketmq::Signer> signer_;
    ProbeSteps steps_;
    ProbeConnection connection_;
    net::Timer end_timer_;
    std::size_t next_name_server_ = 0;
    Knowledge knowledge_ = Knowledge::nothing;
    std::vector<Master> masters_;
    std::size_t next_master_ = 0;
    std::size_t left_out_ = 0;         // masters beyond masters_max
    const Master* current_ = nullptr;  // whom it talks to; null: a name server
    TakeResponse take_ = nullptr;
    std::int32_t opaque_ = 0;
    std::string buffer_;  // received, and not understood yet
};

void RocketmqProbe::start() {
    if (settings_.credentials) {
        auto signer = rocketmq::Signer::create(*settings_.credentials);
        if (!signer) {
            steps_.begin("access", "this instance", {});
            steps_.fail(signer.error().context, "Correct access_key and secret_key of the instance.");
            return finish();
        }
        signer_ = std::move(*signer);
    }
    next();
}

void RocketmqProbe::next() {
    connection_.close();
    buffer_.clear();
    current_ = nullptr;
    if (next_name_server_ < settings_.name_servers.size()) {
        const net::Endpoint& server = settings_.name_servers[next_name_server_++];
        return connection_.open({"name server " + net::to_string(server), server, settings_.tls, {}});
    }
    if (next_master_ == masters_.size()) {
        if (left_out_ > 0) {
            steps_.begin("rest", fmt::format("{} more", left_out_), {});
            steps_.pass(fmt::format("not tested: {} masters at most are", masters_max));
        }
        return finish();
    }
    current_ = &masters_[next_master_++];
    connection_.open({current_->broker_name + " " + net::to_string(current_->endpoint), current_->endpoint,
                      settings_.tls, std::string(registered_address)});
}

void RocketmqProbe::on_time_over() {
    const std::size_t left = settings_.name_servers.size() - next_name_server_ + masters_.size() - next_master_;
    if (left > 0) {
        steps_.begin("rest", fmt::format("{} more", left), {});
        steps_.fail("not tested: the time of the whole test is over",
                    "Test again when those that did not answer are in order.");
    }
    finish();
}

void RocketmqProbe::finish() {
    connection_.close();
    end_timer_.start({}, [this] {
        std::vector<ProbeStep> steps = steps_.take();
        if (const OnDone on_done = std::exchange(on_done_, nullptr)) on_done(std::move(steps));
    });
}

// --- requests

template <class Write>
void RocketmqProbe::ask(Write write, TakeResponse take) {
    take_ = take;
    std::string request;
    write(request, ++opaque_);
    connection_.send(request);
}

void RocketmqProbe::on_bytes(std::string_view bytes) {
    buffer_ += bytes;
    // Whatever a response leads to may take the buffer away.
    const std::string received = std::exchange(buffer_, {});
    for (std::string_view rest = received;;) {
        const auto frame = rocketmq::decode_frame(rest);
        if (!frame) return refuse_bytes(frame.error());
        if (!*frame) {
            buffer_ = rest;
            return;
        }
        rest.remove_prefix((*frame)->size);
        const auto command = rocketmq::decode_header(**frame);
        if (!command) return refuse_bytes(command.error());
        if (command->is_response() && command->opaque == opaque_) return (this->*take_)(*command, (*frame)->body);
    }
}

void RocketmqProbe::refuse_bytes(const Error& error) {
    steps_.fail("it sent what RocketMQ does not send: " + error.context,
                fmt::format("Is {} the port of a RocketMQ name server or broker?", connection_.peer().endpoint.port));
    next();
}

void RocketmqProbe::on_lost(const Error& error) {
    if (error.code == ErrorCode::tls_failed) {
        ProbeAdvice advice = split_tls_reason(error.context);
        steps_.fail(std::move(advice.detail), std::move(advice.remedy));
    } else if (settings_.tls) {
        steps_.fail(error.context + " before it answered", "Is this the port of a RocketMQ name server or broker?");
    } else {
        steps_.fail(error.context + " before it answered; a peer that takes TLS alone does that to a plain connection",
                    "Does it want TLS (tls of the instance), and is it a RocketMQ name server or broker?");
    }
    next();
}

void RocketmqProbe::refuse(const rocketmq::Command& command) {
    ProbeAdvice advice = explain(command);
    steps_.fail(std::move(advice.detail), std::move(advice.remedy));
    next();
}

// --- name servers

void RocketmqProbe::ask_route() {
    steps_.begin("route", connection_.peer().name, "Is it a RocketMQ name server, and is it overloaded?");
    if (topic_.empty())
        return ask([this](auto& out, auto opaque) { rocketmq::append_get_cluster_info(out, opaque, signer()); },
                   &RocketmqProbe::on_cluster);
    if (const Status legal = rocketmq::check_topic(topic_); !legal) {
        steps_.fail(legal.error().context, "Correct the topic.");
        return next();
    }
    ask([this](auto& out, auto opaque) { rocketmq::append_get_route(out, opaque, topic_, signer()); },
        &RocketmqProbe::on_route);
}

void RocketmqProbe::on_route(const rocketmq::Command& command, std::string_view body) {
    if (command.code == response_code::topic_not_exist)
        return ask(
            [this](auto& out, auto opaque) {
                rocketmq::append_get_route(out, opaque, rocketmq::auto_create_topic, signer());
            },
            &RocketmqProbe::on_template_route);
    if (command.code != response_code::success) return refuse(command);
    const auto route = rocketmq::decode_route(body);
    if (route) {
        take_route(*route);
    } else {
        steps_.fail(fmt::format("its route of topic '{}' cannot be read: {}", settings_.topic, route.error().context),
                    "Is it a RocketMQ name server?");
    }
    next();
}

void RocketmqProbe::take_route(const rocketmq::Route& route) {
    std::vector<Master> masters = masters_of(route.brokers);
    std::uint32_t queues = 0;
    for (const rocketmq::QueueGroup& group : route.queue_groups) {
        queues += group.write_queues;
        const bool may_be_written = (group.topic_permission & rocketmq::permission::write) != 0;
        for (Master& master : masters)
            if (master.broker_name == group.broker_name && may_be_written && group.write_queues > 0)
                master.may_be_written = true;
    }
    if (masters.empty())
        return steps_.fail(fmt::format("topic '{}' is there, and none of its brokers has a master", settings_.topic),
                           "Start the master of one of its brokers.");
    steps_.pass(fmt::format("topic '{}': {} queues to write on {}", settings_.topic, queues, names_of(masters)));
    keep(std::move(masters), Knowledge::topic);
}

void RocketmqProbe::on_template_route(const rocketmq::Command& command, std::string_view body) {
    rocketmq::Route route;
    if (command.code == response_code::success) {
        if (auto decoded = rocketmq::decode_route(body)) route = std::move(*decoded);
    }
    if (rocketmq::auto_create_queues(route).empty())
        return ask([this](auto& out, auto opaque) { rocketmq::append_get_cluster_info(out, opaque, signer()); },
                   &RocketmqProbe::on_cluster);
    std::vector<Master> masters = masters_of(route.brokers);
    steps_.pass(fmt::format("topic '{}' does not exist yet; it comes into being with the first record, on {}",
                            settings_.topic, names_of(masters)),
                "To have it beforehand, with queues of your choice: " + create_command());
    keep(std::move(masters), Knowledge::created_later);
    next();
}

// Of a topic that is asked for: neither it nor a template is there.
void RocketmqProbe::on_cluster(const rocketmq::Command& command, std::string_view body) {
    if (command.code != response_code::success) return refuse(command);
    const auto cluster = rocketmq::decode_cluster_info(body);
    std::vector<Master> masters = cluster ? masters_of(cluster->brokers) : std::vector<Master>();
    if (!cluster) {
        steps_.fail("its list of brokers cannot be read: " + cluster.error().context, "Is it a RocketMQ name server?");
    } else if (masters.empty()) {
        steps_.fail("no master broker is registered at the name server",
                    "Start a broker whose namesrvAddr names this name server.");
    } else if (topic_.empty()) {
        steps_.pass("masters: " + names_of(masters));
    } else {
        steps_.fail(fmt::format("topic '{}' does not exist, and the brokers do not create topics by themselves "
                                "(autoCreateTopicEnable=false)",
                                settings_.topic),
                    "Create it: " + create_command());
    }
    keep(std::move(masters), Knowledge::cluster);
    next();
}

void RocketmqProbe::keep(std::vector<Master> masters, Knowledge knowledge) {
    if (knowledge <= knowledge_) return;
    knowledge_ = knowledge;
    left_out_ = masters.size() - std::min(masters.size(), masters_max);
    masters.resize(masters.size() - left_out_);
    masters_ = std::move(masters);
}

std::string RocketmqProbe::create_command() const {
    return fmt::format("outflow rocketmq create-topic {} --name-servers {}", topic_,
                       net::to_string(connection_.peer().endpoint));
}

// --- brokers

void RocketmqProbe::ask_access() {
    steps_.begin("access", connection_.peer().name, "Is it a RocketMQ broker, and is it overloaded?");
    ask(
        [this](auto& out, auto opaque) {
            rocketmq::append_heartbeat(out, opaque, settings_.client_id,
                                       rocketmq::wrap_namespace(settings_.instance_namespace, settings_.group),
                                       signer());
        },
        &RocketmqProbe::on_access);
}

void RocketmqProbe::on_access(const rocketmq::Command& command, std::string_view) {
    const ResponseClass meaning = rocketmq::classify_response(command.code, command.remark, command.version, {});
    if (meaning == ResponseClass::misconfigured) return refuse(command);
    if (command.code != response_code::success)
        steps_.pass("not tested, as it does not answer a heartbeat: " + explain(command).detail);
    else if (signer_) steps_.pass("it takes the signed heartbeat (a broker without access control takes any)");
    else steps_.pass("it takes a heartbeat without a signature");
    if (topic_.empty() || knowledge_ == Knowledge::cluster) return next();
    ask_write_permission();
}

void RocketmqProbe::ask_write_permission() {
    steps_.begin("write permission", connection_.peer().name, "Is the broker overloaded? Look into its log.");
    if (knowledge_ == Knowledge::created_later) {
        steps_.pass(
            fmt::format("not tested: topic '{}' does not exist yet, and a test would create it", settings_.topic));
        return next();
    }
    if (!current_->may_be_written) {
        steps_.fail(fmt::format("topic '{}' has no queue on it that can be written to", settings_.topic),
                    "Give the topic the permission to be written (perm 6), or choose another one.");
        return next();
    }
    ask(
        [this](auto& out, auto opaque) {
            const std::string group = rocketmq::wrap_namespace(settings_.instance_namespace, settings_.group);
            rocketmq::SendHeader header;
            header.group = group;
            header.topic = topic_;
            header.queue_id = queue_of_no_topic;
            header.born = std::chrono::milliseconds(platform::unix_ms());
            header.broker_name = current_->broker_name;
            // Never without properties: RocketMQ 5 reads an empty field as null, and then finds another signature.
            std::string properties;
            rocketmq::append_property(properties, rocketmq::property_name::tags, "outflow-probe");
            const rocketmq::EncodedRecord record{never_stored, properties};
            rocketmq::append_send(out, opaque, header, {&record, 1}, signer());
        },
        &RocketmqProbe::on_write_permission);
}

void RocketmqProbe::on_write_permission(const rocketmq::Command& command, std::string_view) {
    switch (rocketmq::classify_response(command.code, command.remark, command.version, {})) {
    case ResponseClass::stale_route:
        steps_.pass("it would take messages (asked with a queue that no topic has: nothing was stored)");
        break;
    case ResponseClass::stored:
        steps_.pass(
            "it takes messages",
            "It has stored the message of this test, although the queue of it does not exist: consumers see it.");
        break;
    case ResponseClass::split:
    case ResponseClass::poison:
    case ResponseClass::retry: steps_.pass("could not be tested without a message: " + explain(command).detail); break;
    case ResponseClass::outage:
    case ResponseClass::go_away:
    case ResponseClass::no_route:
    case ResponseClass::misconfigured:
    case ResponseClass::unexplained: return refuse(command);
    }
    next();
}

}  // namespace

std::unique_ptr<Probe> probe_rocketmq(net::EventLoop& loop, RocketmqProbeSettings settings, ProbeLimits limits,
                                      Probe::OnDone on_done) {
    auto probe = std::make_unique<RocketmqProbe>(loop, std::move(settings), limits, std::move(on_done));
    probe->start();
    return probe;
}

}  // namespace outflow::connectors
