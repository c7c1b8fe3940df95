// How the commands below `outflow rocketmq` find and address a cluster.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "cli/tls_options.h"
#include "connectors/remoting_client.h"

namespace outflow::cli {

struct RocketmqOptions {
    std::string name_servers = "127.0.0.1:9876";
    std::string access_key;
    std::string secret_key_env;
    std::string instance_namespace;
    bool speaks_tls = false;
    TlsOptions tls;
};

// The namespace that stands in front of topics and groups: that of the option, or the one that a name server names.
std::string name_prefix(const RocketmqOptions& options);

void add_rocketmq_options(Command& command, RocketmqOptions& options);

// Reads the secret key from its environment variable. Errors: invalid_argument.
Result<std::unique_ptr<connectors::RemotingClient>> make_client(const RocketmqOptions& options);

}  // namespace outflow::cli
