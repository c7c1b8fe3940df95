// SUBSCRIBE and its response, packet ids, retained messages.
#include <gtest/gtest.h>

#include "mqtt/session.h"
#include "mqtt/test_server.h"

namespace outflow::mqtt {
namespace {

using namespace test;

TEST(Subscription, subscribes_again_on_every_connect) {
    Server server;
    server.connect(false);
    EXPECT_TRUE(server.connect(true).ends_with(bytes("82 07 FF FE 00 00 01 '#' 1A")));
}

// Each SUBSCRIBE of 3.1.1 brings all retained messages again.
TEST(Subscription, subscribes_again_in_3_1_1_only_where_the_session_may_lack_the_subscription) {
    Server server(options(Version::v3_1_1));
    EXPECT_NE(server.connect(true).find('\x82'), std::string::npos);  // an earlier process may have ended before it
    server.session.on_closed(server.now);
    server.granted.reset();
    EXPECT_EQ(server.connect(true), bytes("10 0D 00 04 'MQTT' 04 00 00 3C 00 01 'c'"));
    EXPECT_EQ(server.granted, 2);
    EXPECT_TRUE(server.session.is_subscribed());
    EXPECT_NE(server.connect(false).find('\x82'), std::string::npos);  // the session is a new one
    Server unanswered(options(Version::v3_1_1));
    unanswered.open();
    unanswered.feed(bytes("20 02 00 00"));  // and the connection breaks before SUBACK
    EXPECT_NE(unanswered.connect(true).find('\x82'), std::string::npos);
}

TEST(Subscription, retained_never_asks_for_none) {
    SessionOptions asked = options();
    asked.retained = Retained::never;
    Server server(asked);
    EXPECT_TRUE(server.connect(false).ends_with('\x2A'));  // Retain Handling 2, Retain As Published, QoS 2
}

TEST(Subscription, messages_before_suback_are_taken) {
    Server server;
    server.open();
    std::vector<Got> got = server.feed(bytes("20 03 01 00 00") + publish({1, "early"}));
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(server.acknowledge(got[0]), puback(1));
}

TEST(Subscription, subscription_responses_are_judged) {
    struct Row {
        Version version;
        unsigned asked;
        unsigned code;
        std::optional<EndAction> action;
    };
    const Row rows[] = {
        {Version::v5, 1, 1, {}},
        {Version::v5, 2, 1, EndAction::fail_task},
        {Version::v5, 1, 0, EndAction::fail_task},
        {Version::v5, 1, 0x87, EndAction::fail_task},
        {Version::v5, 1, 0x9E, EndAction::fail_task},
        {Version::v5, 1, 0x97, EndAction::reconnect},
        {Version::v3_1_1, 1, 0x80, EndAction::fail_task},
        {Version::v3_1_1, 0, 0, {}},
    };
    for (const Row& row : rows) {
        SessionOptions asked = options(row.version);
        asked.qos = static_cast<std::uint8_t>(row.asked);
        Server server(asked);
        server.open();
        server.feed(bytes(row.version == Version::v5 ? "20 03 00 00 00" : "20 02 00 00"));
        server.feed_suback(row.code);
        EXPECT_EQ(server.ended.has_value(), row.action.has_value()) << row.code;
        if (!row.action || !server.ended) continue;
        EXPECT_EQ(server.ended->action, *row.action) << row.code;
        EXPECT_EQ(server.ended->code, row.code >= 0x80 ? row.code : 0);
    }
}

// mochi keeps the ids of both directions in one table, and answers so in 3.1.1 as well.
TEST(Subscription, a_packet_id_in_use_is_answered_with_another_one_on_the_same_connection) {
    for (Version version : {Version::v5, Version::v3_1_1}) {
        Server server(options(version));
        server.open();
        server.feed(bytes(version == Version::v5 ? "20 03 01 00 00" : "20 02 01 00"));
        EXPECT_EQ(server.find_subscribe_id(), bytes("FF FF"));
        server.feed_suback(0x91);
        EXPECT_EQ(server.find_subscribe_id(), bytes("FF FE"));
        EXPECT_FALSE(server.ended) << server.ended->sentence;
        server.feed_suback(1 + 1);
        EXPECT_TRUE(server.session.is_subscribed());
    }
    Server server;
    server.open();
    server.feed(bytes("20 03 01 00 00"));
    for (int i = 0; i < 15; ++i) server.feed_suback(0x91);
    EXPECT_FALSE(server.ended);
    server.feed_suback(0x91);  // it does not end otherwise
    ASSERT_TRUE(server.ended);
    EXPECT_EQ(server.ended->action, EndAction::reconnect);
    EXPECT_NE(server.ended->sentence.find("packet identifiers that were tried are in use"), std::string::npos);
}

TEST(Subscription, shared_subscriptions_that_the_server_lacks_fail_the_task) {
    SessionOptions asked = options();
    asked.filter = "$share/g/a";
    Server server(asked);
    server.open();
    server.feed(bytes("20 05 00 00 02 2A 00"));
    EXPECT_EQ(server.ended->action, EndAction::fail_task);
}

// aedes gives what waited for us with RETAIN set and DUP not set, in a session that was there.
TEST(Subscription, with_a_session_retain_alone_drops_nothing_in_3_1_1) {
    struct Row {
        Retained retained;
        bool session_present;
        Message message;
        bool is_unwanted;
    };
    const Row rows[] = {
        {Retained::only_new, true, {1, "x", false, 1, true}, false},
        {Retained::only_new, true, {0, "x", false, 0, true}, false},
        {Retained::only_new, true, {1, "x", true, 1, true}, false},
        {Retained::only_new, false, {1, "x", false, 1, true}, false},
        {Retained::never, true, {1, "x", false, 1, true}, false},
        {Retained::never, false, {1, "x", false, 1, true}, true},  // our SUBSCRIBE brought it
        {Retained::never, false, {1, "x", true, 1, true}, false},
        {Retained::never, false, {1, "x", false, 1, false}, false},
    };
    for (const Row& row : rows) {
        SessionOptions asked = options(Version::v3_1_1);
        asked.retained = row.retained;
        Server server(asked);
        server.connect(row.session_present);
        Got got = server.feed_one(row.message);
        EXPECT_EQ(got.is_unwanted, row.is_unwanted) << row.session_present << row.message.dup;
        EXPECT_EQ(got.kind, ArrivalKind::fresh);
    }
    SessionOptions asked = options();
    asked.retained = Retained::never;
    Server server(asked);
    server.connect(false);
    EXPECT_FALSE(server.feed_one({1, "x", false, 1, true}).is_unwanted);  // MQTT 5 sends none that was not asked for
}

}  // namespace
}  // namespace outflow::mqtt
