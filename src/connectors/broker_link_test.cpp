#include "connectors/broker_link.h"

#include <gtest/gtest.h>

namespace outflow::connectors {
namespace {

// Stops the loop at the first thing that a link tells.
class Stopper final : public BrokerLink::Listener {
public:
    explicit Stopper(net::EventLoop& loop) : loop_(loop) {}
    void on_broker_ready(BrokerLink&) override { loop_.stop(); }
    void on_broker_refused(BrokerLink&) override { loop_.stop(); }
    void on_broker_lost(BrokerLink&) override { loop_.stop(); }

private:
    net::EventLoop& loop_;
};

TEST(BrokerLink, an_address_that_never_answered_is_told_to_be_of_the_route) {
    net::EventLoop loop;
    Stopper stopper(loop);
    BrokerLink link(loop, stopper, "broker-a", {}, 1);
    link.set_address(net::Endpoint{"127.0.0.1", 1});  // nobody listens there
    link.want();
    loop.run();
    EXPECT_EQ(link.reason(),
              "connect to 127.0.0.1:1: connection refused; the address is in the topic's route, as the broker "
              "registered it (its brokerIP1)");
}

}  // namespace
}  // namespace outflow::connectors
