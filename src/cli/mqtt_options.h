// How a command looks at what an MQTT broker sends, without taking anything away from anybody.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "cli/tls_options.h"
#include "connectors/mqtt_tap.h"
#include "task/definition.h"

namespace outflow::cli {

struct MqttOptions {
    std::string endpoint;
    std::string filter;
    std::string username;
    std::string password_env;
    std::string password_file;
    TlsOptions tls;  // of mqtts://
    unsigned qos = 1;
};

// Adds --mqtt, --topic, --username, --password-env, --password-file, those of TLS and --qos.
void add_mqtt_options(Command& command, MqttOptions& options);

// Adds --count.
void add_count(Command& command, std::uint64_t& count);

// What the command line cannot check: options that depend on each other. A sentence; empty: they fit.
std::string check_usage(const MqttOptions& options);

// Reads the password. Errors: invalid_argument, file_error.
Result<connectors::MqttTapOptions> tap_options(const MqttOptions& options);

// The broker and QoS of the source of the task of that name. Reads the password of the instance.
// Errors: invalid_argument, file_error.
Result<connectors::MqttTapOptions> tap_options(const std::string& task, const task::MqttSourceDefinition& source,
                                               const task::MqttInstance& instance, const std::string& filter);

// Writes what `show` gives for each message, until `count` of them (0: no limit) or Ctrl-C.
// Errors: those of MqttTap::run; file_error: the output cannot be written.
Status watch(connectors::MqttTapOptions options, std::uint64_t count, const Streams& streams,
             const std::function<std::string(const event::Event&)>& show);

}  // namespace outflow::cli
