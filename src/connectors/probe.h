// The connection test of an instance: goes the way that a task would go, step by step, and says of each what was found
// and, when it failed, what to do. Leaves nothing behind: no session, no subscription, no message.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mqtt/session.h"
#include "net/endpoint.h"
#include "net/event_loop.h"
#include "net/tls_context.h"
#include "rocketmq/signer.h"

namespace outflow::connectors {

struct ProbeStep {
    std::string name;  // resolve, connect, tls, mqtt, subscribe; route, access, write permission, rest
    std::string peer;  // whom it asks: "127.0.0.1:1883", "name server ns:9876", "broker-a 10.0.0.1:10911"
    bool ok = false;
    std::chrono::microseconds time{0};
    std::string detail;  // what was found, for people; at most 1,000 bytes, as `remedy`
    std::string
        remedy;  // a sentence: what to do. Never empty for a step that failed; of one that is ok it is a warning
};

struct ProbeLimits {
    std::chrono::milliseconds step{5'000};
    std::chrono::milliseconds total{20'000};
};

struct MqttProbeSettings {
    net::Endpoint broker;
    std::shared_ptr<net::TlsSource> tls;  // null: plain TCP
    std::string client_id;                // of the test alone, so that it takes nobody's session over
    std::optional<std::string> username;
    std::optional<std::string> password;
    std::string refused_hint;   // what to do when they are refused; empty: the usual
    std::string cannot_log_in;  // why there is nothing to log in with, a sentence; empty: there is
    mqtt::Version version = mqtt::Version::v5;
    bool fall_back = true;  // speak 3.1.1 with a broker that does not speak 5
    std::string filter;     // to subscribe to; empty: none. Of $share/G/F it is F
    std::uint8_t qos = 1;
};

struct RocketmqProbeSettings {
    std::vector<net::Endpoint> name_servers;  // one at least
    std::shared_ptr<net::TlsSource> tls;      // to name servers and brokers; null: plain TCP
    std::optional<rocketmq::Credentials> credentials;
    std::string instance_namespace;  // before topics and groups; empty: none
    std::string topic;               // without the namespace; empty: none, and only the cluster is looked at
    std::string client_id;           // of heartbeats
    std::string group;               // the same, without the namespace
};

// A test under way. Destroying it ends it at once, and nothing is told any more. The loop's thread alone.
class Probe {
public:
    // All steps, in their order; steps behind one that failed are absent when they need it. Called once, from the
    // loop, within ProbeLimits::total; may destroy the probe.
    using OnDone = std::function<void(std::vector<ProbeStep>)>;

    virtual ~Probe() = default;
};

// The loop outlives what is made. TLS files are read on the loop's thread.
std::unique_ptr<Probe> probe_mqtt(net::EventLoop& loop, MqttProbeSettings settings, ProbeLimits limits,
                                  Probe::OnDone on_done);
std::unique_ptr<Probe> probe_rocketmq(net::EventLoop& loop, RocketmqProbeSettings settings, ProbeLimits limits,
                                      Probe::OnDone on_done);

inline bool is_ok(const std::vector<ProbeStep>& steps) {
    for (const ProbeStep& step : steps)
        if (!step.ok) return false;
    return !steps.empty();
}

}  // namespace outflow::connectors
