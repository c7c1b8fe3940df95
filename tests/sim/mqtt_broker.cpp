#include "mqtt_broker.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace outflow::sim {

namespace {
constexpr std::size_t unsent_bytes_max = 64 * 1024;
constexpr std::size_t finished_max = 5;
constexpr std::size_t newer_first_max = 3;
}  // namespace

struct MqttBroker::Client final : net::Connection::Listener {
    Client(MqttBroker& its_broker, std::uint64_t its_number, net::AcceptedSocket socket, std::uint16_t where)
        : broker(its_broker),
          number(its_number),
          port(port_of(socket.peer())),
          broker_port(where),
          life(broker.world().network().client_of(port)),
          connection(broker.loop(), *this, {.tls = its_broker.tls_}) {
        connection.adopt(std::move(socket));
        connection.want_read();
    }

    static std::uint16_t port_of(const std::string& peer) {
        return static_cast<std::uint16_t>(std::stoul(peer.substr(peer.rfind(':') + 1)));
    }
    void on_connected() override {}
    void on_connect_failed(const Error&) override {}
    void on_closed(const Error&) override { broker.drop(*this, false); }
    void on_readable() override {
        std::array<char, 4096> block;
        const auto result = connection.read(block.data(), block.size());
        if (result.kind == net::Connection::ReadResult::Kind::closed) return;
        input.append(block.data(), result.size);
        std::string_view rest = input;
        while (!is_over) {
            const auto packet = take_packet(rest);
            if (!packet) break;
            broker.take(*this, *packet);
        }
        input.erase(0, input.size() - rest.size());
        connection.want_read();
    }

    struct Expected {
        std::uint16_t id;
        bool is_ordered;  // its acknowledgement comes in the order of sending
    };

    // A redelivery was on the way when its message was acknowledged: the client cannot know that, and acknowledges it,
    // too.
    bool was_redelivered(std::uint16_t id) {
        const auto found = redeliveries.find(id);
        if (found == redeliveries.end()) return false;
        redeliveries.erase(found);
        return true;
    }

    MqttBroker& broker;
    const std::uint64_t number;
    const std::uint16_t port;
    const std::uint16_t broker_port;  // where it has connected to
    int life;
    net::Connection connection;
    std::string input;
    MqttSession* session = nullptr;  // since CONNACK
    std::string client_id;
    bool is_v5 = false;
    bool is_over = false;
    bool session_present = false;
    bool is_clean = false;  // its session ends with it
    std::size_t window = 0;
    std::size_t lost_ones = 0;  // that count against it
    std::uint64_t sent_bytes = 0;
    std::deque<Expected> expected;              // acknowledgements
    std::multiset<std::uint16_t> redeliveries;  // ids of what was sent once more on this connection
};

MqttBroker::MqttBroker(World& world, Host& host, MqttHabits habits, MqttStore& store, Oracle& oracle,
                       std::shared_ptr<net::TlsSource> tls)
    : Process(world, host), habits_(habits), store_(store), oracle_(oracle), tls_(std::move(tls)) {
    const World::As as(*this);
    acceptor_ = listen(port);
    other_acceptor_ = listen(other_port);
    hook_ = loop().on_turn_end([this] { end_turn(); });
    resend_timer_ = std::make_unique<net::Timer>(loop());
    if (habits_.resends_every.count() > 0) resend_timer_->start(habits_.resends_every, [this] { resend_again(); });
}

MqttBroker::~MqttBroker() {
    if (!is_dead()) kill(false);
    const World::As as(*this);
    hook_.remove();
    clients_.clear();
    acceptor_.reset();
    other_acceptor_.reset();
    resend_timer_.reset();
}

std::unique_ptr<net::Acceptor> MqttBroker::listen(std::uint16_t where) {
    auto acceptor = std::make_unique<net::Acceptor>(
        loop(), [this, where](net::AcceptedSocket socket) { accepted(std::move(socket), where); });
    if (!acceptor->listen({host().address, where})) world().fail("simulation", "the MQTT broker cannot listen");
    acceptor->accept();
    return acceptor;
}

