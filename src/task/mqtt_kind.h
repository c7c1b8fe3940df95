// MQTT in task files: a broker as an instance, a subscription as a source. What the file says, how it is read and
// checked, and what a change of it asks of a worker. What every kind has is listed in task/kinds.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/endpoint.h"
#include "event/event.h"
#include "mqtt/session.h"
#include "platform/secret.h"
#include "task/apsara_part.h"
#include "task/kind_parts.h"
#include "task/tls_part.h"

namespace outflow::task {

struct MqttInstance {
    static constexpr std::string_view kind = "mqtt";
    static constexpr std::string_view article = "an";
    static std::span<const FieldRule> fields();

    Endpoint endpoint;
    std::optional<TlsDefinition> tls;  // mqtts://
    std::string username;
    std::optional<platform::SecretSource> password;  // read when the task runs, not when the file is loaded
    std::optional<ApsaraDefinition> auth;            // of ApsaraMQ for MQTT; then there is no user name and no password
    std::string region;                              // for the event's subject
    std::string account;                             // for the event's subject
    std::string client_id_property;  // the user property that carries the publisher's client id; empty: none

    bool operator==(const MqttInstance&) const = default;
};

enum class Protocol : std::uint8_t { automatic, mqtt_5, mqtt_3_1_1 };  // automatic: 5, falling back to 3.1.1

struct MqttSourceDefinition {
    static constexpr std::string_view kind = "mqtt";
    static std::span<const FieldRule> fields();
    // A session holds what arrives while this program is away. Seven days outlast a long weekend without anybody
    // there, and still end the queue of a task that somebody forgot.
    static constexpr std::uint32_t session_expiry_default = 7 * 24 * 3600;

    std::string instance;
    std::string topic;  // an MQTT topic filter, maybe $share/<group>/<filter>
    std::uint8_t qos = 1;
    event::DataFormat data_format = event::DataFormat::json;
    Protocol protocol = Protocol::automatic;
    std::string client_id;                                          // empty: default_client_id
    std::uint32_t session_expiry_seconds = session_expiry_default;  // 4,294,967,295: never
    std::uint16_t receive_maximum = 16'384;
    std::uint16_t keep_alive_seconds = 60;
    mqtt::Retained retained = mqtt::Retained::only_new;  // `new` in the file: those that the session has not had
    event::Validate validate = event::Validate::off;

    bool operator==(const MqttSourceDefinition&) const = default;
};

// --- as every kind of instance

void read(Report& report, const Object& object, MqttInstance& instance);
InstanceSecret secret_of(const MqttInstance& instance);
const std::vector<TokenDefinition>& tokens_of(const MqttInstance& instance);
const TlsDefinition* tls_of(const MqttInstance& instance);
void copy_what_changes_in_place(MqttInstance& to, const MqttInstance& from);

// --- as every kind of source

void read(Report& report, const Object& object, MqttSourceDefinition& source);
void check_batch(Report& report, const Object& object, const MqttSourceDefinition& source,
                 const BatchDefinition& batch);
SourceTraits traits_of(const Object& object, const MqttSourceDefinition& source);
void check_with_instance(Report& report, const Object& object, const MqttSourceDefinition& source,
                         const Instance* instance);
InstanceReference instance_of(const MqttSourceDefinition& source);
std::optional<Exclusive> exclusive_of(const MqttSourceDefinition& source);
void set_context(const MqttSourceDefinition& source, const Instance* instance, event::EventContext& context);
const std::string& chosen_client_id(const MqttSourceDefinition& source);
std::string client_id_prefix(const MqttSourceDefinition& source, const Instance* instance);
const std::string& subscription_of(const MqttSourceDefinition& source);
std::string session_address(const MqttSourceDefinition& source, const Instance* instance);
void copy_what_changes_in_place(MqttSourceDefinition& to, const MqttSourceDefinition& from);

// --- its own rules

// A topic filter (MQTT 5, 4.7 and 4.8.2), maybe a shared one: what is wrong as a sentence, or "".
std::string check_topic_filter(std::string_view filter);
bool is_shared(std::string_view filter);

}  // namespace outflow::task
