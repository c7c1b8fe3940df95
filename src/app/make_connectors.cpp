#include "app/make_connectors.h"

#include <utility>

#include "connectors/dead_letter_file.h"
#include "connectors/mqtt_source.h"
#include "connectors/rocketmq_sink.h"
#include "platform/process.h"

namespace outflow::app {

namespace {

connectors::Ordering to_connectors(task::Ordering ordering) {
    switch (ordering) {
    case task::Ordering::topic: return connectors::Ordering::topic;
    case task::Ordering::key: return connectors::Ordering::key;
    case task::Ordering::none: return connectors::Ordering::none;
    }
    return connectors::Ordering::topic;
}

connectors::RocketmqSinkOptions sink_options(const task::TaskSpec& spec) {
    const task::TaskDefinition& definition = spec.definition;
    connectors::RocketmqSinkOptions options;
    options.task = definition.name;
    options.name_servers = spec.rocketmq.name_servers;
    options.client_id = spec.client_id;
    options.group = definition.sink.producer_group;
    options.instance_namespace = spec.rocketmq.namespace_name;
    if (!spec.rocketmq.access_key.empty())
        options.credentials = rocketmq::Credentials{spec.rocketmq.access_key, spec.rocketmq_secret_key.reveal(), {}};
    options.ordering = to_connectors(definition.sink.ordering);
    if (definition.sink.compress_above_bytes) options.compress_above_bytes = *definition.sink.compress_above_bytes;
    options.send_timeout = definition.sink.send_timeout;
    options.process_id = static_cast<std::uint32_t>(platform::process_id());
    options.seed = platform::random_u64();
    return options;
}

connectors::MqttSourceOptions source_options(const task::TaskSpec& spec) {
    const task::TaskDefinition& definition = spec.definition;
    const task::SourceDefinition& source = definition.source;
    connectors::MqttSourceOptions options;
    options.task = definition.name;
    options.broker = spec.mqtt.endpoint;
    options.fall_back = source.protocol == task::Protocol::automatic;
    options.seed = platform::random_u64();
    mqtt::SessionOptions& session = options.session;
    session.client_id = spec.client_id;
    if (!spec.mqtt.username.empty()) session.username = spec.mqtt.username;
    if (!spec.mqtt_password.empty()) session.password = spec.mqtt_password.reveal();
    session.version = source.protocol == task::Protocol::mqtt_3_1_1 ? mqtt::Version::v3_1_1 : mqtt::Version::v5;
    session.keep_alive_seconds = source.keep_alive_seconds;
    session.session_expiry_seconds = source.session_expiry_seconds;
    session.receive_maximum = source.receive_maximum;
    session.filter = source.topic;
    session.qos = source.qos;
    session.server_port = options.broker.port;
    session.retained = source.retained == task::Retained::never ? mqtt::Retained::never : mqtt::Retained::only_new;
    return options;
}

}  // namespace

Result<std::unique_ptr<pipeline::Sink>> make_sink(net::EventLoop& loop, platform::Logger& log, const task::TaskSpec& spec) {
    return connectors::RocketmqSink::create(loop, log, sink_options(spec));
}

Result<std::unique_ptr<pipeline::DeadLetters>> make_dead_letters(platform::Logger& log, const task::TaskSpec& spec,
                                                                 const std::string& id_prefix) {
    const std::optional<std::string>& file = spec.definition.property.dead_letter_file;
    if (!file) return std::unique_ptr<pipeline::DeadLetters>();
    return connectors::DeadLetterFile::open(log, *file, spec.definition.name, id_prefix);
}

std::unique_ptr<pipeline::Source> make_source(net::EventLoop& loop, platform::Logger& log, const task::TaskSpec& spec,
                                              const WorkerSettings& settings, event::ChunkPool& chunks,
                                              pipeline::Pipeline& pipeline,
                                              std::function<void(std::string reason)> on_failed) {
    connectors::MqttSourceOptions options = source_options(spec);
    options.old_filters = settings.old_filters;
    return std::make_unique<connectors::MqttSource>(loop, log, std::move(options), chunks, pipeline, std::move(on_failed));
}

std::unique_ptr<connectors::SessionVisit> make_session_visit(net::EventLoop& loop, const task::TaskSpec& spec,
                                                             connectors::SessionVisit::Purpose purpose,
                                                             std::function<void(Status)> on_done) {
    connectors::MqttSourceOptions options = source_options(spec);
    connectors::SessionVisitOptions visit{options.broker, std::move(options.session), options.fall_back};
    return std::make_unique<connectors::SessionVisit>(loop, std::move(visit), purpose, std::move(on_done));
}

}  // namespace outflow::app