void MqttBroker::accepted(net::AcceptedSocket socket, std::uint16_t where) {
    const std::uint64_t number = ++store_.connections;
    clients_.emplace(number, std::make_unique<Client>(*this, number, std::move(socket), where));
    acceptor_->accept();
    other_acceptor_->accept();
}

void MqttBroker::take(Client& client, const Packet& packet) {
    if (client.session == nullptr && packet.type != PacketType::connect) {
        oracle_.misbehaves(fmt::format("packet {} came before CONNECT", static_cast<int>(packet.type)));
        return drop(client, false);
    }
    if (client.session != nullptr && client.session->before.empty()) return;  // forgotten
    switch (packet.type) {
    case PacketType::connect: return on_connect(client, packet);
    case PacketType::subscribe: return on_subscribe(client, packet);
    case PacketType::puback:
    case PacketType::pubrec:
    case PacketType::pubcomp: return on_ack(client, packet);
    case PacketType::pingreq: return send(client, pingresp());
    case PacketType::unsubscribe: return on_unsubscribe(client, packet);
    case PacketType::disconnect: return drop(client, false);
    case PacketType::connack:
    case PacketType::publish:
    case PacketType::pubrel:
    case PacketType::suback:
    case PacketType::unsuback:
    case PacketType::pingresp:
    case PacketType::auth: break;
    }
    oracle_.misbehaves(fmt::format("packet {} is nothing that this client sends", static_cast<int>(packet.type)));
}

void MqttBroker::on_connect(Client& client, const Packet& packet) {
    const auto connect = read_connect(packet.body);
    if (!connect || client.session != nullptr) return oracle_.misbehaves("CONNECT is malformed, or comes twice");
    client.is_v5 = connect->is_v5;
    client.client_id = connect->client_id;
    if (oracle_.is_visit(client.client_id, client.broker_port)) client.life = -static_cast<int>(client.number);
    if (connect->is_v5 && !habits_.speaks_5) {
        send(client, connack(false, false, 1));
        return drop(client, false);
    }
    if (refuses) {
        send(client, connack(client.is_v5, false, client.is_v5 ? 0x88 : 3));
        return drop(client, false);
    }
    for (const auto& [number, other] : clients_) {
        if (other.get() == &client || other->is_over || other->client_id != client.client_id) continue;
        if (other->is_v5 && !closes_rudely) send(*other, disconnect(0x8E));
        drop(*other, false);
    }
    if (connect->clean && store_.sessions.contains(client.client_id)) {
        store_.sessions[client.client_id].end();
        store_.sessions.erase(client.client_id);
    }
    client.is_clean = connect->clean;
    client.session_present = store_.sessions.contains(client.client_id);
    client.session = &store_.sessions[client.client_id];
    client.window = client.is_v5 ? connect->receive_maximum : habits_.window;
    client.session->before.push_back({client.port});
    world().tell("mqtt", "CONNACK{}, {} waiting, {} in flight", client.session_present ? ", session present" : "",
                 client.session->waiting.size(), client.session->in_flight.size());
    send(client, connack(client.is_v5, client.session_present, 0));
    world().on_moment("connack");
    resend(client);
}

void MqttBroker::release(Client& client, std::uint16_t id, Message& message) {
    message.is_released = true;
    send(client, ack(PacketType::pubrel, id));
}

