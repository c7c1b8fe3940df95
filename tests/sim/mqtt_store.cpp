// What brokers are like, and what one keeps.
#include <algorithm>

#include "mqtt_broker.h"

namespace outflow::sim {

MqttHabits habits_of(std::string_view broker) {
    MqttHabits habits;
    if (broker == "mosquitto-2.0.11") {
        habits.overruns = true;
    } else if (broker == "rabbitmq") {
        habits.speaks_5 = false;
        habits.window = 10;
        habits.renumbers = true;
        habits.begins_again = true;
        habits.resends = MqttHabits::Order::newest_first;
    } else if (broker == "artemis") {
        habits.window = 65'535;
        habits.sets_dup = false;
        habits.renumbers = true;
        habits.counts_lost_ones = true;
    } else if (broker == "aedes") {
        habits.speaks_5 = false;
        habits.window = 65'535;
        habits.sets_dup = false;
        habits.retains_queued = true;
    } else if (broker == "mochi") {
        habits.window = 8'192;
        habits.resends = MqttHabits::Order::any;
        habits.shares_ids = true;
    } else if (broker == "moquette") {
        habits.speaks_5 = false;
        habits.window = 10;
        habits.resends_every = std::chrono::seconds(5);
    } else if (broker == "rumqttd") {
        habits.window = 100;
        habits.sets_dup = false;
        habits.renumbers = true;
    }
    return habits;
}

bool MqttSession::takes(std::string_view topic) const {
    return std::ranges::any_of(filters, [topic](const std::string& filter) { return sim::takes(filter, topic); });
}

std::vector<Message*> MqttSession::owed() const {
    std::vector<Message*> messages;
    for (const Waiting& each : waiting)
        if (each.message->is_owed) messages.push_back(each.message);
    for (const auto& [id, entry] : in_flight)
        if (entry.message->is_owed && !entry.message->is_acknowledged) messages.push_back(entry.message);
    return messages;
}

void MqttSession::forgive() const {
    for (Message* message : owed()) message->is_owed = false;
}

void MqttSession::end() const {
    for (const auto& [id, entry] : in_flight)
        if (entry.message->is_settled()) entry.message->is_acknowledged = true;
}

void MqttStore::lose_sessions() {
    for (const auto& [client, session] : sessions) session.forgive();
    sessions.clear();
}

void MqttStore::forget_others(const std::string& client_id) {
    const auto found = sessions.find(client_id);
    const std::vector<Message*> kept = found == sessions.end() ? std::vector<Message*>() : found->second.owed();
    for (auto& [client, session] : sessions) {
        if (client == client_id) continue;
        session.forgive();
        session = MqttSession();  // a connection may not know yet that its client is gone
    }
    for (Message* message : kept) message->is_owed = true;  // though another session had it, too
}

void MqttStore::forget_acknowledgements(Random& random) {
    for (auto& [client, session] : sessions) {
        for (auto& [id, entry] : session.finished) {
            entry.is_released = entry.is_released && random.one_in(2);
            if (random.one_in(2)) session.in_flight.try_emplace(id, entry);
        }
        session.finished.clear();
    }
}

bool MqttStore::has_work() const {
    for (const auto& [client, session] : sessions)
        if (!session.waiting.empty() || !session.in_flight.empty()) return true;
    return false;
}

}  // namespace outflow::sim
