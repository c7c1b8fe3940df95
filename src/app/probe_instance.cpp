#include "app/probe_instance.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "app/make_connectors.h"
#include "base/format.h"
#include "json/value.h"
#include "mqtt/apsaramq.h"
#include "net/tls_files.h"
#include "platform/process.h"
#include "rocketmq/instance_namespace.h"

namespace outflow::app {

namespace {

using connectors::ProbeStep;

std::string own_client_id() { return fmt::format("outflow-probe-{:016x}", platform::random_u64()); }

std::shared_ptr<net::TlsSource> probe_tls(platform::Logger& log, const std::optional<task::TlsDefinition>& tls,
                                          const task::InstanceSecrets& secrets) {
    if (!tls) return nullptr;
    return std::make_shared<net::TlsFiles>(net::TlsRole::client, tls_settings(*tls, secrets.key_password), &log);
}

// At ApsaraMQ a client id names its group, and a device credential is for one client id alone.
void log_in(const task::ApsaraDefinition& auth, const task::InstanceSecrets& secrets,
            connectors::MqttProbeSettings& settings) {
    if (auth.mode == mqtt::ApsaraMode::device_credential) {
        settings.cannot_log_in =
            "a device credential is for one client id alone, and the test must not take over the session of that";
        settings.refused_hint = "Enable a task with this client id: its state says whether the broker takes it.";
        return;
    }
    if (auth.group_id.empty()) {
        settings.cannot_log_in = "the broker wants client ids that begin with a group, and the instance names none";
        settings.refused_hint = "Set group_id below auth of the instance.";
        return;
    }
    settings.client_id = auth.group_id + std::string(mqtt::apsara_group_end) + settings.client_id;
    auto login = make_apsara_login(auth, secrets, settings.client_id);
    if (!login) {
        settings.cannot_log_in = login.error().context;
        settings.refused_hint = "Look at secret_key below auth of the instance.";
        return;
    }
    settings.username = std::move(login->username);
    settings.password = std::move(login->password);
    settings.refused_hint = std::move(login->refused_hint);
}

std::unique_ptr<connectors::Probe> probe(net::EventLoop& loop, platform::Logger& log,
                                         const task::MqttInstance& instance, const task::InstanceSecrets& secrets,
                                         ProbeWish wish, connectors::Probe::OnDone on_done) {
    connectors::MqttProbeSettings settings;
    settings.broker = instance.endpoint;
    settings.tls = probe_tls(log, instance.tls, secrets);
    settings.client_id = own_client_id();
    if (!instance.username.empty()) settings.username = instance.username;
    if (instance.auth) log_in(*instance.auth, secrets, settings);
    else if (!secrets.own.empty()) settings.password = secrets.own.reveal();
    settings.filter = std::move(wish.topic);
    settings.qos = wish.qos;
    return connectors::probe_mqtt(loop, std::move(settings), {}, std::move(on_done));
}

std::unique_ptr<connectors::Probe> probe(net::EventLoop& loop, platform::Logger& log,
                                         const task::RocketmqInstance& instance, const task::InstanceSecrets& secrets,
                                         ProbeWish wish, connectors::Probe::OnDone on_done) {
    connectors::RocketmqProbeSettings settings;
    settings.name_servers = instance.name_servers;
    settings.tls = probe_tls(log, instance.tls, secrets);
    if (!instance.access_key.empty())
        settings.credentials = rocketmq::Credentials{instance.access_key, secrets.own.reveal()};
    if (settings.credentials && rocketmq::is_namespace_field(instance.namespace_name))
        settings.credentials->resource_instance = instance.namespace_name;
    settings.instance_namespace = rocketmq::name_prefix(instance.namespace_name);
    settings.topic = std::move(wish.topic);
    settings.client_id = own_client_id();
    settings.group = "outflow-probe";
    return connectors::probe_rocketmq(loop, std::move(settings), {}, std::move(on_done));
}

double milliseconds(const ProbeStep& step) { return static_cast<double>(step.time.count()) / 1'000; }

std::string printable(std::string_view text) {
    std::string shown(text);
    std::erase_if(shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    return shown;
}

}  // namespace

std::unique_ptr<connectors::Probe> probe_instance(net::EventLoop& loop, platform::Logger& log,
                                                  const task::Instance& instance, const task::InstanceSecrets& secrets,
                                                  ProbeWish wish, connectors::Probe::OnDone on_done) {
    return std::visit(
        [&](const auto& kind) { return probe(loop, log, kind, secrets, std::move(wish), std::move(on_done)); },
        instance.kind);
}

std::string render_probe(const std::vector<ProbeStep>& steps) {
    std::size_t name_width = 0;
    std::size_t peer_width = 0;
    for (const ProbeStep& step : steps) {
        name_width = std::max(name_width, step.name.size());
        peer_width = std::max(peer_width, printable(step.peer).size());
    }
    std::string text;
    for (const ProbeStep& step : steps) {
        const std::string begin =
            fmt::format("{:<4}  {:<{}}  {:>8.1f} ms  {:<{}}  ", step.ok ? "ok" : "FAIL", step.name, name_width,
                        milliseconds(step), printable(step.peer), peer_width);
        text += begin + printable(step.detail) + '\n';
        if (!step.remedy.empty()) text += std::string(begin.size(), ' ') + printable(step.remedy) + '\n';
    }
    return text;
}

void append_probe_json(std::string& out, const std::vector<ProbeStep>& steps) {
    append_format(out, "{{\"ok\":{},\"steps\":[", connectors::is_ok(steps));
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const ProbeStep& step = steps[i];
        out += i == 0 ? "{\"name\":" : ",{\"name\":";
        json::append_json_string(out, step.name);
        out += ",\"peer\":";
        json::append_json_string(out, step.peer);
        append_format(out, ",\"ok\":{},\"milliseconds\":{:.1f},\"detail\":", step.ok, milliseconds(step));
        json::append_json_string(out, step.detail);
        if (!step.remedy.empty()) {
            out += ",\"remedy\":";
            json::append_json_string(out, step.remedy);
        }
        out += '}';
    }
    out += "]}";
}

}  // namespace outflow::app
