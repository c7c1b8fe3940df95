#include "connectors/broker_link.h"

#include <algorithm>
#include <utility>

namespace outflow::connectors {

namespace {
// A broker that is back is found within a second or two; refused connections cost next to nothing.
constexpr std::chrono::milliseconds renewal_check{10};
constexpr std::size_t window_least = 4;
constexpr std::size_t window_most = 1'024;
}  // namespace

BrokerLink::BrokerLink(net::EventLoop& loop, Listener& listener, std::string name, RemotingOptions options,
                       std::uint64_t seed)
    : listener_(listener),
      name_(std::move(name)),
      channel_(loop, *this, std::move(options)),
      backoff_(seed, remoting_backoff),
      retry_timer_(loop) {}

void BrokerLink::set_address(std::optional<net::Endpoint> address) {
    if (address == address_) return;
    address_ = std::move(address);
    const bool was_open = channel_.state() != RemotingChannel::State::closed;
    channel_.close();
    if (was_open) on_channel_lost("its address in the route has changed");
    was_reached_ = false;
}

void BrokerLink::want() {
    if (channel_.state() != RemotingChannel::State::closed || retry_timer_.is_running()) return;
    open();
}

void BrokerLink::open() {
    if (!address_) {
        reason_ = "the route has no master address for broker " + name_;
        return;
    }
    renewing_ = false;
    channel_.open(*address_);
}

// Not from within the response that the channel is giving.
void BrokerLink::renew() {
    renewing_ = true;
    retry_timer_.start(std::chrono::milliseconds(0), [this] { renew_when_answered(); });
}

// A heartbeat may be outstanding, too; whatever it is has a deadline.
void BrokerLink::renew_when_answered() {
    if (channel_.outstanding() > 0) {
        retry_timer_.start(renewal_check, [this] { renew_when_answered(); });
        return;
    }
    channel_.close();
    open();
}

// Halved, or one more for each window of responses.
void BrokerLink::on_answered(bool is_busy) {
    --in_flight_;
    if (!is_busy && ++answered_ < window_) return;
    answered_ = 0;
    window_ = is_busy ? std::max(window_ / 2, window_least) : std::min(window_ + 1, window_most);
}

void BrokerLink::on_stored() { backoff_.reset(); }

// The pauses stay as long as they are: a broker may answer heartbeats and close the connection at each send.
void BrokerLink::on_channel_ready() {
    was_reached_ = true;
    reason_.clear();
    listener_.on_broker_ready(*this);
}

void BrokerLink::on_channel_refused(std::string_view reason) {
    reason_ = reason;
    listener_.on_broker_refused(*this);
}

void BrokerLink::on_channel_lost(std::string_view reason) {
    reason_ = reason;
    if (!was_reached_) reason_ += "; the address is in the topic's route, as the broker registered it (its brokerIP1)";
    renewing_ = false;
    retry_timer_.start(backoff_.next(), [this] { open(); });
    listener_.on_broker_lost(*this);
}

}  // namespace outflow::connectors