// What was in flight on the connection before goes again.
void MqttBroker::resend(Client& client) {
    MqttSession& session = *client.session;
    std::vector<std::pair<std::uint16_t, MqttSession::InFlight*>> again;
    for (auto& [id, entry] : session.in_flight) {
        if (entry.is_released) release(client, id, *entry.message);
        else again.emplace_back(id, &entry);
    }
    std::sort(again.begin(), again.end(),
              [](const auto& a, const auto& b) { return a.second->order < b.second->order; });
    if (habits_.counts_lost_ones) client.lost_ones = again.size();
    std::vector<MqttSession::Waiting> renumbered;
    if (habits_.renumbers) {
        if (habits_.begins_again) session.last_id = 0;
        for (const auto& [id, entry] : again) renumbered.push_back({entry->message, false, true});
        for (const auto& [id, entry] : std::exchange(again, {})) session.in_flight.erase(id);
    }
    if (habits_.resends == MqttHabits::Order::any) {
        for (std::size_t i = again.size(); i > 1; --i) std::swap(again[i - 1], again[random().below(i)]);
    }
    if (habits_.resends == MqttHabits::Order::newest_first && again.size() + renumbered.size() > 0) {
        for (std::size_t i = 0; i < newer_first_max && !session.waiting.empty() && room(client) > 0; ++i)
            deliver_one(client);
    }
    session.waiting.insert(session.waiting.begin(), renumbered.begin(), renumbered.end());
    for (const auto& [id, entry] : again) send_publish(client, id, *entry, habits_.sets_dup, false);
}

void MqttBroker::on_subscribe(Client& client, const Packet& packet) {
    const auto subscribe = read_subscribe(packet.body, client.is_v5);
    if (!subscribe) return oracle_.misbehaves("SUBSCRIBE is malformed");
    if (habits_.shares_ids && client.session->in_flight.contains(subscribe->id)) {
        return send(client, suback(client.is_v5, subscribe->id, 0x91));
    }
    client.session->filters.insert(subscribe->filter);
    client.session->qos = subscribe->qos;
    store_.was_subscribed = true;
    send(client, suback(client.is_v5, subscribe->id, subscribe->qos));
    world().on_moment("suback");
    if (closes_after_suback) drop(client, false);
}

// What is queued is sent nevertheless.
void MqttBroker::on_unsubscribe(Client& client, const Packet& packet) {
    const auto unsubscribe = read_unsubscribe(packet.body, client.is_v5);
    if (!unsubscribe) return oracle_.misbehaves("UNSUBSCRIBE is malformed");
    const bool had_it = client.session->filters.erase(unsubscribe->filter) > 0;
    send(client, unsuback(client.is_v5, unsubscribe->id, had_it ? 0 : 0x11));
    world().tell("mqtt", "UNSUBACK of {}", unsubscribe->filter);
    world().on_moment("unsuback");
}

void MqttBroker::on_ack(Client& client, const Packet& packet) {
    const auto ack_packet = read_ack(packet.body, client.is_v5);
    const bool is_unknown = packet.type == PacketType::pubcomp && ack_packet && ack_packet->reason == 0x92;
    if (!ack_packet || (ack_packet->reason >= 0x80 && !is_unknown)) {
        return oracle_.misbehaves("an acknowledgement is malformed, or negative");
    }
    MqttSession& session = *client.session;
    const auto found = session.in_flight.find(ack_packet->id);
    if (found == session.in_flight.end()) {
        if (packet.type == PacketType::pubcomp) return;
        if (client.was_redelivered(ack_packet->id)) return;
        return oracle_.misbehaves(fmt::format("id {} was acknowledged, and is not in flight", ack_packet->id));
    }
    MqttSession::InFlight& entry = found->second;
    if (packet.type != PacketType::pubcomp) {
        const auto place = std::find_if(client.expected.begin(), client.expected.end(),
                                        [&](const Client::Expected& one) { return one.id == ack_packet->id; });
        if (place == client.expected.end() && client.was_redelivered(ack_packet->id)) return;
        if (place == client.expected.end()) {
            return oracle_.misbehaves(
                fmt::format("id {} was acknowledged on a connection that had not brought it", ack_packet->id));
        }
        const bool is_first =
            std::none_of(client.expected.begin(), place, [](const Client::Expected& one) { return one.is_ordered; });
        if (place->is_ordered && !is_first) {
            oracle_.misbehaves(fmt::format("id {} was acknowledged before id {}, which was sent first", ack_packet->id,
                                           client.expected.front().id));
        }
        client.expected.erase(place);
        world().tell("mqtt", "{} of message {}, id {}", packet.type == PacketType::puback ? "PUBACK" : "PUBREC",
                     entry.message->number, ack_packet->id);
        oracle_.acknowledged(*entry.message);
        world().on_moment("acknowledgement");
    }
    if (packet.type == PacketType::pubrec) {
        entry.is_released = true;
        return release(client, ack_packet->id, *entry.message);
    }
    session.finished.emplace_back(*found);
    if (session.finished.size() > finished_max) session.finished.erase(session.finished.begin());
    session.in_flight.erase(found);
}

