// What a task file says, as plain values. Everything here was checked by load.h: names refer to
// instances that exist, numbers are in range, topics and groups are legal, the filter and the paths compile.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/endpoint.h"
#include "event/event.h"
#include "json/document.h"
#include "pattern/dialect.h"
#include "platform/secret.h"
#include "transform/field.h"
#include "transform/program.h"
#include "transform/split.h"

namespace outflow::task {

struct MqttInstance {
    std::string name;
    Endpoint endpoint;
    bool tls = false;  // always false in this version: mqtts:// is refused
    std::string username;
    std::optional<platform::SecretSource> password;  // read when the task runs, not when the file is loaded
    std::string region;              // for the event's subject
    std::string account;             // for the event's subject
    std::string client_id_property;  // the user property that carries the publisher's client id; empty: none

    bool operator==(const MqttInstance&) const = default;
};

struct RocketmqInstance {
    std::string name;
    std::uint8_t version = 4;            // 4 or 5; both speak remoting
    std::vector<Endpoint> name_servers;  // at least one
    std::string access_key;              // empty: no ACL; there with secret_key or not at all
    std::optional<platform::SecretSource> secret_key;
    std::string namespace_name;  // `namespace` in the file; the instance namespace put before topics and groups
    std::string region;
    std::string account;

    bool operator==(const RocketmqInstance&) const = default;
};

enum class Protocol : std::uint8_t { automatic, mqtt_5, mqtt_3_1_1 };  // automatic: 5, falling back to 3.1.1
enum class Retained : std::uint8_t { never, only_new };                // `new`: those that the session has not had
enum class Ordering : std::uint8_t { topic, key, none };

struct SourceDefinition {
    // A session holds what arrives while this program is away. Seven days outlast a long weekend without anybody
    // there, and still end the queue of a task that somebody forgot.
    static constexpr std::uint32_t session_expiry_default = 7 * 24 * 3600;

    std::string instance;
    std::string topic;  // an MQTT topic filter, maybe $share/<group>/<filter>
    std::uint8_t qos = 1;
    event::DataFormat data_format = event::DataFormat::json;
    Protocol protocol = Protocol::automatic;
    std::string client_id;  // empty: default_client_id
    std::uint32_t session_expiry_seconds = session_expiry_default;  // 4,294,967,295: never
    std::uint16_t receive_maximum = 16'384;
    std::uint16_t keep_alive_seconds = 60;
    Retained retained = Retained::only_new;
    event::Validate validate = event::Validate::off;

    bool operator==(const SourceDefinition&) const = default;
};

// Batch Push: events wait until `messages` of them are there or the oldest has waited for `interval`.
struct BatchDefinition {
    std::uint32_t messages = 100;                // 1 to 10,000
    std::chrono::milliseconds interval{3'000};   // 0 to 15 seconds; 0: push what the last read brought

    bool operator==(const BatchDefinition&) const = default;
};

struct SinkDefinition {
    std::string instance;
    // What a record is made of; the defaults are the product's.
    transform::Field topic;
    transform::Field body = transform::Field::jsonpath("$.data.body");
    transform::Field properties = transform::Field::jsonpath("$.data.userProperties");
    transform::Field keys = transform::Field::jsonpath("$.data.systemProperties.KEYS");
    transform::Field tags = transform::Field::jsonpath("$.data.systemProperties.TAGS");
    transform::Field sharding_key = transform::Field::constant("");  // empty: none; there when ordering is `key`
    Ordering ordering = Ordering::topic;
    std::optional<std::uint32_t> compress_above_bytes;  // absent: never
    std::string producer_group;                         // never empty after loading
    std::chrono::seconds send_timeout{10};

    bool operator==(const SinkDefinition&) const = default;
};

// A stage between filter and sink.
using StageDefinition = std::variant<transform::SplitSource>;

struct TaskProperty {
    // Where undeliverable events go (JSON Lines). Absent: an undeliverable event stops the task, unacknowledged.
    std::optional<std::string> dead_letter_file;

    bool operator==(const TaskProperty&) const = default;
};

struct TaskDefinition {
    std::string name;
    bool enabled = true;  // false: it does not run, and what its session holds stays at the broker
    std::string description;
    std::string file;  // the path of the file that defined it, as it was given
    SourceDefinition source;
    std::optional<BatchDefinition> batch;  // absent: no waiting
    json::Node filter = json::Node::object();  // the event pattern; numbers as they were spelled
    pattern::Dialect filter_dialect = pattern::Dialect::outflow;
    std::string filter_path;  // a JSONPath that must find something; empty: none
    std::vector<StageDefinition> transform;  // in their order
    SinkDefinition sink;
    TaskProperty property;

    bool operator==(const TaskDefinition&) const = default;
};

struct Document {
    std::vector<MqttInstance> mqtt;
    std::vector<RocketmqInstance> rocketmq;
    std::vector<TaskDefinition> tasks;  // in the order of the files

    // Null when there is none. Valid until the document changes.
    const MqttInstance* find_mqtt(std::string_view name) const;
    const RocketmqInstance* find_rocketmq(std::string_view name) const;
};

// The filter and the fields of the task with the event context of its source; only EventContext::id_prefix is left to
// the caller, who knows the run.
transform::ProgramSource program_source(const TaskDefinition& task, const MqttInstance& instance);

// The client id of worker `slot` of a task that names none: `outflow-<16 hexadecimal digits>-<task>-<slot>`. The
// digits are a hash of host name and absolute path of the file, so that the id is the same at every start. At most 64
// bytes of letters, digits, - and _: a long task name is cut and the hash covers all of it.
std::string default_client_id(const TaskDefinition& task, std::string_view absolute_file_path,
                              std::string_view host_name, std::uint32_t slot = 0);

// `outflow-<task>`; a name too long for a RocketMQ group (120 bytes) is cut and gets a hash of all of it.
std::string default_producer_group(std::string_view task_name);

}  // namespace outflow::task
