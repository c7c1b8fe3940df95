#include "task/apsara_part.h"

#include <algorithm>

#include <fmt/format.h>

#include "task/draft.h"

namespace outflow::task {

namespace {

// What a default client id needs besides its group: @@@, 16 digits, a hyphen, some of the task's name, a slot.
constexpr std::size_t group_bytes_max = mqtt::apsara_client_id_bytes_max - 24;

mqtt::ApsaraMode mode_of(std::string_view word) {
    if (word == "token") return mqtt::ApsaraMode::token;
    return word == "device_credential" ? mqtt::ApsaraMode::device_credential : mqtt::ApsaraMode::signature;
}

// At the instance, not at `auth`, stand user name and password.
void check_no_login(Report& report, const Object& instance) {
    for (const std::string_view name : {"username", "password"}) {
        if (!instance.has(name)) continue;
        report.error(instance.place(name), instance.path(name), "auth makes user name and password", "leave it out");
    }
}

void read_instance_id(Report& report, const Object& auth, const std::optional<Endpoint>& endpoint,
                      std::string& instance_id) {
    const std::string named(endpoint ? mqtt::apsara_instance_of(endpoint->host) : std::string_view());
    instance_id = auth.text("instance_id");
    const Position place = auth.place("instance_id");
    const std::string path = auth.path("instance_id");
    if (!auth.has("instance_id")) {
        instance_id = named;
        if (named.empty() && endpoint)
            report.error(place, path, "the endpoint does not say which instance it is of",
                         "add instance_id: mqtt-cn-...");
    } else if (!mqtt::is_apsara_name(instance_id)) {
        report.error(place, path, "an instance id has letters, digits, - and _ only");
    } else if (!named.empty() && named != instance_id) {
        report.error(place, path, fmt::format("the endpoint is of the instance {}", named),
                     "leave instance_id out, or take the endpoint of this instance");
    }
}

void read_tokens(Report& report, const Object& auth, std::vector<TokenDefinition>& out) {
    if (!auth.has("tokens")) return;
    const Object tokens = Object::read(report, auth.find("tokens"), auth.path("tokens"), "instance.mqtt.auth.tokens");
    for (const std::string_view type : {"R", "W", "RW"}) {
        std::optional<platform::SecretSource> source = read_secret(report, tokens, type);
        if (source) out.push_back({std::string(type), std::move(*source)});
    }
    const auto may_read = [](const TokenDefinition& token) { return token.type != "W"; };
    if (tokens.is_clean() && std::none_of(out.begin(), out.end(), may_read))
        report.error(tokens.place(), tokens.path(), "a task reads, and none of these tokens allows that",
                     "add R: { file: PATH }, or RW");
}

void check_mode(Report& report, const Object& auth, mqtt::ApsaraMode mode) {
    const bool has_tokens = mode == mqtt::ApsaraMode::token;
    const std::string_view needed = has_tokens ? "tokens" : "secret_key";
    const std::string_view other = has_tokens ? "secret_key" : "tokens";
    if (!auth.has(needed) && auth.is_clean())
        report.error(auth.place(), auth.path(needed), fmt::format("mode: {} needs {}", auth.text("mode"), needed),
                     has_tokens ? "add tokens: { R: { file: PATH } }" : "add secret_key: { file: PATH }");
    if (auth.has(other))
        report.error(auth.place(other), auth.path(other),
                     fmt::format("mode: {} has no use for {}", auth.text("mode"), other), "leave it out");
}

void check_group(Report& report, const Object& auth, std::string_view group) {
    if (!auth.has("group_id")) return;
    if (!mqtt::is_apsara_name(group))
        report.error(auth.place("group_id"), auth.path("group_id"), "a group has letters, digits, - and _ only",
                     "@@@ and the device are added to it");
    else if (group.size() > group_bytes_max)
        report.error(auth.place("group_id"), auth.path("group_id"),
                     fmt::format("longer than {} characters: a client id has at most {}, and the device needs some",
                                 group_bytes_max, mqtt::apsara_client_id_bytes_max),
                     "leave it out, and give each task its client_id");
}

}  // namespace

std::optional<ApsaraDefinition> read_apsara(Report& report, const Object& instance,
                                            const std::optional<Endpoint>& endpoint) {
    if (!instance.has("auth")) return std::nullopt;
    check_no_login(report, instance);
    const Object auth = Object::read(report, instance.find("auth"), instance.path("auth"), "instance.mqtt.auth");
    ApsaraDefinition read;
    read.mode = mode_of(auth.text("mode"));
    read_instance_id(report, auth, endpoint, read.instance_id);
    read.access_key = auth.text("access_key");
    if (read.access_key.find('|') != std::string::npos)
        report.error(auth.place("access_key"), auth.path("access_key"), "an access key holds no |");
    read.secret_key = read_secret(report, auth, "secret_key");
    read_tokens(report, auth, read.tokens);
    read.group_id = auth.text("group_id");
    check_group(report, auth, read.group_id);
    if (auth.has("mode")) check_mode(report, auth, read.mode);
    return read;
}

}  // namespace outflow::task
