#include "connectors/short_connections.h"

#include <gtest/gtest.h>

namespace outflow::connectors {
namespace {

using namespace std::chrono_literals;

class ShortConnectionsTest : public testing::Test {
protected:
    // A connection that the broker closes `life` after SUBACK, without a reason.
    void subscribe_for(std::chrono::milliseconds life) {
        connections.on_accepted();
        connections.on_subscribed(now);
        now += life;
        connections.on_ended(true, now);
    }
    void accept_only() {
        connections.on_accepted();
        connections.on_ended(true, now);
    }

    ShortConnections connections;
    ShortConnections::TimePoint now{1000s};
};

TEST_F(ShortConnectionsTest, only_a_connection_that_lasted_is_a_success) {
    subscribe_for(100ms);
    EXPECT_FALSE(connections.lasted());
    subscribe_for(10s);
    EXPECT_TRUE(connections.lasted());
    accept_only();
    EXPECT_FALSE(connections.lasted());
    connections.on_ended(false, now);  // refused
    EXPECT_FALSE(connections.lasted());
}

TEST_F(ShortConnectionsTest, a_second_client_is_named_after_three_in_a_row) {
    subscribe_for(100ms);
    subscribe_for(3s);
    EXPECT_EQ(connections.explain("c"), "");
    subscribe_for(9s);
    EXPECT_EQ(connections.explain("c"),
              "This was number 3 in a row within seconds of the subscription: another client with the client id c is "
              "likely. Give each client its own.");
    EXPECT_FALSE(connections.is_fight());
    subscribe_for(1s);
    subscribe_for(1s);
    EXPECT_TRUE(connections.is_fight());
}

// Both sides wait half a minute between their attempts: each connection lasts, and the fight goes on all the same.
TEST_F(ShortConnectionsTest, a_fight_is_remembered_while_it_is_slow) {
    for (int i = 0; i < 5; ++i) subscribe_for(1s);
    for (int i = 0; i < 8; ++i) {
        subscribe_for(30s);
        EXPECT_TRUE(connections.is_fight()) << i;
    }
    for (int i = 0; i < 4; ++i) subscribe_for(30s);
    EXPECT_FALSE(connections.is_fight());
    EXPECT_EQ(connections.explain("c"), "");
}

TEST_F(ShortConnectionsTest, a_broker_that_closes_after_connack_is_told_apart) {
    for (int i = 0; i < 6; ++i) accept_only();
    EXPECT_TRUE(connections.explain("c").starts_with("It has done so 6 times in a row: its log should say why."));
    EXPECT_FALSE(connections.is_fight());
    subscribe_for(1s);
    EXPECT_EQ(connections.explain("c"), "");
}

TEST_F(ShortConnectionsTest, an_unreachable_broker_or_a_reason_ends_the_row) {
    for (int i = 0; i < 5; ++i) subscribe_for(1s);
    connections.on_ended(true, now);  // could not connect: it restarts
    EXPECT_FALSE(connections.is_fight());
    for (int i = 0; i < 2; ++i) subscribe_for(1s);
    connections.on_accepted();
    connections.on_subscribed(now);
    connections.on_ended(false, now);  // DISCONNECT with a reason
    subscribe_for(1s);
    EXPECT_EQ(connections.explain("c"), "");
}

}  // namespace
}  // namespace outflow::connectors
