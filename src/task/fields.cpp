#include "task/fields.h"

#include <algorithm>
#include <array>

namespace outflow::task {
namespace {

using enum FieldType;

constexpr std::string_view until_retry = "an outage is waited for without end; a refused event goes to dead_letter";

// Objects one after the other, so that fields_of() is a range.
constexpr FieldRule rules[] = {
    {"file", "instances", named, false, "MQTT brokers and RocketMQ clusters by name"},
    {"file", "tasks", list, false, "The outflows"},

    {"instance", "mqtt", object, false, "An MQTT broker"},
    {"instance", "rocketmq", object, false, "A RocketMQ cluster"},

    {"instance.mqtt", "endpoint", text, true, "The broker's address: mqtt://HOST:PORT", {}, 1},
    {"instance.mqtt", "username", text, false, "The user name of CONNECT", {}, 1},
    {"instance.mqtt", "password", secret, false, "The password of CONNECT"},
    {"instance.mqtt", "region", text, false, "The region in the subject of events"},
    {"instance.mqtt", "account", text, false, "The account in the subject of events"},
    {"instance.mqtt", "client_id_property", text, false,
     "The MQTT 5 user property in which publishers put their client id", {}, 1},
    {"instance.mqtt", "tls", anything, false, "TLS settings", {}, 0, 0, {}, "use mqtt:// on a network that you trust"},

    {"instance.rocketmq", "version", integer, false, "The cluster's main version", {}, 4, 5, "4"},
    {"instance.rocketmq", "name_servers", texts, true, "Addresses of name servers: HOST:PORT, port 9876 if left out"},
    {"instance.rocketmq", "access_key", text, false, "The ACL access key; needs secret_key", {}, 1},
    {"instance.rocketmq", "secret_key", secret, false, "The ACL secret key; needs access_key"},
    {"instance.rocketmq", "namespace", text, false, "The instance namespace put before topics and groups", {}, 1},
    {"instance.rocketmq", "region", text, false, "The region in the name of the cluster"},
    {"instance.rocketmq", "account", text, false, "The account in the name of the cluster"},
    {"instance.rocketmq", "tls", anything, false, "TLS settings", {}, 0, 0, {},
     "reach the cluster over a network that you trust"},
    {"instance.rocketmq", "endpoints", anything, false, "Addresses of gRPC proxies", {}, 0, 0, {},
     "name_servers reaches clusters of version 4 and 5"},

    {"secret", "env", text, false, "The environment variable that holds the secret", {}, 1},
    {"secret", "file", text, false, "The file that holds the secret", {}, 1},

    {"task", "name", text, true, "1 to 127 letters, digits, - and _, first a letter or digit", {}, 1},
    {"task", "enabled", boolean, false, "false: the task does not run, or pauses; its MQTT session keeps what arrives", {}, 0, 0, "true"},
    {"task", "description", text, false, "For people"},
    {"task", "source", object, true, "Where events come from"},
    {"task", "filter", pattern, false, "The event pattern; {} matches everything", {}, 0, 0, "{}"},
    {"task", "filter_dialect", word, false,
     "Whose answers the filter gives: outflow, this product's; alibaba, those of the open-source EventBridge",
     "outflow|alibaba", 0, 0, "\"outflow\""},
    {"task", "filter_path", text, false, "Beside the filter: a JSONPath that must find something in the event", {}, 1},
    {"task", "transform", list, false, "Stages between filter and sink"},
    {"task", "sink", object, true, "Where records go"},
    {"task", "property", object, false, "What happens in trouble"},

    {"task.source", "mqtt", object, true, "An MQTT subscription"},
    {"task.source", "batch", object, false, "Batch Push: wait for more messages; left out, there is no waiting"},

    {"task.source.mqtt", "instance", text, true, "The name of an mqtt instance", {}, 1},
    {"task.source.mqtt", "topic", text, true, "An MQTT topic filter, maybe $share/GROUP/FILTER", {}, 1},
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

    {"task.source.batch", "messages", integer, false, "Push when so many wait", {}, 1, 10'000, "100"},
    {"task.source.batch", "interval_seconds", decimal, false, "Push when the oldest has waited so long", {}, 0, 15,
     "3"},

    {"task.transform", "split", object, false, "One event into as many as an array in it has elements"},
    {"task.transform", "map", anything, false, "Replace by regular expressions", {}, 0, 0, {}, "leave it out"},
    {"task.transform", "enrich", anything, false, "Add what a lookup says", {}, 0, 0, {}, "leave it out"},
    {"task.transform", "route", anything, false, "Choose topics by rules", {}, 0, 0, {},
     "a topic can be computed by a JSONPath in sink.rocketmq.topic"},
    {"task.transform", "filter", anything, false, "A second filter", {}, 0, 0, {}, "use the task's own filter"},
    {"task.transform", "function", anything, false, "A function of your own", {}, 0, 0, {}, "leave it out"},

    {"task.transform.split", "path", text, true, "A JSONPath of names and indices that leads to the array", {}, 1},
    {"task.transform.split", "json", text, false, "The same, going on inside of the JSON that the text there is", {}, 1},

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

    {"value", "form", word, true, "How the field gets its value", "ORIGINAL|JSONPATH|CONSTANT|TEMPLATE|RAW"},
    {"value", "value", variables, false,
     "The path of a JSONPATH, the text of a CONSTANT, or the variables of a TEMPLATE as a map or JSON text"},
    {"value", "template", text, false, "The text of a TEMPLATE with ${NAME} in it"},

    {"path", "path", text, true, "A JSONPath", {}, 1},
    {"path", "json", text, false, "A JSONPath that goes on inside of the JSON that the text there is", {}, 1},
    {"path", "take", word, false, "first: one of several values; left out, they become an array", "first"},

    {"task.property", "retry", anything, false, "The retry policy", {}, 0, 0, {}, until_retry},
    {"task.property", "fault_tolerance", word, false, "ALL: go on after an undeliverable event; NONE: stop at it",
     "ALL|NONE"},
    {"task.property", "dead_letter", object, false, "Where undeliverable events go; left out, they stop the task"},
    {"task.property", "max_tasks", integer, false, "How many workers share the load", {}, 1, 1, "1", {}, 1'000},

    {"task.property.dead_letter", "file", text, false, "A file of JSON Lines", {}, 1},
    {"task.property.dead_letter", "rocketmq", anything, false, "A RocketMQ topic", {}, 0, 0, {}, "use file"},
    {"task.property.dead_letter", "kafka", anything, false, "A Kafka topic", {}, 0, 0, {}, "use file"},
    {"task.property.dead_letter", "http", anything, false, "An HTTP endpoint", {}, 0, 0, {}, "use file"},
};

}  // namespace

std::span<const FieldRule> all_fields() { return rules; }

std::span<const FieldRule> fields_of(std::string_view object) {
    const auto is_other = [object](const FieldRule& rule) { return rule.object != object; };
    const auto first = std::find_if_not(std::begin(rules), std::end(rules), is_other);
    return {first, std::find_if(first, std::end(rules), is_other)};
}

std::string_view object_of(const FieldRule& rule) {
    if (rule.type == value || rule.type == values) return "value";
    if (rule.type == secret) return "secret";
    if (rule.name == "instances") return "instance";
    if (rule.name == "tasks") return "task";
    if (rule.type != object && rule.type != named && rule.type != list) return {};
    for (const FieldRule& other : rules) {
        const std::string_view name = other.object;
        if (name.size() == rule.object.size() + 1 + rule.name.size() && name.starts_with(rule.object) &&
            name.ends_with(rule.name) && name[rule.object.size()] == '.') {
            return name;
        }
    }
    return {};
}

}  // namespace outflow::task
