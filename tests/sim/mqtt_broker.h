// The model of an MQTT broker for one kind of client, the bridge: persistent sessions, windows, resends. Its habits are
// those of real brokers, each of which somebody has seen. What it keeps over a restart stands in MqttStore.
//
//   publish --> Session: queue --window--> in flight --PUBACK--> gone          QoS 2: --PUBREC--> released --PUBCOMP-->
//   gone
//                                             '--connection lost--> sent again, as the habit is
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "mqtt_packets.h"
#include "net/acceptor.h"
#include "net/connection.h"
#include "net/timer.h"
#include "oracle.h"
#include "process.h"

namespace outflow::sim {

struct MqttHabits {
    enum class Order : std::uint8_t { kept, newest_first, any };

    bool speaks_5 = true;
    std::size_t window = 20;  // unacknowledged messages ahead, in 3.1.1; in 5 the client's Receive Maximum counts
    bool sets_dup = true;
    bool renumbers = false;         // after a reconnect
    bool begins_again = false;      // with id 1, when it renumbers
    Order resends = Order::kept;    // after a reconnect
    bool counts_lost_ones = false;  // what was in flight before the reconnect counts against the new Receive Maximum
    bool overruns = false;          // sends more than its window
    bool shares_ids = false;        // a SUBSCRIBE with the id of a PUBLISH in flight is refused with 0x91
    bool retains_queued = false;    // 3.1.1: what was queued while the client was away has RETAIN as it was published
    std::chrono::milliseconds resends_every{0};  // unacknowledged ones, on a live connection
};

// By name: mosquitto, mosquitto-2.0.11, rabbitmq, artemis, aedes, mochi, moquette, rumqttd. An unknown name: mosquitto.
MqttHabits habits_of(std::string_view broker);

struct MqttSession {
    struct Waiting {
        Message* message;
        bool was_away;          // when it was published
        bool is_again = false;  // it was in flight on the connection before, under another id
    };
    struct InFlight {
        Message* message;
        std::uint8_t qos = 1;
        bool is_released = false;  // PUBREC has come
        std::uint64_t order = 0;   // of sending
    };
    struct Before {
        std::uint16_t port;  // of the client's end
        std::uint64_t new_ends_at =
            UINT64_MAX;  // byte of the connection at which the first message that is no redelivery is whole
    };
    std::set<std::string> filters;  // empty: not subscribed
    bool takes(std::string_view topic) const;
    std::vector<Message*> owed() const;
    void forgive() const;  // that what it holds is lost
    void end() const;      // by its client: what is settled was acknowledged, though that may have been lost
    std::uint8_t qos = 0;
    std::deque<Waiting> waiting;
    std::map<std::uint16_t, InFlight> in_flight;
    std::vector<std::pair<std::uint16_t, InFlight>>
        finished;  // the last that were acknowledged: a restart may forget that
    std::uint16_t last_id = 0;
    std::map<std::uint16_t, const Message*> last_of_id;  // what was sent under it
    std::vector<Before> before;                          // its connections, the last at the end
};

struct MqttStore {
    std::map<std::string, MqttSession> sessions;
    std::uint64_t sent = 0;
    std::uint64_t connections = 0;
    bool is_never_left = false;  // nothing in the plan leaves the task without a subscription, once it had one
    bool was_subscribed = false;

    // What a restart has cost: everything, or the knowledge of the last acknowledgements.
    void lose_sessions();
    void forget_acknowledgements(Random& random);
    // A person gives up what other clients than this one have: sessions that nobody comes back to.
    void forget_others(const std::string& client_id);
    bool has_work() const;  // something waits for the bridge or for its acknowledgement
};

class MqttBroker final : public Process {
public:
    static constexpr std::uint16_t port = 1883;
    static constexpr std::uint16_t other_port = 1884;  // of the same broker, with the same sessions

    MqttBroker(World& world, Host& host, MqttHabits habits, MqttStore& store, Oracle& oracle,
               std::shared_ptr<net::TlsSource> tls);
    ~MqttBroker() override;

    void publish(Message& message);

    // --- moods
    bool refuses = false;  // CONNACK: server unavailable
    bool closes_after_suback = false;
    bool closes_rudely = false;  // takes over without a word
    // Another client with the bridge's id connects: the bridge is disconnected.
    void take_over();

private:
    struct Client;

    std::unique_ptr<net::Acceptor> listen(std::uint16_t where);
    void accepted(net::AcceptedSocket socket, std::uint16_t where);
    void take(Client& client, const Packet& packet);
    void on_connect(Client& client, const Packet& packet);
    void on_subscribe(Client& client, const Packet& packet);
    void on_unsubscribe(Client& client, const Packet& packet);
    void on_ack(Client& client, const Packet& packet);
    void release(Client& client, std::uint16_t id, Message& message);
    void resend(Client& client);
    void deliver_one(Client& client);
    void send_publish(Client& client, std::uint16_t id, MqttSession::InFlight& entry, bool dup, bool retain);
    void send(Client& client, std::string bytes);
    void resend_again();
    void drop(Client& client, bool with_reset);
    void end_turn();
    std::size_t room(const Client& client) const;
    std::uint16_t free_id(MqttSession& session) const;
    static bool has_pubrec(const Client& client, const Message& message, std::uint16_t id, std::uint8_t qos);
    bool is_known_redelivery(const Client& client, const Message& message, std::uint16_t id, bool dup) const;

    const MqttHabits habits_;
    MqttStore& store_;
    Oracle& oracle_;
    const std::shared_ptr<net::TlsSource> tls_;  // null: none
    std::unique_ptr<net::Acceptor> acceptor_;
    std::unique_ptr<net::Acceptor> other_acceptor_;
    std::map<std::uint64_t, std::unique_ptr<Client>> clients_;
    std::vector<std::uint64_t> over_;  // to be destroyed at the end of the turn
    std::unique_ptr<net::Timer> resend_timer_;
    net::TurnHook hook_;
};

}  // namespace outflow::sim
