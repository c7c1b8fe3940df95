// Who is there: clients with their groups and what each group subscribes to, as their heartbeats say.
//
//   client --- connection        group --- members (clients)
//          \-- groups                  \-- subscriptions (the newest that any member told)
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "devbroker/state.h"
#include "devbroker/tag_filter.h"
#include "rocketmq/server_requests.h"

namespace outflow::devbroker {

// A client is forgotten when its connection ends and when it was silent for 120 s. Whenever a group's members or
// subscriptions change, its members are told, so that they share its queues anew.
class ConsumerGroups {
public:
    static constexpr std::size_t clients_max = 1'000;
    static constexpr std::size_t memberships_max = 10'000;    // of clients in groups, of consumers and producers
    static constexpr std::size_t subscriptions_max = 10'000;  // of all groups
    static constexpr std::chrono::milliseconds silence_max{120'000};

    struct Subscription {
        std::string expression;
        std::string expression_type;
        std::int64_t version = 0;
        TagFilter filter;  // of type TAG
    };

    explicit ConsumerGroups(State& state) : state_(state) {}

    rocketmq::Response heart_beat(const Request& request, const Notify& notify, std::chrono::milliseconds now);
    rocketmq::Response unregister(const Request& request);
    void disconnected(std::uint64_t connection);
    void forget_silent(std::chrono::milliseconds now);

    bool exists(std::string_view group) const { return groups_.contains(group); }
    // Of a group; null: the group is not there or does not subscribe to the topic. Valid until the next change.
    const Subscription* find(std::string_view group, std::string_view topic) const;

    rocketmq::Response list_clients(const Request& request) const;          // GET_CONSUMER_LIST_BY_GROUP
    rocketmq::Response consumer_connections(const Request& request) const;  // GET_CONSUMER_CONNECTION_LIST
    rocketmq::Response producer_connections(const Request& request) const;  // GET_PRODUCER_CONNECTION_LIST

private:
    struct Client {
        std::uint64_t connection = 0;
        std::string peer;
        std::int32_t version = 0;
        Notify notify;
        std::chrono::milliseconds seen{0};
        std::set<std::string, std::less<>> producer_groups;
        std::set<std::string, std::less<>> consumer_groups;
    };
    struct Group {
        bool is_broadcasting = false;
        std::set<std::string, std::less<>> members;
        std::map<std::string, Subscription, std::less<>> subscriptions;
    };
    using Clients = std::map<std::string, Client, std::less<>>;

    Status check(const rocketmq::HeartBeat& beat) const;
    Status check_room(const rocketmq::HeartBeat& beat) const;
    // Errors: what is wrong with the subscriptions, or TopicTable::set for the group's retry topic.
    Status join(const rocketmq::ConsumerData& consumer, const std::string& client_id);
    Result<bool> subscribe(Group& group, const rocketmq::ConsumerData& consumer);
    void leave(std::string_view group, std::string_view client_id);
    void forget(Clients::iterator client);
    void tell_members(std::string_view group);
    std::string connection_json(const std::string& client_id) const;

    State& state_;
    Clients clients_;
    std::map<std::string, Group, std::less<>> groups_;
};

}  // namespace outflow::devbroker
