// The connection test of an instance as it is defined, for the API and the command line.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/probe.h"
#include "platform/log.h"
#include "task/spec.h"

namespace outflow::app {

struct ProbeWish {
    std::string topic;     // MQTT: a filter to subscribe to; RocketMQ: a topic to write to. Empty: none
    std::uint8_t qos = 1;  // of the subscription
};

// See connectors/probe.h. Loop and logger outlive it.
std::unique_ptr<connectors::Probe> probe_instance(net::EventLoop& loop, platform::Logger& log,
                                                  const task::Instance& instance, const task::InstanceSecrets& secrets,
                                                  ProbeWish wish, connectors::Probe::OnDone on_done);

// A line a step, in columns, and one more with what to do where there is something:
//   ok    connect     1.2 ms  127.0.0.1:1883
//   FAIL  mqtt        3.0 ms  the MQTT server refused the connection: not authorized (0x87).
//                             Check user name and password ...
// Control characters of peers are left out.
std::string render_probe(const std::vector<connectors::ProbeStep>& steps);

// {"ok":false,"steps":[{"name","peer","ok","milliseconds","detail","remedy"?}]}, as docs/api.md has it.
void append_probe_json(std::string& out, const std::vector<connectors::ProbeStep>& steps);

}  // namespace outflow::app