void MqttBroker::publish(Message& message) {
    const bool is_taken = std::ranges::any_of(
        store_.sessions, [&message](const auto& session) { return session.second.takes(message.topic); });
    const bool has_one_level = std::ranges::count(message.topic, '/') == 1;  // behind "s": what every filter takes
    if (!is_taken && has_one_level && store_.is_never_left && store_.was_subscribed)
        world().fail("gap", fmt::format("no session has a subscription for message {}", message.number));
    for (auto& [client_id, session] : store_.sessions) {
        if (!session.takes(message.topic)) continue;
        const bool is_away = std::none_of(clients_.begin(), clients_.end(), [&session = session](const auto& client) {
            return client.second->session == &session && !client.second->is_over;
        });
        const bool has_qos = std::min(message.qos, session.qos) > 0;
        if (is_away && !has_qos) continue;
        message.is_owed = has_qos;
        session.waiting.push_back({&message, is_away});
    }
    wake([] {});  // a turn follows, which delivers
}

std::size_t MqttBroker::room(const Client& client) const {
    const std::size_t used = (habits_.overruns ? 0 : client.session->in_flight.size()) + client.lost_ones;
    const bool is_slow = client.connection.unsent_bytes() > unsent_bytes_max;
    return used < client.window && !is_slow ? client.window - used : 0;
}

void MqttBroker::deliver_one(Client& client) {
    MqttSession& session = *client.session;
    const MqttSession::Waiting next = session.waiting.front();
    session.waiting.pop_front();
    const bool retain = habits_.retains_queued && next.was_away && next.message->retain;
    MqttSession::InFlight entry{next.message, std::min(next.message->qos, session.qos)};
    if (entry.qos == 0) return send_publish(client, 0, entry, false, retain);
    const std::uint16_t id = free_id(session);
    const bool dup = next.is_again && habits_.sets_dup;
    send_publish(client, id, session.in_flight.emplace(id, entry).first->second, dup, retain);
}

std::uint16_t MqttBroker::free_id(MqttSession& session) const {
    do {
        if (++session.last_id == 0) ++session.last_id;
    } while (session.in_flight.contains(session.last_id));
    return session.last_id;
}

void MqttBroker::send_publish(Client& client, std::uint16_t id, MqttSession::InFlight& entry, bool dup, bool retain) {
    Message& message = *entry.message;
    const bool was_answered = has_pubrec(client, message, id, entry.qos);
    const bool is_known = (was_answered && !message.is_released) || is_known_redelivery(client, message, id, dup);
    client.session->last_of_id[id] = &message;
    entry.order = ++store_.sent;
    const bool is_awaited = std::any_of(client.expected.begin(), client.expected.end(),
                                        [id](const Client::Expected& one) { return one.id == id; });
    const bool is_ordered = !message.is_acknowledged && !was_answered;
    if (entry.qos > 0 && is_awaited) client.redeliveries.insert(id);
    else if (entry.qos > 0) client.expected.push_back({id, is_ordered});
    PublishPacket packet{message.topic, message.payload, entry.qos, id, dup, retain, {}};
    send(client, sim::publish(client.is_v5, packet));
    world().on_moment("message");
    std::uint64_t& new_ends_at = client.session->before.back().new_ends_at;
    if (!is_known) new_ends_at = std::min(new_ends_at, client.sent_bytes);
    oracle_.sent(message, {entry.order, client.port, client.sent_bytes, id, client.life, is_known});
    world().tell("mqtt", "PUBLISH of message {}, QoS {}, id {}{}{}", message.number, entry.qos, id, dup ? ", DUP" : "",
                 retain ? ", RETAIN" : "");
}

