#include "task/mqtt_kind.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mqtt/topic.h"
#include "task/draft.h"

namespace outflow::task {

std::span<const FieldRule> MqttInstance::fields() {
    using enum FieldType;
    // clang-format off
    static constexpr auto own = std::to_array<FieldRule>({
        {"instance", "mqtt", object, false, "An MQTT broker"},

        {"instance.mqtt", "endpoint", text, true, "The broker's address: mqtt://HOST:PORT, or mqtts:// over TLS", {}, 1},
        {"instance.mqtt", "username", text, false, "The user name of CONNECT", {}, 1},
        {"instance.mqtt", "password", secret, false, "The password of CONNECT"},
        {"instance.mqtt", "region", text, false, "The region in the subject of events"},
        {"instance.mqtt", "account", text, false, "The account in the subject of events"},
        {"instance.mqtt", "client_id_property", text, false,
         "The MQTT 5 user property in which publishers put their client id", {}, 1},
        {"instance.mqtt", "auth", object, false, "ApsaraMQ for MQTT: user name and password are made of keys or tokens"},
        {"instance.mqtt", "tls", object, false, "TLS with the broker: needs mqtts://"},
    });
    // clang-format on
    static constexpr auto rows = join(join(own, apsara_fields("instance.mqtt.auth", "instance.mqtt.auth.tokens")),
                                      tls_fields("instance.mqtt.tls"));
    return rows;
}

std::span<const FieldRule> MqttSourceDefinition::fields() {
    using enum FieldType;
    // clang-format off
    static constexpr FieldRule rows[] = {
        {"task.source", "mqtt", object, true, "An MQTT subscription"},

        {"task.source.mqtt", "instance", text, true, "The name of an mqtt instance", {}, 1},
        {"task.source.mqtt", "topic", text, true, "An MQTT topic filter, maybe $share/GROUP/FILTER", {}, 1, 0, {}, {},
         0, "an unquoted # begins a comment; all topics are \"#\""},
        {"task.source.mqtt", "qos", integer, false, "The QoS asked for", {}, 0, 2, "1"},
        {"task.source.mqtt", "data_format", word, false, "How data.body shows the payload", "JSON|Text|Binary", 0, 0,
         "\"JSON\""},
        {"task.source.mqtt", "protocol", word, false, "auto: MQTT 5, falling back to 3.1.1", "auto|5|3.1.1", 0, 0,
         "\"auto\""},
        {"task.source.mqtt", "client_id", text, false, "The MQTT client id; the default is the same at every start", {}, 1},
        {"task.source.mqtt", "session_expiry_seconds", integer, false,
         "How long the broker keeps what arrives while outflow is away; 4294967295 means forever", {}, 0, 4'294'967'295.0,
         "604800"},
        {"task.source.mqtt", "receive_maximum", integer, false, "Messages the broker may send before an acknowledgement",
         {}, 1, 60'000, "16384"},
        {"task.source.mqtt", "keep_alive_seconds", integer, false, "MQTT keep alive", {}, 1, 65'535, "60"},
        {"task.source.mqtt", "retained", word, false, "Which retained messages are taken", "new|never", 0, 0, "\"new\""},
        {"task.source.mqtt", "validate", word, false, "full: judge all of every payload, even where nothing reads it",
         "off|full", 0, 0, "\"off\""},
    };
    // clang-format on
    return rows;
}

namespace {

std::optional<MqttAddress> read_address(Report& report, const Object& object) {
    const YamlNodePtr node = object.find("endpoint");
    if (node == nullptr) return std::nullopt;
    const Result<MqttAddress> address = parse_mqtt_address(node->text);
    if (!address) {
        report.error(node->place, object.path("endpoint"), address.error().context);
        return std::nullopt;
    }
    const std::uint16_t port = address->endpoint.port;
    const std::string_view meant = address->is_tls ? "mqtts:// is MQTT over TLS" : "mqtt:// is MQTT over plain TCP";
    if (const std::string_view protocol = usual_protocol(port, address->is_tls); !protocol.empty()) {
        report.warning(node->place, object.path("endpoint"),
                       fmt::format("port {} is usually {}, and {}", port, protocol, meant),
                       fmt::format("the port for that is usually {}", address->is_tls ? mqtts_port : mqtt_port));
    }
    return *address;
}

event::DataFormat data_format_of(std::string_view word) {
    if (word == "Text") return event::DataFormat::text;
    return word == "Binary" ? event::DataFormat::binary : event::DataFormat::json;
}

Protocol protocol_of(std::string_view word) {
    if (word == "5") return Protocol::mqtt_5;
    return word == "3.1.1" ? Protocol::mqtt_3_1_1 : Protocol::automatic;
}

void check_source_topic(Report& report, const Object& object, const MqttSourceDefinition& source) {
    if (!object.has("topic")) return;
    const std::string diagnostic = check_topic_filter(source.topic);
    if (!diagnostic.empty()) report.error(object.place("topic"), object.path("topic"), diagnostic);
    if (diagnostic.empty() && is_shared(source.topic) && source.protocol == Protocol::mqtt_3_1_1) {
        report.warning(object.place("topic"), object.path("topic"),
                       "$share belongs to MQTT 5: several brokers grant it in 3.1.1 and never send anything",
                       "leave out protocol: 3.1.1, or write the filter without $share");
    }
}

// The instance that a source of this kind has; null: none.
const MqttInstance* mqtt_of(const Instance* instance) {
    return instance == nullptr ? nullptr : std::get_if<MqttInstance>(&instance->kind);
}

void check_apsara_topic(Report& report, const Object& object, const MqttSourceDefinition& source) {
    const Position topic = object.place("topic");
    if (is_shared(source.topic)) {
        report.error(topic, object.path("topic"), "ApsaraMQ for MQTT has no shared subscriptions ($share)",
                     "write the filter without $share/GROUP/");
    } else if (object.has("topic") && check_topic_filter(source.topic).empty()) {
        std::string doubt = mqtt::doubt_apsara_filter(source.topic);
        if (!doubt.empty()) report.warning(topic, object.path("topic"), std::move(doubt), "factory/# is such a filter");
    }
}

void check_apsara_client_id(Report& report, const Object& object, const MqttSourceDefinition& source,
                            const ApsaraDefinition& auth) {
    const Position id = object.place("client_id");
    if (object.has("client_id")) {
        std::string diagnostic = mqtt::check_apsara_client_id(source.client_id);
        if (!diagnostic.empty()) report.error(id, object.path("client_id"), std::move(diagnostic));
    } else if (auth.mode == mqtt::ApsaraMode::device_credential) {
        report.error(id, object.path("client_id"),
                     "a device credential belongs to one client id, which must stand here",
                     "add client_id: GROUP@@@DEVICE as it was registered");
    } else if (auth.group_id.empty()) {
        report.error(id, object.path("client_id"),
                     "a client id of ApsaraMQ for MQTT begins with a group, and none is named",
                     "add group_id to auth of the instance, or client_id: GROUP@@@DEVICE here");
    }
}

}  // namespace

// --- as every kind of instance

void read(Report& report, const Object& object, MqttInstance& instance) {
    const std::optional<MqttAddress> address = read_address(report, object);
    if (address) instance.endpoint = address->endpoint;
    instance.tls = read_tls(report, object, "instance.mqtt.tls");
    if (address && instance.tls && !address->is_tls) {
        report.error(object.place("tls"), object.path("tls"), "the endpoint is mqtt://, which is MQTT over plain TCP",
                     fmt::format("write endpoint: mqtts://HOST:{}, or leave tls out", mqtts_port));
    }
    if (address && address->is_tls && !instance.tls) instance.tls.emplace();
    instance.username = object.text("username");
    instance.password = read_secret(report, object, "password");
    instance.auth = read_apsara(report, object, address ? std::optional(address->endpoint) : std::nullopt);
    instance.region = object.text("region");
    instance.account = object.text("account");
    instance.client_id_property = object.text("client_id_property");
    if (instance.password && instance.username.empty() && !instance.auth) {
        report.warning(object.place("password"), object.path("password"), "a password without a user name",
                       "MQTT 3.1.1 does not allow it and many brokers ignore it; add username");
    }
}

const TlsDefinition* tls_of(const MqttInstance& instance) { return instance.tls ? &*instance.tls : nullptr; }

InstanceSecret secret_of(const MqttInstance& instance) {
    if (instance.auth) return {"ApsaraMQ secret key", instance.auth->secret_key, false};
    return {"MQTT password", instance.password};
}

const std::vector<TokenDefinition>& tokens_of(const MqttInstance& instance) {
    static const std::vector<TokenDefinition> none;
    return instance.auth ? instance.auth->tokens : none;
}

void copy_what_changes_in_place(MqttInstance& to, const MqttInstance& from) {
    to.region = from.region;
    to.account = from.account;
    to.client_id_property = from.client_id_property;
    to.password = from.password;  // where it comes from; the value counts
    if (!to.auth || !from.auth) return;
    to.auth->secret_key = from.auth->secret_key;  // as the password
    to.auth->group_id = from.auth->group_id;      // that of the session is in its client id
}

// --- as every kind of source

void read(Report& report, const Object& object, MqttSourceDefinition& source) {
    source.instance = object.text("instance");
    source.topic = object.text("topic");
    source.qos = static_cast<std::uint8_t>(object.integer("qos", source.qos));
    source.data_format = data_format_of(object.text("data_format"));
    source.protocol = protocol_of(object.text("protocol"));
    source.client_id = object.text("client_id");
    source.session_expiry_seconds = object.integer("session_expiry_seconds", source.session_expiry_seconds);
    source.receive_maximum = static_cast<std::uint16_t>(object.integer("receive_maximum", source.receive_maximum));
    source.keep_alive_seconds =
        static_cast<std::uint16_t>(object.integer("keep_alive_seconds", source.keep_alive_seconds));
    source.retained = object.text("retained") == "never" ? mqtt::Retained::never : mqtt::Retained::only_new;
    source.validate = object.text("validate") == "full" ? event::Validate::full : event::Validate::off;
    check_source_topic(report, object, source);
    if (object.has("client_id") && source.client_id.size() > 65'535) {
        report.error(object.place("client_id"), object.path("client_id"), "a client id has at most 65,535 bytes");
    }
    if (source.session_expiry_seconds == 0) {
        report.warning(object.place("session_expiry_seconds"), object.path("session_expiry_seconds"),
                       "with 0 the broker drops what is unacknowledged whenever the connection ends",
                       "leave the field out to keep it for 7 days");
    }
}

void check_batch(Report& report, const Object& object, const MqttSourceDefinition& source,
                 const BatchDefinition& batch) {
    if (source.protocol == Protocol::mqtt_3_1_1) return;  // which has no Receive Maximum
    if (batch.messages <= source.receive_maximum) return;
    report.error(object.place("receive_maximum"), object.path("receive_maximum"),
                 fmt::format("{} is less than the {} messages of a batch, which could never fill",
                             source.receive_maximum, batch.messages),
                 "raise receive_maximum or lower batch.messages");
}

SourceTraits traits_of(const Object& object, const MqttSourceDefinition& source) {
    SourceTraits traits;
    if (is_shared(source.topic)) {
        traits.why_no_order =
            "a $share subscription gives an MQTT topic's messages to several receivers, so no order is kept";
    }
    const bool has_wildcard = mqtt::has_wildcard(mqtt::split_shared(source.topic).filter);
    if (object.has("topic") && !has_wildcard)
        traits.only_topic = FieldPlace{object.place("topic"), object.path("topic")};
    traits.data_format = source.data_format;
    traits.data_format_place = {object.place("data_format"), object.path("data_format")};
    return traits;
}

// What ApsaraMQ for MQTT asks of a source.
void check_with_instance(Report& report, const Object& object, const MqttSourceDefinition& source,
                         const Instance* instance) {
    const MqttInstance* mqtt = mqtt_of(instance);
    if (mqtt == nullptr || !mqtt->auth || !object.is_there()) return;
    check_apsara_topic(report, object, source);
    check_apsara_client_id(report, object, source, *mqtt->auth);
    if (source.keep_alive_seconds > mqtt::apsara_keep_alive_seconds_max) {
        report.warning(object.place("keep_alive_seconds"), object.path("keep_alive_seconds"),
                       fmt::format("ApsaraMQ for MQTT allows {} at most", mqtt::apsara_keep_alive_seconds_max));
    }
    if (source.session_expiry_seconds > mqtt::apsara_session_expiry_seconds_max) {
        report.warning(object.place("session_expiry_seconds"), object.path("session_expiry_seconds"),
                       "ApsaraMQ for MQTT allows 2147483647 at most, and keeps messages for three days");
    }
}

InstanceReference instance_of(const MqttSourceDefinition& source) { return {MqttInstance::kind, source.instance}; }

std::optional<Exclusive> exclusive_of(const MqttSourceDefinition& source) {
    if (source.client_id.empty()) return std::nullopt;
    return Exclusive{fmt::format("MQTT client id\n{}\n{}", source.instance, source.client_id), "client_id",
                     "has the same client id at the same broker, which would end one connection for the other",
                     "leave it out, or give each task its own"};
}

void set_context(const MqttSourceDefinition& source, const Instance* instance, event::EventContext& context) {
    const MqttInstance none;
    const MqttInstance* mqtt = mqtt_of(instance);
    if (mqtt == nullptr) mqtt = &none;
    context.subject_prefix =
        fmt::format("acs:mqtt:{}:{}:{}/", mqtt->region, mqtt->account, instance == nullptr ? "" : instance->name);
    context.format = source.data_format;
    context.validate = source.validate;
    context.client_id_property = mqtt->client_id_property;
}

const std::string& chosen_client_id(const MqttSourceDefinition& source) { return source.client_id; }

std::string client_id_prefix(const MqttSourceDefinition&, const Instance* instance) {
    const MqttInstance* mqtt = mqtt_of(instance);
    if (mqtt == nullptr || !mqtt->auth) return "outflow-";
    return mqtt->auth->group_id + std::string(mqtt::apsara_group_end);
}

const std::string& subscription_of(const MqttSourceDefinition& source) { return source.topic; }

std::string session_address(const MqttSourceDefinition&, const Instance* instance) {
    const MqttInstance* mqtt = mqtt_of(instance);
    return mqtt == nullptr ? std::string() : fmt::format("{}:{}", mqtt->endpoint.host, mqtt->endpoint.port);
}

void copy_what_changes_in_place(MqttSourceDefinition& to, const MqttSourceDefinition& from) {
    to.instance = from.instance;    // its name; what it is gets compared for itself
    to.client_id = from.client_id;  // that of the session is compared
    to.data_format = from.data_format;
    to.validate = from.validate;
}

// --- its own rules

namespace {

constexpr std::string_view share_prefix = "$share/";
constexpr std::size_t mqtt_string_bytes_max = 65'535;  // MQTT 5, 1.5.4

// What a shared subscription subscribes to: behind `$share/<group>/`; empty when that is missing.
std::string_view filter_of_shared(std::string_view filter) {
    filter.remove_prefix(share_prefix.size());
    const std::size_t slash = filter.find('/');
    return slash == std::string_view::npos ? std::string_view{} : filter.substr(slash + 1);
}

std::string check_share(std::string_view filter) {
    const std::string_view rest = filter.substr(share_prefix.size());
    const std::string_view group = rest.substr(0, rest.find('/'));
    if (group.empty()) return "a shared subscription needs a group: $share/GROUP/FILTER";
    if (group.find_first_of("+#") != std::string_view::npos) return "the group of a shared subscription has no + and #";
    if (filter_of_shared(filter).empty()) return "a shared subscription needs a filter: $share/GROUP/FILTER";
    return {};
}

}  // namespace

std::string check_topic_filter(std::string_view filter) {
    if (filter.empty()) return "the topic filter is empty";
    if (filter.size() > mqtt_string_bytes_max) return "a topic filter has at most 65,535 bytes";
    if (filter.find('\0') != std::string_view::npos) return "a topic filter holds no U+0000";
    if (is_shared(filter)) {
        if (std::string diagnostic = check_share(filter); !diagnostic.empty()) return diagnostic;
        filter = filter_of_shared(filter);
    }
    for (std::size_t begin = 0; begin <= filter.size();) {
        const std::size_t end = std::min(filter.find('/', begin), filter.size());
        const std::string_view level = filter.substr(begin, end - begin);
        if (level.find('#') != std::string_view::npos && (level != "#" || end != filter.size())) {
            return "# stands alone and at the end of a topic filter";
        }
        if (level.find('+') != std::string_view::npos && level != "+") return "+ stands alone between two slashes";
        begin = end + 1;
    }
    return {};
}

bool is_shared(std::string_view filter) { return filter.starts_with(share_prefix); }

}  // namespace outflow::task
