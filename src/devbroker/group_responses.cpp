// What tools and rebalancing consumers ask about groups (consumer_groups.h).
#include <fmt/format.h>

#include "devbroker/consumer_groups.h"
#include "rocketmq/json_reader.h"
#include "rocketmq/protocol.h"

namespace outflow::devbroker {

namespace {

namespace code = rocketmq::response_code;

std::string quoted(std::string_view text) {
    std::string out;
    rocketmq::append_json_string(out, text);
    return out;
}

void append_element(std::string& list, std::string_view json) {
    if (!list.empty()) list.push_back(',');
    list += json;
}

}  // namespace

rocketmq::Response ConsumerGroups::list_clients(const Request& request) const {
    std::string name = request.command.find_ext("consumerGroup").value_or("");
    auto group = groups_.find(name);
    if (group == groups_.end()) {
        return refusal(code::system_error, fmt::format("no consumer for this group, {}", name));
    }
    std::string ids;
    for (const std::string& id : group->second.members) append_element(ids, quoted(id));
    rocketmq::Response response;
    response.body = fmt::format(R"({{"consumerIdList":[{}]}})", ids);
    return response;
}

std::string ConsumerGroups::connection_json(const std::string& client_id) const {
    const Client& client = clients_.find(client_id)->second;
    return fmt::format(R"({{"clientAddr":{},"clientId":{},"language":"OTHER","version":{}}})", quoted(client.peer),
                       quoted(client_id), client.version);
}

rocketmq::Response ConsumerGroups::consumer_connections(const Request& request) const {
    std::string name = request.command.find_ext("consumerGroup").value_or("");
    auto group = groups_.find(name);
    if (group == groups_.end()) {
        return refusal(code::consumer_not_online, fmt::format("the consumer group[{}] not online", name));
    }
    std::string connections;
    for (const std::string& id : group->second.members) {
        if (clients_.contains(id)) append_element(connections, connection_json(id));
    }
    std::string subscriptions;
    for (const auto& [topic, subscription] : group->second.subscriptions) {
        append_element(subscriptions,
                       fmt::format(R"({0}:{{"classFilterMode":false,"codeSet":[],"expressionType":{1},"subString":{2},)"
                                   R"("subVersion":{3},"tagsSet":[],"topic":{0}}})",
                                   quoted(topic), quoted(subscription.expression_type), quoted(subscription.expression),
                                   subscription.version));
    }
    rocketmq::Response response;
    response.body =
        fmt::format(R"({{"connectionSet":[{}],"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET",)"
                    R"("consumeType":"CONSUME_PASSIVELY","messageModel":"{}","subscriptionTable":{{{}}}}})",
                    connections, group->second.is_broadcasting ? "BROADCASTING" : "CLUSTERING", subscriptions);
    return response;
}

rocketmq::Response ConsumerGroups::producer_connections(const Request& request) const {
    std::string name = request.command.find_ext("producerGroup").value_or("");
    std::string connections;
    for (const auto& [id, client] : clients_) {
        if (client.producer_groups.contains(name)) append_element(connections, connection_json(id));
    }
    if (connections.empty()) {
        return refusal(code::system_error, fmt::format("the producer group[{}] not exist", name));
    }
    rocketmq::Response response;
    response.body = fmt::format(R"({{"connectionSet":[{}]}})", connections);
    return response;
}

}  // namespace outflow::devbroker
