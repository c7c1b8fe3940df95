#include "connectors/source_condition.h"

#include <gtest/gtest.h>

namespace outflow::connectors {
namespace {

constexpr std::int64_t noon = 1'764'417'600'000;  // 2025-11-29T12:00:00Z

SourceCondition well() {
    SourceCondition condition;
    condition.broker = "b:1883";
    condition.now_ms = noon;
    return condition;
}

TEST(SourceCondition, nothing_is_said_when_all_is_well) {
    EXPECT_EQ(describe(well()), "");
    SourceCondition shared = well();
    shared.is_shared = shared.is_silent = true;  // MQTT 5
    EXPECT_EQ(describe(shared), "");
    SourceCondition flowing = shared;
    flowing.is_v3 = true;
    flowing.is_silent = false;  // this broker does it
    EXPECT_EQ(describe(flowing), "");
}

TEST(SourceCondition, a_shared_subscription_of_3_1_1_that_brings_nothing_is_doubted) {
    SourceCondition condition = well();
    condition.is_v3 = condition.is_shared = condition.is_silent = condition.v3_was_asked_for = true;
    EXPECT_EQ(
        describe(condition),
        "no message has come yet: $share belongs to MQTT 5, and several brokers (RabbitMQ, Moquette, aedes) grant it "
        "in a 3.1.1 session and never send anything; subscribe without $share, or let the task speak MQTT 5");
}

TEST(SourceCondition, mqtt_5_is_not_proposed_to_a_broker_that_refused_it) {
    SourceCondition condition = well();
    condition.is_v3 = true;
    condition.sent_ahead = 20;
    EXPECT_EQ(describe(condition), "the MQTT broker sends only 20 messages ahead of their acknowledgements (Mosquitto: "
                                   "max_inflight_messages); raise it there");
    condition.v3_was_asked_for = true;
    EXPECT_TRUE(describe(condition).ends_with("raise it there, or let the task speak MQTT 5"));
    condition.v3_was_asked_for = false;
    condition.is_shared = condition.is_silent = true;
    EXPECT_TRUE(describe(condition).ends_with("subscribe without $share"));
}

TEST(SourceCondition, a_lost_session_is_shown_for_ten_minutes) {
    SourceCondition condition = well();
    condition.session_lost_ms = noon;
    EXPECT_EQ(describe(condition),
              "the MQTT broker had lost the session at 2025-11-29T12:00:00.000Z: messages published "
              "while away may be missing");
    condition.now_ms = noon + 599'000;
    EXPECT_NE(describe(condition), "");
    condition.now_ms = noon + 600'000;
    EXPECT_EQ(describe(condition), "");
}

TEST(SourceCondition, a_session_that_is_there_and_silent_is_told_once_that_is_proven) {
    SourceCondition condition = well();
    condition.owed = 7;
    EXPECT_EQ(describe(condition),
              "the MQTT broker has our session but sends nothing: 7 messages that were not acknowledged do "
              "not come again");
}

TEST(SourceCondition, trouble_comes_first) {
    SourceCondition condition = well();
    condition.last_error = "connect to b:1883: connection refused";
    condition.last_error_since_ms = noon;
    condition.session_lost_ms = noon;
    condition.paused_bytes = 7;
    condition.is_unreachable = true;
    EXPECT_EQ(describe(condition),
              "MQTT broker b:1883 unreachable since 2025-11-29T12:00:00.000Z: connect to b:1883: connection refused");
    condition.is_unreachable = false;
    condition.last_error = "The MQTT server disconnected us: the server is busy (0x89).";
    EXPECT_EQ(describe(condition),
              "not subscribed at MQTT broker b:1883 since 2025-11-29T12:00:00.000Z: The MQTT server "
              "disconnected us: the server is busy (0x89)");
    condition.last_error.clear();
    EXPECT_EQ(describe(condition), "reading stopped: 7 bytes of unsettled messages are held");
}

}  // namespace
}  // namespace outflow::connectors
