#include "devbroker/name_server.h"

#include <fmt/format.h>

#include "rocketmq/protocol.h"

namespace outflow::devbroker {

namespace {

namespace code = rocketmq::response_code;

constexpr std::int32_t version_4_9_4 = 401;  // clients from here on read strictly valid JSON

rocketmq::Broker this_broker(const State& state) {
    rocketmq::Broker broker;
    broker.name = state.options.broker_name;
    broker.cluster = state.options.cluster_name;
    broker.addresses.push_back({.broker_id = 0, .address = state.options.address});
    return broker;
}

rocketmq::Route route_of(const State& state, const Topic& topic) {
    rocketmq::Route route;
    route.brokers.push_back(this_broker(state));
    route.queue_groups.push_back({.broker_name = state.options.broker_name,
                                  .read_queues = topic.read_queues,
                                  .write_queues = topic.write_queues,
                                  .topic_permission = topic.topic_permission});
    return route;
}

}  // namespace

rocketmq::Response get_route(const State& state, const Request& request) {
    std::string name = request.command.find_ext("topic").value_or("");
    const Topic* topic = state.settings.is_registered ? state.find_topic(name) : nullptr;
    if (topic == nullptr && !state.settings.route) {
        return refusal(code::topic_not_exist,
                       fmt::format("No topic route info in name server for the topic: {}", name));
    }
    bool quoted_keys = state.settings.quoted_keys.value_or(
        request.command.version >= version_4_9_4 || request.command.find_ext("acceptStandardJsonOnly") == "true");
    rocketmq::Response response;
    rocketmq::Route route = state.settings.route ? *state.settings.route : route_of(state, *topic);
    response.body = rocketmq::route_json(route, quoted_keys);
    return response;
}

rocketmq::Response get_cluster_info(const State& state) {
    rocketmq::ClusterInfo cluster;
    if (state.settings.is_registered) cluster.brokers.push_back(this_broker(state));
    rocketmq::Response response;
    response.body = rocketmq::cluster_info_json(cluster);
    return response;
}

rocketmq::Response get_topic_list(const State& state) {
    std::vector<std::string> names;
    if (state.settings.is_registered) {
        for (const auto& [name, topic] : state.topics.all()) names.push_back(name);
        if (state.settings.auto_create) names.emplace_back(rocketmq::auto_create_topic);
    }
    rocketmq::Response response;
    response.body = rocketmq::topic_list_json(names);
    return response;
}

rocketmq::Response get_kv_config(const Request& request) {
    std::string space = request.command.find_ext("namespace").value_or("");
    std::string key = request.command.find_ext("key").value_or("");
    return refusal(code::query_not_found, fmt::format("No config item, Namespace: {} Key: {}", space, key));
}

}  // namespace outflow::devbroker
