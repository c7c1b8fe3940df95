// The ways to all brokers that a sink has heard of. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "connectors/broker_link.h"

namespace outflow::connectors {

class BrokerLinks {
public:
    // Loop and listener outlive it; `options` are those of every connection.
    BrokerLinks(net::EventLoop& loop, BrokerLink::Listener& listener, RemotingOptions options, std::uint64_t seed);

    // It comes into being when it is first asked for, without an address, and stays.
    BrokerLink& get(const std::string& name);
    // Whether some broker would take another request now.
    bool has_room() const;
    // One write a broker, whatever the number of queues. Gives how many bytes they have not taken.
    std::size_t flush();

private:
    net::EventLoop& loop_;
    BrokerLink::Listener& listener_;
    RemotingOptions options_;
    std::uint64_t seed_;
    std::map<std::string, std::unique_ptr<BrokerLink>> links_;
};

}  // namespace outflow::connectors
