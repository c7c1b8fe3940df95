#include "rocketmq/route.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "rocketmq/json_reader.h"
#include "rocketmq/protocol.h"

namespace outflow::rocketmq {

namespace {

constexpr std::size_t order_conf_bytes_max = 64 * 1024;

template <class T>
std::optional<T> parse_number(std::string_view text) {
    T value{};
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

void read_name(JsonReader& reader, std::string& out, std::size_t bytes_max = route_limits::name_bytes_max) {
    out.clear();
    if (!reader.take_null()) reader.string(out, bytes_max);
}

std::uint32_t read_count(JsonReader& reader) {
    std::int64_t value = reader.integer();
    if (value < 0 || value > std::numeric_limits<std::int32_t>::max()) reader.fail();
    return reader.ok() ? static_cast<std::uint32_t>(value) : 0;
}

// {0:"127.0.0.1:10911","1":"..."}
void read_addresses(JsonReader& reader, Broker& broker, std::size_t& refused) {
    std::string id;
    if (reader.take_null() || !reader.enter_object()) return;
    while (reader.next_member(id)) {
        BrokerAddress address;
        read_name(reader, address.address);
        std::optional<std::int64_t> broker_id = parse_number<std::int64_t>(id);
        if (broker.addresses.size() == route_limits::addresses_per_broker_max) return reader.fail();
        if (!broker_id || !parse_address(address.address)) {
            ++refused;
            continue;
        }
        address.broker_id = *broker_id;
        broker.addresses.push_back(std::move(address));
    }
}

// A broker as an object with brokerName, cluster and brokerAddrs.
void read_broker(JsonReader& reader, std::vector<Broker>& brokers, std::size_t& refused) {
    if (brokers.size() == route_limits::brokers_max) return reader.fail();
    Broker broker;
    std::string name;
    if (!reader.enter_object()) return;
    while (reader.next_member(name)) {
        if (name == "brokerName") {
            read_name(reader, broker.name);
        } else if (name == "cluster") {
            read_name(reader, broker.cluster);
        } else if (name == "brokerAddrs") {
            read_addresses(reader, broker, refused);
        } else {
            reader.skip();
        }
    }
    if (!broker.name.empty()) brokers.push_back(std::move(broker));
}

void read_queue_group(JsonReader& reader, std::vector<QueueGroup>& groups) {
    if (groups.size() == route_limits::queue_groups_max) return reader.fail();
    QueueGroup group;
    std::string name;
    if (!reader.enter_object()) return;
    while (reader.next_member(name)) {
        if (name == "brokerName") {
            read_name(reader, group.broker_name);
        } else if (name == "readQueueNums") {
            group.read_queues = read_count(reader);
        } else if (name == "writeQueueNums") {
            group.write_queues = read_count(reader);
        } else if (name == "perm") {
            group.topic_permission = read_count(reader);
        } else {
            reader.skip();
        }
    }
    if (!group.broker_name.empty()) groups.push_back(std::move(group));
}

bool counts_fit(const Route& route) {
    std::uint64_t queues = 0;
    for (const QueueGroup& group : route.queue_groups) queues += std::max(group.read_queues, group.write_queues);
    return queues <= route_limits::queues_max;
}

tl::unexpected<Error> malformed(std::string_view what) {
    return failed(ErrorCode::rocketmq_malformed_route,
                  fmt::format("the name server's {} cannot be read or is over the limits", what));
}

std::string_view master_of(const Route& route, std::string_view broker_name) {
    const Broker* broker = route.find_broker(broker_name);
    return broker == nullptr ? std::string_view{} : broker->master_address();
}

// Queues 0 to `count` - 1 of one broker; together never more than the limit.
void add_queues(std::vector<MessageQueue>& queues, std::string_view broker_name, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count && queues.size() < route_limits::queues_max; ++i) {
        queues.push_back({std::string(broker_name), static_cast<std::int32_t>(i)});
    }
}

void sort_and_deduplicate(std::vector<MessageQueue>& queues) {
    std::ranges::sort(queues);
    queues.erase(std::unique(queues.begin(), queues.end()), queues.end());
}

// "broker-a:4;broker-b:4"; what is not of this form is passed over.
std::vector<MessageQueue> ordered_queues(const Route& route) {
    std::vector<MessageQueue> queues;
    std::string_view rest = route.order_topic_conf;
    while (!rest.empty()) {
        std::string_view item = rest.substr(0, rest.find(';'));
        rest.remove_prefix(std::min(item.size() + 1, rest.size()));
        std::size_t colon = item.find(':');
        if (colon == std::string_view::npos) continue;
        std::string_view broker_name = item.substr(0, colon);
        std::optional<std::uint32_t> count = parse_number<std::uint32_t>(item.substr(colon + 1));
        if (count && !master_of(route, broker_name).empty()) add_queues(queues, broker_name, *count);
    }
    sort_and_deduplicate(queues);
    return queues;
}

template <class Count>
std::vector<MessageQueue> queues_with(const Route& route, std::uint32_t needed_permission, Count count) {
    std::vector<MessageQueue> queues;
    for (const QueueGroup& group : route.queue_groups) {
        if ((group.topic_permission & needed_permission) == 0) continue;
        if (master_of(route, group.broker_name).empty()) continue;
        add_queues(queues, group.broker_name, count(group));
    }
    sort_and_deduplicate(queues);
    return queues;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
    std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    std::optional<std::uint16_t> port = parse_number<std::uint16_t>(text.substr(colon + 1));
    std::string_view host = text.substr(0, colon);
    if (host.front() == '[') {
        if (host.back() != ']') return std::nullopt;
        host = host.substr(1, host.size() - 2);
    }
    auto is_fit = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
               c == '_' || c == ':' || c == '%';
    };
    if (!port || *port == 0 || host.empty() || host.size() > route_limits::name_bytes_max ||
        !std::ranges::all_of(host, is_fit)) {
        return std::nullopt;
    }
    return Address{std::string(host), *port};
}

std::string_view Broker::master_address() const {
    for (const BrokerAddress& address : addresses) {
        if (address.broker_id == 0) return address.address;
    }
    return {};
}

const Broker* Route::find_broker(std::string_view name) const {
    auto found = std::ranges::find(brokers, name, &Broker::name);
    return found == brokers.end() ? nullptr : &*found;
}

Result<Route> decode_route(std::string_view json) {
    Route route;
    JsonReader reader(json);
    std::string name;
    reader.enter_object();
    while (reader.next_member(name)) {
        if (name == "brokerDatas" && !reader.take_null()) {
            if (!reader.enter_array()) break;
            while (reader.next_element()) read_broker(reader, route.brokers, route.addresses_refused);
        } else if (name == "queueDatas" && !reader.take_null()) {
            if (!reader.enter_array()) break;
            while (reader.next_element()) read_queue_group(reader, route.queue_groups);
        } else if (name == "orderTopicConf") {
            read_name(reader, route.order_topic_conf, order_conf_bytes_max);
        } else if (name != "brokerDatas" && name != "queueDatas") {
            reader.skip();
        }
    }
    if (!reader.finished() || !counts_fit(route)) return malformed("route");
    return route;
}

Result<ClusterInfo> decode_cluster_info(std::string_view json) {
    ClusterInfo cluster;
    JsonReader reader(json);
    std::string name;
    std::string broker_name;
    reader.enter_object();
    while (reader.next_member(name)) {
        if (name != "brokerAddrTable") {
            reader.skip();
            continue;
        }
        if (reader.take_null()) continue;
        if (!reader.enter_object()) break;
        while (reader.next_member(broker_name)) read_broker(reader, cluster.brokers, cluster.addresses_refused);
    }
    if (!reader.finished()) return malformed("cluster information");
    return cluster;
}

Result<std::vector<std::string>> decode_topic_list(std::string_view json) {
    std::vector<std::string> topics;
    JsonReader reader(json);
    std::string name;
    reader.enter_object();
    while (reader.next_member(name)) {
        if (name != "topicList") {
            reader.skip();
            continue;
        }
        if (reader.take_null()) continue;
        if (!reader.enter_array()) break;
        while (reader.next_element()) {
            if (topics.size() == route_limits::topics_max) {
                reader.fail();
                break;
            }
            reader.string(topics.emplace_back(), route_limits::name_bytes_max);
        }
    }
    if (!reader.finished()) return malformed("topic list");
    return topics;
}

std::vector<MessageQueue> publish_queues(const Route& route) {
    if (!route.order_topic_conf.empty()) return ordered_queues(route);
    return queues_with(route, permission::write, [](const QueueGroup& group) { return group.write_queues; });
}

std::vector<MessageQueue> auto_create_queues(const Route& template_route, std::uint32_t queues_max) {
    return queues_with(template_route, permission::write,
                       [queues_max](const QueueGroup& group) { return std::min(queues_max, group.read_queues); });
}

std::vector<MessageQueue> read_queues(const Route& route) {
    return queues_with(route, permission::read, [](const QueueGroup& group) { return group.read_queues; });
}

}  // namespace outflow::rocketmq
