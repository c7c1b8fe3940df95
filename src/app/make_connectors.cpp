#include "app/make_connectors.h"

#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "app/secrets.h"
#include "base/assert.h"
#include "base/hmac_sha1.h"
#include "connectors/dead_letter_file.h"
#include "connectors/mqtt_source.h"
#include "connectors/rocketmq_sink.h"
#include "platform/process.h"
#include "rocketmq/instance_namespace.h"

namespace outflow::app {

namespace {

// The instance that the definition names: load.h has found it, and that it is of this kind.
template <class Kind>
const Kind& instance_as(const std::optional<task::Instance>& instance) {
    const Kind* found = instance ? std::get_if<Kind>(&instance->kind) : nullptr;
    OUTFLOW_ASSERT(found != nullptr);
    return *found;
}

// Null: plain TCP.
std::shared_ptr<net::TlsSource> make_tls(platform::Logger& log, const std::optional<task::TlsDefinition>& tls,
                                         const platform::Secret& key_password) {
    return tls ? std::make_shared<net::TlsFiles>(net::TlsRole::client, tls_settings(*tls, key_password), &log)
               : nullptr;
}

void warn_of_unproven_peer(platform::Logger& log, const task::TaskSpec& spec,
                           const std::optional<task::Instance>& instance) {
    const task::TlsDefinition* tls = instance ? task::tls_of(instance->kind) : nullptr;
    if (tls == nullptr || tls->verifies) return;
    log.warn(
        "TLS believes whoever answers: the instance says verify: none. Its ca_file or pin_sha256 would prove the peer.",
        {{"task", spec.definition.name}, {"instance", instance->name}});
}

// --- RocketMQ

connectors::RocketmqSinkOptions sink_options(platform::Logger& log, const task::TaskSpec& spec,
                                             const task::RocketmqSinkDefinition& sink) {
    const auto& instance = instance_as<task::RocketmqInstance>(spec.sink_instance);
    connectors::RocketmqSinkOptions options;
    options.task = spec.definition.name;
    options.name_servers = instance.name_servers;
    options.client_id = spec.client_id;
    options.group = sink.producer_group;
    options.instance_namespace = rocketmq::name_prefix(instance.namespace_name);
    options.tls = make_tls(log, instance.tls, spec.sink_secrets.key_password);
    if (!instance.access_key.empty())
        options.credentials = rocketmq::Credentials{instance.access_key, spec.sink_secrets.own.reveal()};
    if (options.credentials && rocketmq::is_namespace_field(instance.namespace_name))
        options.credentials->resource_instance = instance.namespace_name;
    options.ordering = sink.ordering;
    if (sink.compress_above_bytes) options.compress_above_bytes = *sink.compress_above_bytes;
    options.send_timeout = sink.send_timeout;
    options.process_id = static_cast<std::uint32_t>(platform::process_id());
    options.seed = platform::random_u64();
    return options;
}

Result<std::unique_ptr<pipeline::Sink>> make(net::EventLoop& loop, platform::Logger& log, const task::TaskSpec& spec,
                                             const task::RocketmqSinkDefinition& sink) {
    warn_of_unproven_peer(log, spec, spec.sink_instance);
    return connectors::RocketmqSink::create(loop, log, sink_options(log, spec, sink));
}

// --- MQTT

void log_in(const task::ApsaraDefinition& auth, const task::TaskSpec& spec, connectors::MqttSourceOptions& options) {
    mqtt::SessionOptions& session = options.session;
    const auto login = make_apsara_login(auth, spec.source_secrets, spec.client_id);
    session.has_notices = true;
    for (std::size_t i = 0; i < auth.tokens.size(); ++i)
        options.tokens.push_back({auth.tokens[i].type, auth.tokens[i].source, spec.source_secrets.tokens[i]});
    if (!login) return;  // this machine cannot sign: the broker refuses it in its own words
    session.username = login->username;
    session.password = login->password;
    session.refused_hint = login->refused_hint;
}

connectors::MqttSourceOptions source_options(platform::Logger& log, const task::TaskSpec& spec,
                                             const task::MqttSourceDefinition& source) {
    const auto& instance = instance_as<task::MqttInstance>(spec.source_instance);
    connectors::MqttSourceOptions options;
    options.task = spec.definition.name;
    options.broker = instance.endpoint;
    options.tls = make_tls(log, instance.tls, spec.source_secrets.key_password);
    options.fall_back = source.protocol == task::Protocol::automatic;
    options.seed = platform::random_u64();
    mqtt::SessionOptions& session = options.session;
    session.client_id = spec.client_id;
    if (!instance.username.empty()) session.username = instance.username;
    if (instance.auth) log_in(*instance.auth, spec, options);
    else if (!spec.source_secrets.own.empty()) session.password = spec.source_secrets.own.reveal();
    session.version = source.protocol == task::Protocol::mqtt_3_1_1 ? mqtt::Version::v3_1_1 : mqtt::Version::v5;
    session.keep_alive_seconds = source.keep_alive_seconds;
    session.session_expiry_seconds = source.session_expiry_seconds;
    session.receive_maximum = source.receive_maximum;
    session.filter = source.topic;
    session.qos = source.qos;
    if (!options.tls) session.server_port = options.broker.port;  // who answers over TLS has the right port
    session.retained = source.retained;
    return options;
}

using OnFailed = std::function<void(std::string reason)>;

std::unique_ptr<pipeline::Source> make(net::EventLoop& loop, platform::Logger& log, const task::TaskSpec& spec,
                                       const task::MqttSourceDefinition& source, const WorkerSettings& settings,
                                       event::ChunkPool& chunks, pipeline::Pipeline& pipeline, OnFailed on_failed) {
    warn_of_unproven_peer(log, spec, spec.source_instance);
    connectors::MqttSourceOptions options = source_options(log, spec, source);
    options.old_filters = settings.old_filters;
    return std::make_unique<connectors::MqttSource>(loop, log, std::move(options), chunks, pipeline,
                                                    std::move(on_failed));
}

// --- files

Result<std::unique_ptr<pipeline::DeadLetters>> make(platform::Logger& log, const task::TaskSpec& spec,
                                                    const task::DeadLetterFile& file, const std::string& id_prefix,
                                                    std::uint64_t disk_reserve_bytes) {
    return connectors::DeadLetterFile::open(log, file.path, spec.definition.name, id_prefix, disk_reserve_bytes);
}

}  // namespace

net::TlsSettings tls_settings(const task::TlsDefinition& tls, const platform::Secret& key_password) {
    return {tls.verifies, tls.ca_file, tls.cert_file, tls.key_file, key_password, tls.pins, tls.server_name};
}

Result<ApsaraLogin> make_apsara_login(const task::ApsaraDefinition& auth, const task::InstanceSecrets& secrets,
                                      std::string_view client_id) {
    ApsaraLogin login;
    login.username = mqtt::apsara_username(auth.mode, auth.access_key, auth.instance_id);
    const std::string_view group = mqtt::apsara_group_of(client_id);
    if (auth.mode != mqtt::ApsaraMode::token) {
        TRY(login.password, sign_hmac_sha1(secrets.own.reveal(), client_id));
        login.refused_hint =
            fmt::format("Look at access_key, secret_key and instance_id ({}), and whether the group {} exists there{}.",
                        auth.instance_id, group,
                        auth.mode == mqtt::ApsaraMode::signature
                            ? ""
                            : fmt::format(" and the device credential is that of the client id {}", client_id));
        return login;
    }
    std::vector<mqtt::ApsaraToken> tokens;
    for (std::size_t i = 0; i < auth.tokens.size() && i < secrets.tokens.size(); ++i) {
        const task::TokenDefinition& token = auth.tokens[i];
        tokens.push_back({token.type, secrets.tokens[i].reveal()});
        login.refused_hint += connectors::how_to_renew({token.type, token.source}) + " ";
    }
    login.password = mqtt::apsara_password(tokens);
    login.refused_hint +=
        fmt::format("All of them must be valid, of access_key, for the instance {} and its topics.", auth.instance_id);
    return login;
}

Result<std::unique_ptr<pipeline::Sink>> make_sink(net::EventLoop& loop, platform::Logger& log,
                                                  const task::TaskSpec& spec) {
    return std::visit([&](const auto& sink) { return make(loop, log, spec, sink); }, spec.definition.sink);
}

Result<std::unique_ptr<pipeline::DeadLetters>> make_dead_letters(platform::Logger& log, const task::TaskSpec& spec,
                                                                 const std::string& id_prefix,
                                                                 std::uint64_t disk_reserve_bytes) {
    const std::optional<task::DeadLetterDefinition>& letters = spec.definition.property.dead_letter;
    if (!letters) return std::unique_ptr<pipeline::DeadLetters>();
    return std::visit([&](const auto& each) { return make(log, spec, each, id_prefix, disk_reserve_bytes); }, *letters);
}

std::unique_ptr<pipeline::Source> make_source(net::EventLoop& loop, platform::Logger& log, const task::TaskSpec& spec,
                                              const WorkerSettings& settings, event::ChunkPool& chunks,
                                              pipeline::Pipeline& pipeline,
                                              std::function<void(std::string reason)> on_failed) {
    return std::visit(
        [&](const auto& source) {
            return make(loop, log, spec, source, settings, chunks, pipeline, std::move(on_failed));
        },
        spec.definition.source);
}

std::unique_ptr<connectors::SessionVisit> make_session_visit(net::EventLoop& loop, platform::Logger& log,
                                                             const task::TaskSpec& spec,
                                                             connectors::SessionVisit::Purpose purpose,
                                                             std::function<void(Result<bool>)> on_done) {
    task::TaskSpec now = spec;  // tokens may have been renewed since
    if (!now.source_secrets.tokens.empty()) {
        if (auto secrets = resolve_secrets(spec.source_instance->kind, spec.definition.name))
            now.source_secrets = std::move(*secrets);
    }
    connectors::MqttSourceOptions options =
        source_options(log, now, std::get<task::MqttSourceDefinition>(now.definition.source));
    connectors::SessionVisitOptions visit{options.broker, options.tls, std::move(options.session), options.fall_back};
    return std::make_unique<connectors::SessionVisit>(loop, std::move(visit), purpose, std::move(on_done));
}

}  // namespace outflow::app
