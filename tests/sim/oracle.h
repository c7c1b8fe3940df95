// What must be true, and whether it is. It sees everything: what the MQTT broker sends and what is acknowledged to it,
// what is in RocketMQ's log, what is in the dead-letter file, what the task says of itself. docs/delivery.md has the
// promises.
//
//   at every acknowledgement: the message is settled            at every look: the counters add up, memory is in its
//   budget
//   at every record stored: there was a reason for a redelivery       at the end: nothing is missing, order was kept
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "task/task_worker.h"
#include "message.h"
#include "world.h"

namespace outflow::sim {

struct Promises {
    std::size_t held_bytes_max = 0;
    // How long a task may leave unexplained that nothing moves, beside the time that it gives RocketMQ to answer.
    std::chrono::seconds silence_max{60};
    // In a minute; a process that starts may do more: README.md has the reasons.
    std::uint64_t mqtt_connects_max = 30;
    std::uint64_t rocketmq_connects_max = 70;  // to one host
    std::uint64_t log_lines_max = 80;
    // In a second, where the plan has one limit for its messages all along; 0: any number.
    std::uint64_t rate_limit = 0;
};

// What a bridge has done within a minute, in vain or not.
struct Rates {
    std::uint64_t starts = 0;  // of processes, and of workers in them
    std::uint64_t mqtt_connects = 0;
    std::uint64_t rocketmq_connects = 0;  // to the host that had most
    std::uint64_t log_lines = 0;
    std::uint64_t records_made = 0;  // within a second
};

class Oracle {
public:
    Oracle(World& world, Promises promises) : world_(world), promises_(promises) {}

    Message& add(Message message);
    Message& message(std::uint32_t number) { return messages_.at(number - 1); }
    const std::deque<Message>& messages() const { return messages_; }

    // --- from the MQTT broker
    void sent(Message& message, Message::Sending sending);
    // The bridge has written PUBACK or PUBREC; whether it leaves and arrives is another thing.
    void ack_written(std::uint16_t port, std::uint16_t id);
    // PUBACK or PUBREC has come to the broker.
    void acknowledged(Message& message);
    // What the bridge does that no client may.
    void misbehaves(std::string sentence) { world_.fail("protocol", std::move(sentence)); }

    // --- from RocketMQ's disk
    void stored(std::string_view body, std::string_view unique_key, std::string_view topic, std::uint16_t from);

    // --- from the disk of the bridge
    void letter(std::string_view topic, std::string_view payload, int by);  // by 1: it is safe; by -1: it is lost

    // --- from the bridge
    void check_counts(const task::TaskSnapshot& task);
    void check_rates(const Rates& rates);
    // Once a second. `waits`: the MQTT broker has something for it.
    void check_state(const task::TaskSnapshot& task, const std::string& condition, bool waits);

    // --- at the end
    // How many are owed, and not both settled and acknowledged.
    std::size_t unfinished() const;
    // What cannot be delivered ends the task: it and what came behind it stays at the MQTT broker.
    void stops_at_bad_ones() { stops_at_bad_ones_ = true; }
    bool is_stopped() const { return blocked_from() != 0; }
    bool has_sent_a_bad_one() const;  // where such a one ends the task
    void judge();

    // Whether a connection with this client id only looks after the session.
    std::function<bool(const std::string& client_id, std::uint16_t broker_port)> is_visit;
    // Whether the bridge has read so many bytes of its connection from that port, or that PUBLISH as a whole; the
    // network knows.
    std::function<bool(std::uint16_t port, std::uint64_t bytes)> has_read;
    bool was_received(const Message::Sending& sending) const { return has_read(sending.port, sending.ends_at); }

private:
    struct FirstStoring {
        const Message* message;
        Message::Storing storing;  // of one part
    };
    Message* find(std::string_view text);
    void check_redelivery(const Message& message);
    void check_order();
    std::uint32_t blocked_from() const;  // the number of the first that is not to be acknowledged; 0: there is none
    bool may_overtake(const FirstStoring& stored_first, const FirstStoring& stored_later) const;

    World& world_;
    const Promises promises_;
    std::deque<Message> messages_;                                                // number 1 first
    std::map<std::pair<std::uint16_t, std::uint16_t>, std::uint32_t> last_sent_;  // port and id: the message
    std::map<std::string, std::uint32_t, std::less<>> keys_;                      // UNIQ_KEY: whose
    std::uint64_t stored_ = 0;
    bool stops_at_bad_ones_ = false;
    std::uint64_t moved_ = 0;
    std::optional<TimePoint> silent_since_;
};

}  // namespace outflow::sim
