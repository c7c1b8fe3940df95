// Asks RocketMQ's name servers and brokers one thing at a time and waits for the response: for commands that a person
// gives, never on the way of a message.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connectors/name_servers.h"
#include "net/event_loop.h"
#include "rocketmq/requests.h"
#include "rocketmq/route.h"
#include "rocketmq/signer.h"

namespace outflow::connectors {

// Errors of all requests: network_error (nobody answers), rocketmq_refused, the decoders'; sentences for people. Every
// wait ends after a few seconds.
class RemotingClient {
public:
    struct Response {
        std::int32_t code = 0;
        std::string remark;
        std::string body;
    };
    // Appends the request with this opaque to `out`; the signer is null when requests are not signed.
    using Writer = std::function<void(std::string& out, std::int32_t opaque, rocketmq::Signer* signer)>;

    // `name_servers` has one at least; `tls`: null for plain TCP. Errors: invalid_argument (keys). Connects to nothing yet.
    static Result<std::unique_ptr<RemotingClient>> create(std::vector<net::Endpoint> name_servers,
                                                          std::optional<rocketmq::Credentials> credentials,
                                                          std::shared_ptr<net::TlsSource> tls = nullptr);

    // Error besides: rocketmq_no_route when there is no such topic.
    Result<rocketmq::Route> get_route(std::string_view topic);
    Result<rocketmq::ClusterInfo> get_cluster_info();
    Result<std::vector<std::string>> get_topics();
    // On one broker; a topic that exists gets these queues.
    Status create_topic(const net::Endpoint& broker, const rocketmq::CreateTopic& request);

    // The loop on which it waits; not running between requests. Others may use it then.
    net::EventLoop& loop() { return loop_; }
    const std::shared_ptr<net::TlsSource>& tls() const { return tls_; }
    rocketmq::Signer* signer() { return signer_ ? &*signer_ : nullptr; }

private:
    RemotingClient(std::vector<net::Endpoint> name_servers, std::optional<rocketmq::Signer> signer,
                   std::shared_ptr<net::TlsSource> tls);
    Result<Response> ask_name_server(const Writer& writer);
    Result<Response> ask_broker(const net::Endpoint& broker, const Writer& writer);

    net::EventLoop loop_;
    std::optional<rocketmq::Signer> signer_;
    std::shared_ptr<net::TlsSource> tls_;
    NameServers name_servers_;
};

// `broker-a refused it: topic is illegal (code 1)`: without control characters of the remark, which is cut to 200
// bytes.
std::string describe_refusal(std::string_view who, std::int32_t code, std::string_view remark);

}  // namespace outflow::connectors
