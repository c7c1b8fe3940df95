#include "oracle.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

namespace outflow::sim {

Message& Oracle::add(Message message) {
    message.number = static_cast<std::uint32_t>(messages_.size() + 1);
    return messages_.emplace_back(std::move(message));
}

// "...#17#..." or ".../17".
Message* Oracle::find(std::string_view text) {
    const std::size_t mark = text.find('#');
    const std::size_t at = mark != std::string_view::npos ? mark : text.rfind('/');
    if (at == std::string_view::npos) return nullptr;
    std::uint32_t number = 0;
    std::from_chars(text.data() + at + 1, text.data() + text.size(), number);
    return number >= 1 && number <= messages_.size() ? &message(number) : nullptr;
}

// Of a record that is one of several of its message.
static std::uint32_t part_of(std::string_view body) {
    constexpr std::string_view name = "\"part\":";
    std::uint32_t part = 0;
    if (const std::size_t at = body.find(name); at != std::string_view::npos) {
        std::from_chars(body.data() + at + name.size(), body.data() + body.size(), part);
    }
    return part;
}

void Oracle::sent(Message& message, Message::Sending sending) {
    last_sent_[{sending.port, sending.id}] = message.number;
    message.sendings.push_back(sending);
}

void Oracle::ack_written(std::uint16_t port, std::uint16_t id) {
    const auto found = last_sent_.find({port, id});
    if (found == last_sent_.end()) return;
    for (Message::Sending& sending : message(found->second).sendings) {
        if (sending.port != port || sending.id != id) continue;
        if (was_received(sending)) sending.is_acked = true;
        else sending.is_known_redelivery = false;  // when it arrives the message is forgotten
    }
}

void Oracle::acknowledged(Message& message) {
    message.is_acknowledged = true;
    if (message.is_settled()) return;
    world_.fail("settled", fmt::format("message {} was acknowledged, and is nowhere", message.number));
}

void Oracle::stored(std::string_view body, std::string_view unique_key, std::string_view topic, std::uint16_t from) {
    Message* message = find(body);
    if (message == nullptr) return world_.fail("content", fmt::format("a record of topic {} is of no message", topic));
    world_.tell("rocketmq", "stores message {}{}", message->number, message->storings.empty() ? "" : " again");
    const std::uint32_t part = part_of(body);
    const bool is_good_part = message->bad_part >= 0 && part != message->bad_part;
    if ((message->fate != Fate::stored && !is_good_part) || part >= message->parts) {
        world_.fail("fate", fmt::format("part {} of message {} is stored, and should not be", part, message->number));
    }
    const auto [key, is_new] = keys_.try_emplace(std::string(unique_key), message->number);
    if (key->second != message->number) {
        world_.fail("keys", fmt::format("messages {} and {} have one UNIQ_KEY", key->second, message->number));
    }
    message->storings.push_back({++stored_, part, std::string(unique_key), from, world_.network().client_of(from)});
    if (message->storings.size() > 1) check_redelivery(*message);
}

// The same record again: the response to it was lost, and with it the connection. Another record: the message was
// received again, and could not be known.
void Oracle::check_redelivery(const Message& message) {
    const Message::Storing& last = message.storings.back();
    std::set<std::string_view> records;
    for (const Message::Storing& storing : message.storings) {
        if (storing.part != last.part) continue;
        records.insert(storing.unique_key);
        if (&storing == &last || storing.unique_key != last.unique_key) continue;
        if (storing.from == last.from) {
            world_.fail("redeliveries",
                        fmt::format("message {} was sent twice on one connection to RocketMQ", message.number));
        }
    }
    const auto receipts = std::count_if(message.sendings.begin(), message.sendings.end(),
                                        [](const Message::Sending& sending) { return !sending.is_known_redelivery; });
    if (static_cast<std::ptrdiff_t>(records.size()) > receipts) {
        world_.fail("redeliveries",
                    fmt::format("message {} became {} records; the MQTT broker sent it {} times, {} of them as a "
                                "redelivery that can be recognised",
                                message.number, records.size(), message.sendings.size(),
                                static_cast<std::ptrdiff_t>(message.sendings.size()) - receipts));
    }
}

void Oracle::letter(std::string_view topic, std::string_view payload, int by) {
    Message* message = find(payload.find('#') != std::string_view::npos ? payload : topic);
    if (message == nullptr)
        return world_.fail("content", fmt::format("a dead letter of topic {} is of no message", topic));
    world_.tell("outflow", "dead letter of message {} is {}", message->number, by > 0 ? "safe" : "lost");
    message->letters += by;
    if (message->fate != Fate::letter) {
        world_.fail("fate", fmt::format("message {} is a dead letter, and should not be", message->number));
    }
    if (by < 0 && message->is_acknowledged && !message->is_settled()) {
        world_.fail("settled",
                    fmt::format("the dead letter of message {} was lost after the acknowledgement", message->number));
    }
}

void Oracle::check_counts(const task::TaskSnapshot& task) {
    const pipeline::LedgerCounts& events = task.events;
    if (events.received != events.delivered + events.filtered + events.dead_lettered + events.discarded +
                               task.returned + events.in_flight) {
        world_.fail("identity",
                    fmt::format("received {} is not delivered {} + filtered {} + dead-lettered {} + discarded {} + "
                                "returned {} + in flight {}",
                                events.received, events.delivered, events.filtered, events.dead_lettered,
                                events.discarded, task.returned, events.in_flight));
    }
    if (task.held_bytes > promises_.held_bytes_max) {
        world_.fail("memory", fmt::format("{} bytes are held", task.held_bytes));
    }
}

void Oracle::check_rates(const Rates& rates) {
    constexpr std::uint64_t lines_a_start = 5;
    const auto check = [this](std::string_view what, std::uint64_t count, std::uint64_t most) {
        if (count > most)
            world_.fail("rates", fmt::format("{} {} within a minute; {} would be many", count, what, most));
    };
    check("connections to the MQTT broker", rates.mqtt_connects, promises_.mqtt_connects_max + rates.starts);
    check("connections to one host of RocketMQ", rates.rocketmq_connects,
          promises_.rocketmq_connects_max + 2 * rates.starts);
    check("lines of log", rates.log_lines, promises_.log_lines_max + lines_a_start * rates.starts);
    const std::uint64_t burst = std::max<std::uint64_t>(promises_.rate_limit / 20, 1);
    const std::uint64_t records_max = promises_.rate_limit + burst * (1 + rates.starts);
    if (promises_.rate_limit > 0 && rates.records_made > records_max) {
        world_.fail("limit", fmt::format("{} records were made within a second; {} would be many", rates.records_made,
                                         records_max));
    }
}

void Oracle::check_state(const task::TaskSnapshot& task, const std::string& condition, bool waits) {
    const pipeline::LedgerCounts& events = task.events;
    const std::uint64_t moved =
        events.received + events.redeliveries + events.delivered + events.filtered + events.dead_lettered;
    const bool is_silent = waits && condition == "RUNNING" && moved == moved_;
    moved_ = moved;
    if (!is_silent) {
        silent_since_.reset();
    } else if (!silent_since_) {
        silent_since_ = world_.now();
    } else if (world_.now() - *silent_since_ > promises_.silence_max) {
        world_.fail("state",
                    fmt::format("messages wait and nothing has moved for {} s, and the task says RUNNING without a "
                                "reason",
                                promises_.silence_max.count()));
    }
}

// --- at the end

std::uint32_t Oracle::blocked_from() const {
    if (!stops_at_bad_ones_) return 0;
    const auto bad = std::find_if(messages_.begin(), messages_.end(), [](const Message& message) {
        return message.is_owed && message.fate == Fate::letter;
    });
    return bad == messages_.end() ? 0 : bad->number;
}

bool Oracle::has_sent_a_bad_one() const {
    return stops_at_bad_ones_ && std::ranges::any_of(messages_, [](const Message& message) {
               return message.fate == Fate::letter && !message.sendings.empty();
           });
}

std::size_t Oracle::unfinished() const {
    const std::uint32_t blocked = blocked_from();
    return static_cast<std::size_t>(
        std::count_if(messages_.begin(), messages_.end(), [blocked](const Message& message) {
            const bool is_blocked = blocked != 0 && message.number >= blocked;
            return message.is_owed && !is_blocked && (!message.is_settled() || !message.is_acknowledged);
        }));
}

void Oracle::judge() {
    const std::uint32_t blocked = blocked_from();
    for (const Message& message : messages_) {
        if (!message.is_owed || message.is_settled() || (blocked != 0 && message.number >= blocked)) continue;
        world_.fail("missing", fmt::format("message {} is missing", message.number));
    }
    check_order();
}

// By first storings, those with one key, in the order in which they came to the bridge, and in their message.
void Oracle::check_order() {
    std::map<std::string_view, std::vector<FirstStoring>> keys;
    for (const Message& message : messages_) {
        std::set<std::uint32_t> seen;
        for (const Message::Storing& storing : message.storings) {
            if (message.order_key.empty() || !seen.insert(storing.part).second) continue;
            keys[message.order_key].push_back({&message, storing});
        }
    }
    for (auto& [key, firsts] : keys) {
        std::ranges::sort(firsts, {}, [](const FirstStoring& first) { return first.storing.order; });
        for (std::size_t first = 0; first < firsts.size(); ++first) {
            for (std::size_t second = first + 1; second < firsts.size(); ++second) {
                if (may_overtake(firsts[first], firsts[second])) continue;
                world_.fail("order",
                            fmt::format("part {} of message {} was stored before part {} of message {}, which came to "
                                        "the bridge first",
                                        firsts[first].storing.part, firsts[first].message->number,
                                        firsts[second].storing.part, firsts[second].message->number));
            }
        }
    }
}

// `stored_first` came once, in the life in which it was stored, without `stored_later` in front of it.
bool Oracle::may_overtake(const FirstStoring& stored_first, const FirstStoring& stored_later) const {
    if (stored_first.message == stored_later.message) return stored_first.storing.part < stored_later.storing.part;
    const int life = stored_first.storing.life;
    const std::vector<Message::Sending>& later = stored_later.message->sendings;
    for (const Message::Sending& sending : stored_first.message->sendings) {
        if (sending.life != life || !was_received(sending)) continue;
        const bool came_behind = std::any_of(later.begin(), later.end(), [&](const Message::Sending& other) {
            return other.life == life && other.order < sending.order && was_received(other);
        });
        if (!came_behind) return true;
    }
    return false;
}

}  // namespace outflow::sim
