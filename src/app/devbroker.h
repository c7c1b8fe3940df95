// `outflow devbroker`: the embedded RocketMQ in the foreground, with its control over HTTP.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "devbroker/server.h"
#include "net/endpoint.h"
#include "platform/log.h"

namespace outflow::app {

struct DevbrokerOptions {
    devbroker::ServerOptions server;       // its folder is made when missing
    std::optional<net::Endpoint> control;  // port 0: any free one
    std::vector<devbroker::Fault> faults;
    std::vector<std::pair<std::string, std::uint32_t>> topics;  // name, queues
    bool auto_create = true;
    bool records_requests = false;
    bool is_remote_allowed = false;  // control also from other machines
    platform::LogLevel log_level = platform::LogLevel::info;
};

// Runs until SIGINT or SIGTERM; a second signal ends the process at once. Says on `out` where it listens and what it is
// for; log lines go to `err`. Returns an exit_code (run.h).
int run_devbroker(const DevbrokerOptions& options, std::FILE* out, std::FILE* err);

}  // namespace outflow::app
