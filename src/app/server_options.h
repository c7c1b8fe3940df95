// What `outflow server` is told: by the command line, else by the environment, else by its file, else what stands here.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/registry.h"
#include "base/result.h"
#include "net/endpoint.h"
#include "platform/log.h"
#include "platform/secret.h"

namespace outflow::app {

struct ServerOptions {
    std::string data = "outflow-data";  // the folder with the database and the key file
    net::Endpoint listen{"127.0.0.1", 8420};
    std::string tls_cert_file;  // PEM; with the key file, or neither
    std::string tls_key_file;
    bool listens_without_tls = false;  // also beyond loopback
    bool is_tls_in_front = false;      // a proxy on this machine speaks TLS with clients
    bool has_open_metrics = false;     // /metrics needs no login
    platform::LogLevel log_level = platform::LogLevel::info;
    std::chrono::seconds grace{10};     // for what is in flight when a task or the server stops
    unsigned threads = 0;               // for tasks; 0: one for each core
    std::size_t memory_mib = 0;         // of events that are not settled, for all tasks together; 0: 16 MiB each
    std::size_t disk_reserve_mib = 64;  // free space that dead-letter files leave on their disk
    api::Allowed allow;
    // Not in the file.
    std::string config;       // its path; empty: none
    bool takes_over = false;  // a restored copy: the original is gone, its MQTT sessions are this one's
    std::optional<platform::Secret> bootstrap_key;  // ID:SECRET of the first access key
};

// By name, as the file nests them: {"tls.cert_file", "/etc/..."}; a list has its values separated by commas.
using GivenSettings = std::vector<std::pair<std::string, std::string>>;

// All faults in one answer, one a line, each with its place. Errors: invalid_argument, file_error.
Result<ServerOptions> read_server_options(const std::string& config, const GivenSettings& given);
// `allow`, and what never is: the data folder and the key of TLS.
api::Allowed allowed_by(const ServerOptions& options);
// The file that would give these, with a comment for each setting. Holds no secret.
std::string render_server_options(const ServerOptions& options);

}  // namespace outflow::app
