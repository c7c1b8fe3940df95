#include <algorithm>

#include <fmt/format.h>

#include "base/endpoint.h"
#include "task/draft.h"
#include "task/load.h"
#include "task/names.h"
#include "task/object.h"

namespace outflow::task {
namespace {

std::optional<platform::SecretSource> read_secret(Report& report, const Object& object, std::string_view name) {
    using Kind = platform::SecretSource::Kind;
    const YamlNodePtr node = object.find(name);
    if (node == nullptr) return std::nullopt;
    if (node->kind == YamlNode::Kind::scalar) return platform::SecretSource{Kind::plain, node->text};
    const Object secret = Object::read(report, node, object.path(name), "secret");
    if (secret.has("env") == secret.has("file")) {
        if (secret.is_clean()) {
            report.error(secret.place(), secret.path(), "expected one of env and file",
                         "write { env: NAME } or { file: PATH }");
        }
        return std::nullopt;
    }
    if (secret.has("env")) return platform::SecretSource{Kind::environment, secret.text("env")};
    return platform::SecretSource{Kind::file, secret.text("file")};
}

std::optional<Endpoint> read_mqtt_endpoint(Report& report, const Object& object) {
    const YamlNodePtr node = object.find("endpoint");
    if (node == nullptr) return std::nullopt;
    const Result<Endpoint> endpoint = parse_mqtt_address(node->text);
    if (!endpoint) {
        report.error(node->place, object.path("endpoint"), endpoint.error().context);
        return std::nullopt;
    }
    if (const std::string_view protocol = usual_protocol(endpoint->port); !protocol.empty()) {
        report.warning(node->place, object.path("endpoint"),
                        fmt::format("port {} is usually {}, and mqtt:// is MQTT over plain TCP", endpoint->port, protocol),
                        "the port for that is usually 1883");
    }
    return *endpoint;
}

void read_mqtt(Report& report, const YamlNodePtr& node, const std::string& path, MqttInstance& instance) {
    const Object object = Object::read(report, node, path, "instance.mqtt");
    const std::optional<Endpoint> endpoint = read_mqtt_endpoint(report, object);
    if (endpoint) instance.endpoint = *endpoint;
    instance.username = object.text("username");
    instance.password = read_secret(report, object, "password");
    instance.region = object.text("region");
    instance.account = object.text("account");
    instance.client_id_property = object.text("client_id_property");
    if (instance.password && instance.username.empty()) {
        report.warning(object.place("password"), object.path("password"), "a password without a user name",
                        "MQTT 3.1.1 does not allow it and many brokers ignore it; add username");
    }
}

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

void read_rocketmq(Report& report, const YamlNodePtr& node, const std::string& path, RocketmqInstance& instance) {
    const Object object = Object::read(report, node, path, "instance.rocketmq");
    instance.version = static_cast<std::uint8_t>(object.integer("version", instance.version));
    read_name_servers(report, object, instance.name_servers);
    instance.access_key = object.text("access_key");
    instance.secret_key = read_secret(report, object, "secret_key");
    instance.namespace_name = object.text("namespace");
    instance.region = object.text("region");
    instance.account = object.text("account");
    if (object.has("access_key") != object.has("secret_key")) {
        const std::string_view there = object.has("access_key") ? "access_key" : "secret_key";
        report.error(object.place(there), object.path(there), "access_key and secret_key come together",
                     "add the other one");
    }
    if (object.has("namespace")) {
        const std::string diagnostic = check_rocketmq_name(instance.namespace_name, limits::rocketmq_topic_bytes_max);
        if (!diagnostic.empty()) report.error(object.place("namespace"), object.path("namespace"), diagnostic);
    }
}

}  // namespace

void read_instances(Report& report, const YamlNodePtr& node, Draft& draft) {
    for (const YamlNode::Entry& entry : node->entries) {
        const std::string path = "instances." + path_name(entry.name);
        const std::string diagnostic = check_name(entry.name);
        if (!diagnostic.empty()) report.error(entry.place, path, diagnostic);
        const auto same = std::find_if(draft.instances.begin(), draft.instances.end(), [&](const InstanceDraft& other) {
            return other.name == entry.name;
        });
        if (same != draft.instances.end()) {
            report.error(entry.place, path, "the instance is defined twice",
                         fmt::format("the other one is at {}:{}", same->file, same->place.line));
            continue;
        }
        if (draft.instances.size() == file_limits::instances_max) {
            return report.error(entry.place, path, fmt::format("more than {} instances", file_limits::instances_max));
        }
        InstanceDraft instance{entry.name, InstanceDraft::Kind::unknown, report.file(), entry.place};
        const Object object = Object::read(report, entry.value, path, "instance");
        if (object.has("mqtt") == object.has("rocketmq")) {
            if (object.is_clean()) {
                report.error(entry.place, path, "an instance is either mqtt or rocketmq",
                             "write NAME: { mqtt: { endpoint: ... } }");
            }
        } else if (object.has("mqtt")) {
            instance.kind = InstanceDraft::Kind::mqtt;
            MqttInstance& made = draft.mqtt.emplace_back();
            made.name = entry.name;
            read_mqtt(report, object.find("mqtt"), object.path("mqtt"), made);
        } else {
            instance.kind = InstanceDraft::Kind::rocketmq;
            RocketmqInstance& made = draft.rocketmq.emplace_back();
            made.name = entry.name;
            read_rocketmq(report, object.find("rocketmq"), object.path("rocketmq"), made);
        }
        draft.instances.push_back(std::move(instance));
    }
}

}  // namespace outflow::task
