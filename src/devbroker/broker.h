// Name server and broker as one: what each request code does. Knows no socket; time comes in.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "devbroker/request.h"
#include "devbroker/topics.h"
#include "rocketmq/route.h"

namespace outflow::devbroker {

struct BrokerOptions {
    std::string folder;                               // DATA
    std::uint64_t bytes_max = 1024ull * 1024 * 1024;  // of messages kept
    std::string address = "127.0.0.1:9876";           // what routes say: where this process listens
    std::uint16_t port = 9876;
    std::string broker_name = "broker-a";
    std::string cluster_name = "DefaultCluster";
};

// What a person or a test may change while it runs.
struct BrokerSettings {
    bool auto_create = true;    // TBW102 has a route, topics come into being by a send
    bool is_registered = true;  // false: the name server knows no broker (106 is empty, no route)
    bool is_disk_full = false;  // sends are answered 14, as RocketMQ does above its disk limit
    std::uint32_t message_bytes_max = 4 * 1024 * 1024;  // of a body; of a batch as a whole: 13 above
    std::optional<rocketmq::Route> route;               // answered for every topic instead of the real one
    std::optional<bool> quoted_keys;                    // in routes; default: by the client's version, as RocketMQ
};

// Belongs to one thread.
class Broker {
public:
    // Errors: file_error, invalid_argument, with the file's path.
    static Result<std::unique_ptr<Broker>> open(BrokerOptions options, std::chrono::milliseconds now);
    ~Broker();

    BrokerSettings& settings();

    // `notify` is kept with the client that a heartbeat registers. `reply` may be called later (long poll).
    void handle(const Request& request, const Reply& reply, const Notify& notify, std::chrono::milliseconds now);
    // The connection's clients are gone: their groups rebalance.
    void disconnected(std::uint64_t connection);

    // Once a turn, before answers leave: saves committed offsets, wakes long polls.
    void end_turn(std::chrono::milliseconds now);
    // Does what is due: long polls that end, delayed messages, clients that fell silent (120 s). When to call it next.
    std::chrono::milliseconds tick(std::chrono::milliseconds now);

    // For the control interface. Errors as TopicTable::set and remove.
    Status set_topic(std::string_view name, std::uint32_t queues);
    Status remove_topic(std::string_view name);
    const TopicTable& topics() const;
    std::uint64_t bytes_kept() const;  // of messages

private:
    struct Core;
    explicit Broker(std::unique_ptr<Core> core);
    std::unique_ptr<Core> core_;
};

}  // namespace outflow::devbroker
