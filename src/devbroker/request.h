// One request on its way through the embedded broker: sockets -> faults -> broker -> answer -> faults -> sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "rocketmq/command.h"
#include "rocketmq/responses.h"

namespace outflow::devbroker {

// Where answers go. Copies may outlive the request and the connection (a long poll); then they do nothing.
// Every request that is not one-way is answered exactly once.
using Reply = std::function<void(rocketmq::Response)>;
// Sends a request of the server's own (NOTIFY_CONSUMER_IDS_CHANGED) on the connection, one-way.
using Notify = std::function<void(std::int32_t code, rocketmq::Response request)>;

// Views, valid within the call.
struct Request {
    const rocketmq::Command& command;
    std::string_view body;
    std::uint64_t connection = 0;  // counts from 1
    std::string_view peer;         // "127.0.0.1:53412"
    std::string_view peer_host;    // 4 bytes of address, 4 of port: born_host of what it stores
};

}  // namespace outflow::devbroker
