#include "task/rocketmq_kind.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/limits.h"
#include "rocketmq/instance_namespace.h"
#include "rocketmq/validate.h"
#include "task/draft.h"

namespace outflow::task {

std::span<const FieldRule> RocketmqInstance::fields() {
    using enum FieldType;
    // clang-format off
    static constexpr auto own = std::to_array<FieldRule>({
        {"instance", "rocketmq", object, false, "A RocketMQ cluster"},

        {"instance.rocketmq", "version", integer, false, "The cluster's main version", {}, 4, 5, "4"},
        {"instance.rocketmq", "name_servers", texts, true, "Addresses of name servers: HOST:PORT, port 9876 if left out"},
        {"instance.rocketmq", "access_key", text, false, "The ACL access key; needs secret_key", {}, 1},
        {"instance.rocketmq", "secret_key", secret, false, "The ACL secret key; needs access_key"},
        {"instance.rocketmq", "username", text, false, "Of an ApsaraMQ for RocketMQ 5.x instance: as access_key", {}, 1},
        {"instance.rocketmq", "password", secret, false, "Of an ApsaraMQ for RocketMQ 5.x instance: as secret_key"},
        {"instance.rocketmq", "namespace", text, false,
         "The instance namespace put before topics and groups; left out, the one that an MQ_INST_ endpoint names", {}, 1},
        {"instance.rocketmq", "region", text, false, "The region in the name of the cluster"},
        {"instance.rocketmq", "account", text, false, "The account in the name of the cluster"},
        {"instance.rocketmq", "tls", object, false, "TLS with name servers and brokers"},
        {"instance.rocketmq", "endpoints", anything, false, "Addresses of gRPC proxies", {}, 0, 0, {},
         "name_servers reaches clusters of version 4 and 5"},
    });
    // clang-format on
    static constexpr auto rows = join(own, tls_fields("instance.rocketmq.tls"));
    return rows;
}

std::span<const FieldRule> RocketmqSinkDefinition::fields() {
    using enum FieldType;
    // clang-format off
    static constexpr FieldRule rows[] = {
        {"task.sink", "rocketmq", object, true, "A RocketMQ topic"},

        {"task.sink.rocketmq", "instance", text, true, "The name of a rocketmq instance", {}, 1},
        {"task.sink.rocketmq", "topic", value, true, "The topic of records"},
        {"task.sink.rocketmq", "body", value, false, "The body of records", {}, 0, 0, "\"$.data.body\""},
        {"task.sink.rocketmq", "properties", value, false, "The properties of records", {}, 0, 0,
         "\"$.data.userProperties\""},
        {"task.sink.rocketmq", "keys", values, false, "The keys of records", {}, 0, 0, "\"$.data.systemProperties.KEYS\""},
        {"task.sink.rocketmq", "tags", value, false, "The tag of records", {}, 0, 0, "\"$.data.systemProperties.TAGS\""},
        {"task.sink.rocketmq", "sharding_key", value, false, "Records with the same one keep their order"},
        {"task.sink.rocketmq", "ordering", word, false, "What keeps its order: an MQTT topic, a sharding key, nothing",
         "topic|key|none", 0, 0, "\"topic\""},
        {"task.sink.rocketmq", "compress_above_bytes", integer, false, "Compress larger bodies; left out, none", {}, 1,
         4'194'304},
        {"task.sink.rocketmq", "producer_group", text, false, "The producer group; outflow-TASK if left out", {}, 1},
        {"task.sink.rocketmq", "send_timeout_seconds", integer, false, "An answer later than this counts as lost", {}, 1,
         600, "10"},
    };
    // clang-format on
    return rows;
}

namespace {

void read_name_servers(Report& report, const Object& object, std::vector<Endpoint>& out) {
    const YamlNodePtr node = object.find("name_servers");
    if (node == nullptr) return;
    const std::string path = object.path("name_servers");
    const auto take = [&](const YamlNodePtr& from) {
        const Status added = add_name_servers(from->text, out);
        if (!added) report.error(from->place, path, added.error().context);
    };
    for (const YamlNodePtr& item : node->items) take(item);
    if (node->items.empty()) take(node);
}

// access_key and secret_key, or by their names in ApsaraMQ for RocketMQ 5.x username and password.
void read_keys(Report& report, const Object& object, RocketmqInstance& instance) {
    const bool has_login = object.has("username") || object.has("password");
    const std::string_view user = has_login ? "username" : "access_key";
    const std::string_view secret = has_login ? "password" : "secret_key";
    for (const std::string_view other : {"access_key", "secret_key"}) {
        if (!has_login || !object.has(other)) continue;
        report.error(object.place(other), object.path(other),
                     "username and password stand for access_key and secret_key: one pair is enough", "leave it out");
    }
    if (object.has(user) != object.has(secret)) {
        const std::string_view there = object.has(user) ? user : secret;
        report.error(object.place(there), object.path(there), fmt::format("{} and {} come together", user, secret),
                     "add the other one");
    }
    instance.access_key = object.text(user);
    instance.secret_key = read_secret(report, object, secret);
}

// Its own field, or what the endpoints of an instance of ApsaraMQ for RocketMQ 4.x name.
void read_namespace(Report& report, const Object& object, RocketmqInstance& instance) {
    std::string_view named;
    for (const Endpoint& server : instance.name_servers) {
        const std::string_view its = rocketmq::namespace_of_host(server.host);
        if (!named.empty() && !its.empty() && its != named)
            report.error(object.place("name_servers"), object.path("name_servers"),
                         fmt::format("{} and {} are two instances", named, its), "make two of them in the file, too");
        if (named.empty()) named = its;
    }
    instance.namespace_name = object.has("namespace") ? object.text("namespace") : std::string(named);
    if (!object.has("namespace")) return;
    std::string diagnostic = check_rocketmq_name(instance.namespace_name, limits::rocketmq_topic_bytes_max);
    if (diagnostic.empty() && !named.empty() && named != instance.namespace_name)
        diagnostic =
            fmt::format("the endpoint is of the instance {}, which is the namespace of all that it has", named);
    if (!diagnostic.empty()) {
        report.error(object.place("namespace"), object.path("namespace"), std::move(diagnostic),
                     named.empty() ? "" : "leave it out");
    } else if (rocketmq::is_namespace_field(instance.namespace_name) && instance.access_key.empty()) {
        report.error(
            object.place("namespace"), object.path("namespace"),
            "an instance of ApsaraMQ for RocketMQ 5.x is said in signed requests, and there is no user to sign",
            "add username and password, or leave it out inside of its network");
    }
}

pipeline::Ordering ordering_of(std::string_view word) {
    if (word == "key") return pipeline::Ordering::key;
    return word == "none" ? pipeline::Ordering::none : pipeline::Ordering::topic;
}

void check_ordering(Report& report, const Object& object, const RocketmqSinkDefinition& sink,
                    const SourceTraits& source) {
    using pipeline::Ordering;
    const bool has_key = object.has("sharding_key");
    if (!source.why_no_order.empty() && sink.ordering != Ordering::none) {
        report.error(object.place("ordering"), object.path("ordering"), std::string(source.why_no_order),
                     "write ordering: none");
    } else if (sink.ordering == Ordering::key && !has_key) {
        report.error(object.place("ordering"), object.path("ordering"), "ordering: key needs a sharding_key",
                     "add sharding_key: $.data.topic, or any other path");
    } else if (sink.ordering != Ordering::key && has_key) {
        report.warning(object.place("sharding_key"), object.path("sharding_key"),
                       "the sharding key orders nothing without ordering: key");
    } else if (sink.ordering == Ordering::key && sink.sharding_key.constant_text()) {
        report.warning(object.place("sharding_key"), object.path("sharding_key"),
                       "a constant sharding key sends every record to one RocketMQ queue");
    } else if (sink.ordering == Ordering::topic && source.only_topic) {
        report.warning(source.only_topic->place, source.only_topic->path,
                       "one MQTT topic in its order means that one RocketMQ queue takes every record",
                       "ordering: none or ordering: key uses all queues");
    }
}

}  // namespace

// --- as every kind of instance

void read(Report& report, const Object& object, RocketmqInstance& instance) {
    instance.version = static_cast<std::uint8_t>(object.integer("version", instance.version));
    read_name_servers(report, object, instance.name_servers);
    instance.tls = read_tls(report, object, "instance.rocketmq.tls");
    read_keys(report, object, instance);
    read_namespace(report, object, instance);
    instance.region = object.text("region");
    instance.account = object.text("account");
}

const TlsDefinition* tls_of(const RocketmqInstance& instance) { return instance.tls ? &*instance.tls : nullptr; }

const std::vector<TokenDefinition>& tokens_of(const RocketmqInstance&) {
    static const std::vector<TokenDefinition> none;
    return none;
}

InstanceSecret secret_of(const RocketmqInstance& instance) { return {"RocketMQ secret key", instance.secret_key}; }

void copy_what_changes_in_place(RocketmqInstance& to, const RocketmqInstance& from) {
    to.region = from.region;
    to.account = from.account;
    to.secret_key = from.secret_key;  // where it comes from; the value counts
}

// --- as every kind of sink

void read(Report& report, const Object& object, RocketmqSinkDefinition& sink, SinkReading& reading) {
    sink.instance = object.text("instance");
    read_value(report, object, "topic", sink.topic, reading.refused_fields);
    read_value(report, object, "body", sink.body, reading.refused_fields);
    read_value(report, object, "properties", sink.properties, reading.refused_fields);
    read_value(report, object, "keys", sink.keys, reading.refused_fields);
    read_value(report, object, "tags", sink.tags, reading.refused_fields);
    read_value(report, object, "sharding_key", sink.sharding_key, reading.refused_fields);
    sink.ordering = ordering_of(object.text("ordering"));
    if (object.has("compress_above_bytes")) sink.compress_above_bytes = object.integer("compress_above_bytes", 0);
    sink.producer_group = object.text("producer_group");
    if (sink.producer_group.empty()) sink.producer_group = default_producer_group(reading.task);
    sink.send_timeout = std::chrono::seconds(object.integer("send_timeout_seconds", 10));
    const SourceTraits& source = reading.source;
    if (source.data_format == event::DataFormat::binary && !object.has("body")) {
        report.warning(source.data_format_place.place, source.data_format_place.path,
                       "with Binary the body of a record is the Base64 of the payload",
                       "write body: { form: RAW } for the bytes themselves, or body: $.data.body for Base64");
    }
    if (object.has("producer_group")) {
        const std::string diagnostic = check_rocketmq_name(sink.producer_group, limits::rocketmq_group_bytes_max);
        if (!diagnostic.empty())
            report.error(object.place("producer_group"), object.path("producer_group"), diagnostic);
    }
    if (object.is_there()) check_ordering(report, object, sink, source);
}

// A constant topic is legal together with the namespace of its instance.
void check_with_instance(Report& report, const Object& object, const RocketmqSinkDefinition& sink,
                         const Instance* instance) {
    const std::optional<std::string_view> topic = sink.topic.constant_text();
    if (!topic || !object.is_there()) return;
    if (topic->empty()) return;  // reported by the compiler of fields, or absent
    const RocketmqInstance* rocketmq = instance == nullptr ? nullptr : std::get_if<RocketmqInstance>(&instance->kind);
    const std::string_view instance_namespace =
        rocketmq == nullptr ? std::string_view() : rocketmq::name_prefix(rocketmq->namespace_name);
    const std::size_t prefix = instance_namespace.empty() ? 0 : instance_namespace.size() + 1;
    std::string diagnostic = check_rocketmq_name(
        *topic, limits::rocketmq_topic_bytes_max - std::min(prefix, limits::rocketmq_topic_bytes_max));
    const Status legal = rocketmq::check_topic(rocketmq::wrap_namespace(instance_namespace, *topic));
    if (diagnostic.empty() && !legal) diagnostic = legal.error().context;
    const char* const hint = sink.topic.form == transform::Form::constant ? "a path begins with $. or $[" : "";
    if (!diagnostic.empty()) report.error(object.place("topic"), object.path("topic"), diagnostic, hint);
}

InstanceReference instance_of(const RocketmqSinkDefinition& sink) { return {RocketmqInstance::kind, sink.instance}; }

void set_fields(const RocketmqSinkDefinition& sink, transform::ProgramDefinition& program) {
    program.topic = sink.topic;
    program.body = sink.body;
    program.properties = sink.properties;
    program.keys = sink.keys;
    program.tags = sink.tags;
    program.sharding_key = sink.sharding_key;
}

pipeline::Ordering ordering_of(const RocketmqSinkDefinition& sink) { return sink.ordering; }

void copy_what_changes_in_place(RocketmqSinkDefinition& to, const RocketmqSinkDefinition& from) {
    to.instance = from.instance;  // its name; what it is gets compared for itself
    to.topic = from.topic;
    to.body = from.body;
    to.properties = from.properties;
    to.keys = from.keys;
    to.tags = from.tags;
    to.sharding_key = from.sharding_key;
}

// --- its own rules

std::string check_rocketmq_name(std::string_view name, std::size_t bytes_max) {
    if (name.empty()) return "expected text, found an empty one";
    if (name.size() > bytes_max) {
        return fmt::format("RocketMQ takes at most {} bytes here, found {}", bytes_max, name.size());
    }
    if (rocketmq::has_name_characters(name)) return {};
    return "RocketMQ takes letters, digits, -, _, % and | here, found " + quote(name);
}

std::string default_producer_group(std::string_view task_name) {
    constexpr std::string_view group_prefix = "outflow-";
    if (group_prefix.size() + task_name.size() <= limits::rocketmq_group_bytes_max) {
        return fmt::format("{}{}", group_prefix, task_name);
    }
    const std::size_t room = limits::rocketmq_group_bytes_max - group_prefix.size() - 17;
    return fmt::format("{}{}-{:016x}", group_prefix, task_name.substr(0, room), hash_bytes(task_name));
}

}  // namespace outflow::task
