#include "cli/rocketmq_options.h"

#include <utility>

#include "base/endpoint.h"
#include "platform/secret.h"
#include "rocketmq/instance_namespace.h"

namespace outflow::cli {

namespace {

std::string check_name_servers(const std::string& text) {
    std::vector<Endpoint> servers;
    const Status added = add_name_servers(text, servers);
    return added ? std::string() : added.error().context;
}

}  // namespace

void add_rocketmq_options(Command& command, RocketmqOptions& options) {
    command.add_option("--name-servers", options.name_servers, "Where the cluster's name servers listen")
        .type_name("HOST:PORT[,HOST:PORT...]")
        .show_default()
        .check(check_name_servers);
    Option access = command.add_option("--access-key", options.access_key, "User of a cluster with access control")
                        .type_name("KEY");
    Option secret = command
                        .add_option("--secret-key-env", options.secret_key_env,
                                    "The environment variable that holds the secret key")
                        .type_name("NAME");
    access.needs(secret);
    secret.needs(access);
    command.add_flag("--tls", options.speaks_tls,
                     "Speak TLS with name servers and brokers; the options below say it, too");
    add_tls_options(command, options.tls);
    command
        .add_option("--namespace", options.instance_namespace,
                    "Instance namespace that topics are in; that of an MQ_INST_ endpoint is known")
        .type_name("NAME");
}

std::string name_prefix(const RocketmqOptions& options) {
    if (!options.instance_namespace.empty()) return std::string(rocketmq::name_prefix(options.instance_namespace));
    std::vector<Endpoint> servers;
    if (!add_name_servers(options.name_servers, servers)) return {};  // make_client says why
    for (const Endpoint& server : servers) {
        const std::string_view named = rocketmq::namespace_of_host(server.host);
        if (!named.empty()) return std::string(named);
    }
    return {};
}

Result<std::unique_ptr<connectors::RemotingClient>> make_client(const RocketmqOptions& options) {
    std::vector<Endpoint> servers;
    if (Status added = add_name_servers(options.name_servers, servers); !added) return failed(std::move(added).error());
    std::optional<rocketmq::Credentials> credentials;
    if (!options.access_key.empty()) {
        const platform::SecretSource source{platform::SecretSource::Kind::environment, options.secret_key_env};
        TRY(const platform::Secret secret, platform::resolve_secret(source));
        credentials = rocketmq::Credentials{options.access_key, secret.reveal()};
        if (rocketmq::is_namespace_field(options.instance_namespace))
            credentials->resource_instance = options.instance_namespace;
    }
    if (!credentials && rocketmq::is_namespace_field(options.instance_namespace))
        return failed(ErrorCode::invalid_argument, "a namespace that begins with rmq- is said in signed requests: add "
                                                   "--access-key and --secret-key-env");
    return connectors::RemotingClient::create(
        std::move(servers), std::move(credentials),
        options.speaks_tls || options.tls.is_given() ? make_tls(options.tls) : nullptr);
}

void add_rocketmq(Command& parent, Action& action) {
    Command command = parent.add_command("rocketmq", "Looks into a RocketMQ cluster: topics and messages");
    command.require_command();
    command.footer("Example: outflow rocketmq consume telemetry --from-beginning --count 10");
    add_topics(command, action);
    add_create_topic(command, action);
    add_consume(command, action);
}

}  // namespace outflow::cli
