// Responses of name servers: routes, the cluster's brokers, topics. Their JSON may have integers without quotes as
// names (every name server before 4.9.4, and cluster information always). Sizes and counts are bounded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace outflow::rocketmq {

namespace route_limits {
inline constexpr std::size_t brokers_max = 4'096;
inline constexpr std::size_t addresses_per_broker_max = 64;
inline constexpr std::size_t queue_groups_max = 4'096;
inline constexpr std::size_t queues_max = 65'536;  // of one topic, of all brokers
inline constexpr std::size_t topics_max = 262'144;
inline constexpr std::size_t name_bytes_max = 255;
}  // namespace route_limits

struct Address {
    std::string host;  // without the brackets of an IPv6 address
    std::uint16_t port = 0;
};

// Splits "host:port", "[IPv6]:port" and, as Java writes it, "IPv6:port". Nothing when it is no such text.
std::optional<Address> parse_address(std::string_view text);

struct BrokerAddress {
    std::int64_t broker_id = 0;  // 0: the master
    std::string address;         // host:port, checked
};

struct Broker {
    std::string name;
    std::string cluster;
    std::vector<BrokerAddress> addresses;

    // Only a master takes sends. Empty: there is none at the moment.
    std::string_view master_address() const;
};

// The queues of a topic on one broker.
struct QueueGroup {
    std::string broker_name;
    std::uint32_t read_queues = 0;
    std::uint32_t write_queues = 0;
    std::uint32_t topic_permission = 0;
};

struct Route {
    std::vector<Broker> brokers;
    std::vector<QueueGroup> queue_groups;
    std::string order_topic_conf;       // "broker-a:4;broker-b:4" or empty
    std::size_t addresses_refused = 0;  // were not host:port, and are left out

    const Broker* find_broker(std::string_view name) const;
};

struct ClusterInfo {
    std::vector<Broker> brokers;
    std::size_t addresses_refused = 0;
};

// Errors of all three: rocketmq_malformed_route.
Result<Route> decode_route(std::string_view json);
Result<ClusterInfo> decode_cluster_info(std::string_view json);
Result<std::vector<std::string>> decode_topic_list(std::string_view json);

struct MessageQueue {
    std::string broker_name;
    std::int32_t queue_id = 0;

    bool operator==(const MessageQueue&) const = default;
    auto operator<=>(const MessageQueue&) const = default;
};

// The queues that can be sent to, in the order of the Java client: brokers by name, those with a master and write
// permission, queues 0 to write queues - 1; or what the order configuration names. Empty: no writable queue.
std::vector<MessageQueue> publish_queues(const Route& route);

// The queues of a topic that does not exist yet, out of the route of TBW102: at most `queues_max` on each broker.
std::vector<MessageQueue> auto_create_queues(const Route& template_route, std::uint32_t queues_max = 4);

// The queues that can be read, with the same order.
std::vector<MessageQueue> read_queues(const Route& route);

}  // namespace outflow::rocketmq