// The bridge knows an id of QoS 2 until PUBREL, or another message under it, comes, and answers at once.
bool MqttBroker::has_pubrec(const Client& client, const Message& message, std::uint16_t id, std::uint8_t qos) {
    const auto last = client.session->last_of_id.find(id);
    const bool is_taken = last != client.session->last_of_id.end() && last->second != &message;
    return qos == 2 && !is_taken &&
           std::any_of(message.sendings.begin(), message.sendings.end(), [&](const Message::Sending& sending) {
               return sending.life == client.life && sending.id == id && sending.is_acked;
           });
}

// docs/delivery.md, point 3: the bridge has read it in this life of its process, has not written the acknowledgement,
// and none of the connections since then brought it anything new.
bool MqttBroker::is_known_redelivery(const Client& client, const Message& message, std::uint16_t id, bool dup) const {
    const auto& connections = client.session->before;
    const auto read = std::find_if(
        message.sendings.rbegin(), message.sendings.rend(),
        [&](const Message::Sending& sending) { return sending.port == client.port || oracle_.was_received(sending); });
    if (id == 0 || read == message.sendings.rend()) return false;
    if (read->life != client.life || read->id != id || read->is_acked) return false;
    if (read->port == client.port) return dup;
    const auto then = std::find_if(connections.begin(), connections.end(),
                                   [&](const MqttSession::Before& one) { return one.port == read->port; });
    if (then == connections.end()) return false;  // the session has been lost since
    const bool brought_new = std::any_of(then + 1, connections.end() - 1, [&](const MqttSession::Before& one) {
        return oracle_.has_read(one.port, one.new_ends_at);
    });
    return !brought_new && (dup || connections.back().new_ends_at == UINT64_MAX);
}

void MqttBroker::send(Client& client, std::string bytes) {
    if (client.is_over) return;
    client.sent_bytes += bytes.size();
    client.connection.output() += bytes;
}

void MqttBroker::resend_again() {
    for (const auto& [number, client] : clients_) {
        if (client->session == nullptr || client->is_over) continue;
        for (auto& [id, entry] : client->session->in_flight)
            if (!entry.is_released) send_publish(*client, id, entry, habits_.sets_dup, false);
    }
    resend_timer_->start(habits_.resends_every, [this] { resend_again(); });
}

void MqttBroker::take_over() {
    for (const auto& [number, client] : clients_) {
        if (client->session == nullptr || client->is_over) continue;
        if (client->is_v5 && !closes_rudely) send(*client, disconnect(0x8E));
        drop(*client, false);
    }
}

void MqttBroker::drop(Client& client, bool with_reset) {
    if (std::exchange(client.is_over, true)) return;
    if (with_reset) client.connection.abort();
    else client.connection.close();
    if (client.is_clean && client.session != nullptr) store_.sessions.erase(client.client_id);
    over_.push_back(client.number);
}

void MqttBroker::end_turn() {
    for (const auto& [number, client] : clients_) {
        if (client->is_over) continue;
        if (client->session != nullptr) {
            while (!client->session->waiting.empty() && room(*client) > 0) deliver_one(*client);
        }
        client->connection.flush();
    }
    for (const std::uint64_t number : std::exchange(over_, {})) clients_.erase(number);
}

}  // namespace outflow::sim
