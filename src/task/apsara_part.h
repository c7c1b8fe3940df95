// How a client identifies itself at ApsaraMQ for MQTT, in task files: `auth: { mode, instance_id, access_key, ... }` of an
// mqtt instance.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "mqtt/apsaramq.h"
#include "platform/secret.h"
#include "task/fields.h"

namespace outflow::task {

class Object;
class Report;

// What one token allows, and where it comes from. A file is read again whenever it has changed.
struct TokenDefinition {
    std::string type;  // R, W or RW
    platform::SecretSource source;

    bool operator==(const TokenDefinition&) const = default;
};

struct ApsaraDefinition {
    mqtt::ApsaraMode mode = mqtt::ApsaraMode::signature;
    std::string instance_id;  // never empty after loading
    std::string access_key;
    std::optional<platform::SecretSource> secret_key;  // of all modes but token
    std::vector<TokenDefinition> tokens;               // of the mode token; one at least may read
    std::string group_id;  // what default client ids begin with; empty: tasks name their own

    bool operator==(const ApsaraDefinition&) const = default;
};

// The rows of the table for the object `owner`, e.g. "instance.mqtt.auth", and for `tokens` in it.
constexpr std::array<FieldRule, 9> apsara_fields(std::string_view owner, std::string_view tokens) {
    constexpr FieldType text = FieldType::text;
    constexpr FieldType secret = FieldType::secret;
    return {{
        {owner, "mode", FieldType::word, true, "How the client identifies itself", "signature|token|device_credential"},
        {owner, "instance_id", text, false, "The instance; left out, the one that the endpoint names", {}, 1},
        {owner, "access_key", text, true, "The AccessKey ID, of an account or of a device", {}, 1},
        {owner, "secret_key", secret, false, "The AccessKey secret, of an account or of a device; not with tokens"},
        {owner, "group_id", text, false, "The group: client ids are GROUP@@@DEVICE", {}, 1},
        {owner, "tokens", FieldType::object, false, "The tokens of the mode token, by what they allow"},
        {tokens, "R", secret, false, "A token that may read"},
        {tokens, "W", secret, false, "A token that may write"},
        {tokens, "RW", secret, false, "A token that may read and write"},
    }};
}

// Reads the field `auth` of an mqtt instance with that endpoint (none: it is reported already). Nothing: it is not there.
std::optional<ApsaraDefinition> read_apsara(Report& report, const Object& instance,
                                            const std::optional<Endpoint>& endpoint);

}  // namespace outflow::task
