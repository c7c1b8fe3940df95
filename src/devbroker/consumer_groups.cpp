#include "devbroker/consumer_groups.h"

#include <fmt/format.h>

#include <utility>

#include "rocketmq/protocol.h"

namespace outflow::devbroker {

namespace {

namespace code = rocketmq::response_code;

constexpr std::size_t client_id_bytes_max = 255;
constexpr std::size_t expression_bytes_max = 4'096;

Status illegal(std::string sentence) { return failed(ErrorCode::invalid_argument, std::move(sentence)); }

}  // namespace

rocketmq::Response ConsumerGroups::heart_beat(const Request& request, const Notify& notify,
                                              std::chrono::milliseconds now) {
    auto beat = rocketmq::decode_heart_beat(request.body);
    if (!beat) return refusal(code::system_error, beat.error().context);
    auto checked = check(*beat);
    if (checked) checked = check_room(*beat);
    if (!checked) return refusal(code::system_error, checked.error().context);

    Client& client = clients_[beat->client_id];
    client.connection = request.connection;
    client.peer = request.peer;
    client.version = request.command.version;
    client.notify = notify;
    client.seen = now;
    client.producer_groups = {beat->producer_groups.begin(), beat->producer_groups.end()};
    auto left = std::exchange(client.consumer_groups, {});  // those that this heartbeat does not name any more
    for (const rocketmq::ConsumerData& consumer : beat->consumers) {
        client.consumer_groups.insert(consumer.group);
        left.erase(consumer.group);
    }
    for (const std::string& group : left) leave(group, beat->client_id);
    for (const rocketmq::ConsumerData& consumer : beat->consumers) {
        if (auto joined = join(consumer, beat->client_id); !joined) {
            return refusal(code::system_error, joined.error().context);
        }
    }
    return {};
}

Status ConsumerGroups::check(const rocketmq::HeartBeat& beat) const {
    if (beat.client_id.empty() || beat.client_id.size() > client_id_bytes_max) {
        return illegal(fmt::format("The clientID has 1 to {} bytes.", client_id_bytes_max));
    }
    for (const std::string& group : beat.producer_groups) {
        if (!is_legal_group(group)) return illegal("The name of a producer group is illegal.");
    }
    for (const rocketmq::ConsumerData& consumer : beat.consumers) {
        if (!is_legal_group(consumer.group)) return illegal("The name of a consumer group is illegal.");
        for (const rocketmq::Subscription& subscription : consumer.subscriptions) {
            if (!is_legal_topic(subscription.topic)) return illegal("The topic of a subscription is illegal.");
            if (subscription.expression.size() > expression_bytes_max ||
                subscription.expression_type.size() > client_id_bytes_max) {
                return illegal(
                    fmt::format("The expression of a subscription has at most {} bytes.", expression_bytes_max));
            }
        }
    }
    return {};
}

Status ConsumerGroups::check_room(const rocketmq::HeartBeat& beat) const {
    std::size_t memberships = beat.producer_groups.size() + beat.consumers.size();
    std::size_t subscriptions = 0;
    std::set<std::string_view> told;
    for (const rocketmq::ConsumerData& consumer : beat.consumers) {
        subscriptions += consumer.subscriptions.size();
        told.insert(consumer.group);
    }
    for (const auto& [id, client] : clients_) {
        if (id != beat.client_id) memberships += client.producer_groups.size() + client.consumer_groups.size();
    }
    for (const auto& [name, group] : groups_) {
        if (!told.contains(name)) subscriptions += group.subscriptions.size();
    }
    if (clients_.size() == clients_max && !clients_.contains(beat.client_id)) {
        return illegal(fmt::format("This broker takes {} clients, and no more.", clients_max));
    }
    if (memberships > memberships_max || subscriptions > subscriptions_max) {
        return illegal("This broker takes no more groups or subscriptions.");
    }
    return {};
}

Status ConsumerGroups::join(const rocketmq::ConsumerData& consumer, const std::string& client_id) {
    if (auto retry = state_.find_or_create_topic(std::string(retry_prefix) + consumer.group, 1); !retry) {
        return failed(std::move(retry).error());
    }
    Group& group = groups_[consumer.group];
    group.is_broadcasting = consumer.is_broadcasting;
    bool is_new = group.members.insert(client_id).second;
    auto changed = subscribe(group, consumer);
    if (!changed) {
        leave(consumer.group, client_id);
        return failed(std::move(changed).error());
    }
    if (is_new || *changed) tell_members(consumer.group);
    return {};
}

Result<bool> ConsumerGroups::subscribe(Group& group, const rocketmq::ConsumerData& consumer) {
    bool changed = false;
    std::set<std::string_view> wanted;
    for (const rocketmq::Subscription& told : consumer.subscriptions) {
        wanted.insert(told.topic);
        auto known = group.subscriptions.find(told.topic);
        if (known != group.subscriptions.end() && known->second.version >= told.version) continue;
        Subscription subscription{told.expression, told.expression_type, told.version, {}};
        if (told.expression_type == "TAG") {
            TRY(subscription.filter, TagFilter::parse(told.expression));
        }
        // A newer version of the same is no news for the others.
        changed = changed || known == group.subscriptions.end() || known->second.expression != told.expression;
        group.subscriptions.insert_or_assign(told.topic, std::move(subscription));
    }
    auto dropped = std::erase_if(group.subscriptions, [&](const auto& entry) { return !wanted.contains(entry.first); });
    return changed || dropped > 0;
}

rocketmq::Response ConsumerGroups::unregister(const Request& request) {
    auto client = clients_.find(request.command.find_ext("clientID").value_or(""));
    if (client == clients_.end()) return {};
    if (auto group = request.command.find_ext("producerGroup")) client->second.producer_groups.erase(*group);
    if (auto group = request.command.find_ext("consumerGroup")) {
        if (client->second.consumer_groups.erase(*group) > 0) leave(*group, client->first);
    }
    if (client->second.producer_groups.empty() && client->second.consumer_groups.empty()) clients_.erase(client);
    return {};
}

void ConsumerGroups::disconnected(std::uint64_t connection) {
    for (auto at = clients_.begin(); at != clients_.end();) {
        auto client = at++;
        if (client->second.connection == connection) forget(client);
    }
}

void ConsumerGroups::forget_silent(std::chrono::milliseconds now) {
    for (auto at = clients_.begin(); at != clients_.end();) {
        auto client = at++;
        if (now - client->second.seen > silence_max) forget(client);
    }
}

void ConsumerGroups::forget(Clients::iterator client) {
    std::string id = client->first;
    auto left = std::move(client->second.consumer_groups);
    clients_.erase(client);
    for (const std::string& group : left) leave(group, id);
}

void ConsumerGroups::leave(std::string_view group, std::string_view client_id) {
    auto at = groups_.find(group);
    if (at == groups_.end()) return;
    if (auto member = at->second.members.find(client_id); member != at->second.members.end()) {
        at->second.members.erase(member);
    }
    if (at->second.members.empty()) groups_.erase(at);
    else tell_members(group);
}

void ConsumerGroups::tell_members(std::string_view group) {
    rocketmq::Response notice;
    notice.ext.emplace_back("consumerGroup", group);
    for (const std::string& id : groups_.find(group)->second.members) {
        auto client = clients_.find(id);
        if (client == clients_.end() || !client->second.notify) continue;
        client->second.notify(static_cast<std::int32_t>(rocketmq::RequestCode::notify_consumer_ids_changed), notice);
    }
}

const ConsumerGroups::Subscription* ConsumerGroups::find(std::string_view group, std::string_view topic) const {
    auto at = groups_.find(group);
    if (at == groups_.end()) return nullptr;
    auto subscription = at->second.subscriptions.find(topic);
    return subscription == at->second.subscriptions.end() ? nullptr : &subscription->second;
}

}  // namespace outflow::devbroker
