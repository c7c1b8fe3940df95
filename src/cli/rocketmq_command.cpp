#include "cli/rocketmq_options.h"

#include <utility>

#include "platform/secret.h"

namespace outflow::cli {

namespace {

constexpr std::size_t name_servers_max = 64;

std::string check_name_servers(const std::string& text) {
    const auto servers = parse_name_servers(text);
    return servers ? std::string() : servers.error().context;
}

}  // namespace

void add_rocketmq_options(Command& command, RocketmqOptions& options) {
    command.add_option("--name-servers", options.name_servers, "Where the cluster's name servers listen")
        .type_name("HOST:PORT[,HOST:PORT...]")
        .show_default()
        .check(check_name_servers);
    Option access = command.add_option("--access-key", options.access_key, "User of a cluster with access control")
                              .type_name("KEY");
    Option secret = command.add_option("--secret-key-env", options.secret_key_env,
                                             "The environment variable that holds the secret key")
                              .type_name("NAME");
    access.needs(secret);
    secret.needs(access);
    command.add_option("--namespace", options.instance_namespace, "Instance namespace that topics are in").type_name("NAME");
}

Result<std::vector<net::Endpoint>> parse_name_servers(std::string_view text) {
    std::vector<net::Endpoint> servers;
    while (true) {
        const std::size_t end = text.find_first_of(",;");
        TRY(net::Endpoint endpoint, net::parse_endpoint(text.substr(0, end)));
        if (!endpoint.scheme.empty()) {
            return failed(ErrorCode::invalid_argument, "a name server is HOST:PORT, without " + endpoint.scheme + "://");
        }
        servers.push_back(std::move(endpoint));
        if (servers.size() > name_servers_max) return failed(ErrorCode::invalid_argument, "too many name servers");
        if (end == std::string_view::npos) return servers;
        text.remove_prefix(end + 1);
    }
}

Result<std::unique_ptr<connectors::RemotingClient>> make_client(const RocketmqOptions& options) {
    TRY(std::vector<net::Endpoint> servers, parse_name_servers(options.name_servers));
    std::optional<rocketmq::Credentials> credentials;
    if (!options.access_key.empty()) {
        const platform::SecretSource source{platform::SecretSource::Kind::environment, options.secret_key_env};
        TRY(const platform::Secret secret, platform::resolve_secret(source));
        credentials = rocketmq::Credentials{options.access_key, secret.reveal(), {}};
    }
    return connectors::RemotingClient::create(std::move(servers), std::move(credentials));
}

std::string to_sentence(std::string_view context) {
    std::string text(context);
    if (text.empty()) return "It failed.";
    if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    if (text.back() != '.') text += '.';
    return text;
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
