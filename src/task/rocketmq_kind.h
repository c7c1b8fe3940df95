// RocketMQ in task files: a cluster as an instance, a topic as a sink. What the file says, how it is read and checked,
// and what a change of it asks of a worker. What every kind has is listed in task/kinds.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "pipeline/ordering.h"
#include "platform/secret.h"
#include "task/apsara_part.h"
#include "task/kind_parts.h"
#include "task/tls_part.h"
#include "transform/program.h"

namespace outflow::task {

struct RocketmqInstance {
    static constexpr std::string_view kind = "rocketmq";
    static constexpr std::string_view article = "a";
    static std::span<const FieldRule> fields();

    std::uint8_t version = 4;            // 4 or 5; both speak remoting
    std::vector<Endpoint> name_servers;  // at least one
    std::optional<TlsDefinition> tls;
    std::string access_key;  // empty: no ACL; there with secret_key or not at all
    std::optional<platform::SecretSource> secret_key;
    std::string namespace_name;  // `namespace` in the file; the instance namespace put before topics and groups
    std::string region;
    std::string account;

    bool operator==(const RocketmqInstance&) const = default;
};

struct RocketmqSinkDefinition {
    static constexpr std::string_view kind = "rocketmq";
    static std::span<const FieldRule> fields();

    std::string instance;
    // What a record is made of; the defaults are those of a program.
    transform::Field topic;
    transform::Field body = transform::ProgramDefinition().body;
    transform::Field properties = transform::ProgramDefinition().properties;
    transform::Field keys = transform::ProgramDefinition().keys;
    transform::Field tags = transform::ProgramDefinition().tags;
    transform::Field sharding_key =
        transform::ProgramDefinition().sharding_key;  // empty: none; there when ordering is `key`
    pipeline::Ordering ordering = pipeline::Ordering::topic;
    std::optional<std::uint32_t> compress_above_bytes;  // absent: never
    std::string producer_group;                         // never empty after loading
    std::chrono::seconds send_timeout{10};

    bool operator==(const RocketmqSinkDefinition&) const = default;
};

// --- as every kind of instance

void read(Report& report, const Object& object, RocketmqInstance& instance);
InstanceSecret secret_of(const RocketmqInstance& instance);
const TlsDefinition* tls_of(const RocketmqInstance& instance);
const std::vector<TokenDefinition>& tokens_of(const RocketmqInstance& instance);  // it has none
void copy_what_changes_in_place(RocketmqInstance& to, const RocketmqInstance& from);

// --- as every kind of sink

void read(Report& report, const Object& object, RocketmqSinkDefinition& sink, SinkReading& reading);
void check_records(Report& report, const Object& object, const RocketmqSinkDefinition& sink,
                   const std::vector<std::string_view>& refused_fields);
void check_with_instance(Report& report, const Object& object, const RocketmqSinkDefinition& sink,
                         const Instance* instance);
InstanceReference instance_of(const RocketmqSinkDefinition& sink);
void set_fields(const RocketmqSinkDefinition& sink, transform::ProgramDefinition& program);
pipeline::Ordering ordering_of(const RocketmqSinkDefinition& sink);
void copy_what_changes_in_place(RocketmqSinkDefinition& to, const RocketmqSinkDefinition& from);

// --- its own rules

// Topics and groups: ^[%|a-zA-Z0-9_-]+$ and a length. What is wrong as a sentence, or "".
std::string check_rocketmq_name(std::string_view name, std::size_t bytes_max);

// `outflow-<task>`; a name too long for a group (120 bytes) is cut and gets a hash of all of it.
std::string default_producer_group(std::string_view task_name);

}  // namespace outflow::task
