#include "connectors/broker_links.h"

#include <algorithm>
#include <utility>

namespace outflow::connectors {

BrokerLinks::BrokerLinks(net::EventLoop& loop, BrokerLink::Listener& listener, RemotingOptions options,
                         std::uint64_t seed)
    : loop_(loop), listener_(listener), options_(std::move(options)), seed_(seed) {}

BrokerLink& BrokerLinks::get(const std::string& name) {
    std::unique_ptr<BrokerLink>& link = links_[name];
    if (!link) link = std::make_unique<BrokerLink>(loop_, listener_, name, options_, seed_ + links_.size());
    return *link;
}

bool BrokerLinks::has_room() const {
    return std::any_of(links_.begin(), links_.end(), [](const auto& entry) { return entry.second->has_room(); });
}

std::size_t BrokerLinks::flush() {
    std::size_t unsent = 0;
    for (const auto& [name, link] : links_) {
        if (link->is_ready()) link->channel().flush();
        unsent += link->channel().unsent_bytes();
    }
    return unsent;
}

}  // namespace outflow::connectors
