// Connecting, ending, timers. Subscribing: subscription_test.cpp. Which arrival is a redelivery: redeliveries_test.cpp.
#include "mqtt/session.h"

#include <gtest/gtest.h>

#include "mqtt/test_server.h"

namespace outflow::mqtt {
namespace {

using namespace test;

TEST(Session, connects_with_clean_start_0_and_subscribes_at_once) {
    SessionOptions asked = options();
    asked.receive_maximum = 500;
    asked.keep_alive_seconds = 60;
    asked.qos = 1;
    Server server(asked);
    std::string sent = server.connect(false);
    EXPECT_EQ(sent, bytes("10 1B 00 04 'MQTT' 05 00 00 3C "             // no flags: Clean Start 0
                          "0D 11 00 00 0E 10 21 01 F4 22 00 00 17 01 "  // expiry, receive maximum, no alias, problems
                          "00 01 'c' "
                          "82 07 FF FF 00 00 01 '#' 19"));  // QoS 1, RAP, Retain Handling 1
    EXPECT_EQ(server.granted, 2);
    EXPECT_TRUE(server.session.is_subscribed());
    EXPECT_EQ(server.session.epoch(), 1U);
    EXPECT_EQ(server.sessions_lost, 0);  // none was expected
}

TEST(Session, every_split_of_the_stream_gives_the_same) {
    const std::string stream = bytes("20 03 01 00 00") + publish({1, "one"}) + bytes("90 04 FF FF 00 02") +
                               publish({2, "two", false, 2}) + pubrel(2) + publish({0, "three", false, 0}) +
                               bytes("D0 00") + publish({4, std::string(300, 'p')});
    auto run = [&stream](std::size_t first, std::size_t step) {
        Server server;
        server.open();
        std::string summary;
        auto note = [&summary](const std::vector<Got>& arrivals) {
            for (const Got& one : arrivals) summary += one.payload + ",";
        };
        note(server.feed(std::string_view(stream).substr(0, first)));
        for (std::size_t at = first; at < stream.size(); at += step) {
            note(server.feed(std::string_view(stream).substr(at, step)));
        }
        EXPECT_TRUE(server.rest.empty());
        return summary + server.client;
    };
    std::string whole = run(stream.size(), 1);
    EXPECT_NE(whole.find("three"), std::string::npos);
    for (std::size_t split = 0; split < stream.size(); ++split) EXPECT_EQ(run(split, stream.size()), whole) << split;
    EXPECT_EQ(run(0, 1), whole);
    EXPECT_EQ(run(0, 7), whole);
}

TEST(Session, messages_in_front_of_a_malformed_packet_are_given) {
    Server server;
    server.connect(false);
    std::vector<Got> got = server.feed(publish({1, "a"}) + bytes("F0 00") + publish({2, "b"}));
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].payload, "a");
    EXPECT_TRUE(server.ended);
    EXPECT_EQ(server.rest, "");
    server.connect(true);
    Got redelivery = server.feed_one({1, "a", true});
    EXPECT_EQ(redelivery.kind, ArrivalKind::redelivered_after_reconnect);
    EXPECT_EQ(redelivery.token, got[0].token);
}

struct ConnackRow {
    Version version;
    const char* connack;
    EndAction action;
    const char* sentence;
};

TEST(Session, each_refusal_has_an_action_and_a_sentence) {
    const ConnackRow rows[] = {
        {Version::v5, "20 03 00 84 00", EndAction::fallback_to_3_1_1, "does not speak MQTT 5"},
        {Version::v5, "20 02 00 01", EndAction::fallback_to_3_1_1, "does not speak MQTT 5"},
        {Version::v5, "20 02 00 05", EndAction::fail_task, "not authorized"},
        {Version::v5, "20 03 00 86 00", EndAction::fail_task, "bad user name"},
        {Version::v5, "20 03 00 87 00", EndAction::fail_task, "not authorized (0x87)"},
        {Version::v5, "20 03 00 85 00", EndAction::fail_task, "client id"},
        {Version::v5, "20 0A 00 8A 07 1F 00 04 'gone'", EndAction::fail_task, "\"gone\""},
        {Version::v5, "20 03 00 88 00", EndAction::reconnect, "unavailable"},
        {Version::v5, "20 03 00 89 00", EndAction::reconnect, "busy"},
        {Version::v5, "20 03 00 97 00", EndAction::reconnect, "quota"},
        {Version::v5, "20 03 00 81 00", EndAction::reconnect, "malformed"},
        {Version::v5, "20 09 00 9D 06 1C 00 03 'b:1'", EndAction::wait, "names b:1"},
        {Version::v5, "20 03 00 77 00", EndAction::reconnect, "not know"},
        {Version::v5, "20 08 00 00 05 11 00 00 00 0A", EndAction::fail_task, "10 seconds, 3600"},
        {Version::v5, "20 05 00 00 02 24 01", EndAction::fail_task, "QoS 1 at most"},
        {Version::v5, "20 05 00 00 02 28 00", EndAction::fail_task, "wildcards"},
        {Version::v5, "20 02 00 00", EndAction::reconnect, "no properties"},
        {Version::v5, "D0 00", EndAction::reconnect, "before CONNACK"},
        {Version::v3_1_1, "20 02 00 01", EndAction::fail_task, "3.1.1"},
        {Version::v3_1_1, "20 02 00 02", EndAction::fail_task, "client id, or keep_alive_seconds is too long"},
        {Version::v3_1_1, "20 02 00 03", EndAction::reconnect, "unavailable"},
        {Version::v3_1_1, "20 02 00 04", EndAction::fail_task, "bad user name"},
        {Version::v3_1_1, "20 02 00 05", EndAction::fail_task, "not authorized"},
    };
    for (const ConnackRow& row : rows) {
        Server server(options(row.version));
        server.open();
        server.feed(bytes(row.connack));
        ASSERT_TRUE(server.ended) << row.connack;
        EXPECT_EQ(server.ended->action, row.action) << row.connack << server.ended->sentence;
        EXPECT_NE(server.ended->sentence.find(row.sentence), std::string::npos) << server.ended->sentence;
        EXPECT_FALSE(server.session.next_tick());
        EXPECT_EQ(server.session.on_closed(server.now).action, row.action);
    }
}

TEST(Session, each_disconnect_of_the_server_has_an_action) {
    const std::pair<const char*, EndAction> rows[] = {
        {"E0 00", EndAction::reconnect}, {"E0 01 8B", EndAction::reconnect}, {"E0 01 8D", EndAction::reconnect},
        {"E0 01 8E", EndAction::wait},   {"E0 01 87", EndAction::fail_task}, {"E0 01 82", EndAction::reconnect},
        {"E0 01 9C", EndAction::wait},   {"E0 01 84", EndAction::reconnect}, {"E0 01 93", EndAction::reconnect},
    };
    for (auto [text, action] : rows) {
        Server server;
        server.connect(false);
        server.client.clear();
        server.feed(bytes(text));
        ASSERT_TRUE(server.ended) << text;
        EXPECT_EQ(server.ended->action, action) << text;
        EXPECT_EQ(server.client, "") << text;  // the server had the last word
    }
}

TEST(Session, the_same_fault_of_ours_twice_fails_the_task) {
    Server server;
    server.connect(false);
    server.feed(bytes("E0 01 82"));
    EXPECT_EQ(server.ended->action, EndAction::reconnect);
    server.connect(true);
    server.now += 1min;
    server.feed(bytes("E0 01 82"));
    EXPECT_EQ(server.ended->action, EndAction::fail_task);
}

TEST(Session, malformed_packets_end_the_connection_and_then_wait) {
    Server server;
    server.connect(false);
    server.client.clear();
    server.feed(bytes("30 06 00 03 'a/+' 00"));
    EXPECT_EQ(server.ended->action, EndAction::reconnect);
    EXPECT_NE(server.ended->sentence.find("must not contain"), std::string::npos);
    EXPECT_EQ(server.client, bytes("E0 01 81"));
    server.connect(true);
    server.client.clear();
    server.feed(bytes("30 03 00 00 00"));
    EXPECT_EQ(server.ended->action, EndAction::wait);
    EXPECT_EQ(server.client, bytes("E0 01 82"));  // a protocol error
}

TEST(Session, what_a_server_must_not_send_ends_the_connection) {
    for (const char* text : {"10 00", "82 00", "C0 00", "40 02 00 01", "70 02 00 01", "20 03 00 00 00", "F0 00",
                             "90 04 00 09 00 01", "B0 04 00 09 00 00"}) {
        Server server;
        server.connect(false);
        server.feed(bytes(text));
        EXPECT_TRUE(server.ended) << text;
    }
    Server server(options(Version::v3_1_1));
    server.connect(false);
    server.feed(bytes("E0 00"));  // 3.1.1: clients only
    EXPECT_TRUE(server.ended);
}

TEST(Session, a_silent_close_falls_back_to_3_1_1_for_that_connection) {
    Server server;
    server.open();
    EXPECT_EQ(server.session.on_closed(server.now).action, EndAction::fallback_to_3_1_1);
    server.session.set_version(Version::v3_1_1);
    server.open();
    EXPECT_EQ(server.client, bytes("10 0D 00 04 'MQTT' 04 00 00 3C 00 01 'c'"));
    EXPECT_EQ(server.session.on_closed(server.now).action, EndAction::reconnect);
    server.session.set_version(Version::v5);
    server.open();
    server.feed(bytes("20"));
    EXPECT_EQ(server.session.on_closed(server.now).action, EndAction::reconnect);  // it did answer
}

TEST(Session, a_server_that_speaks_something_else_is_told_by_its_first_bytes) {
    const std::pair<std::string, const char*> rows[] = {
        {bytes("15 03 01 00 02 02 46"), "answers in TLS, not in MQTT"},
        {"HTTP/1.1 400 Bad Request\r\n", "answers in HTTP, as a WebSocket port does, not in MQTT"},
        {bytes("'AMQP' 00 00 09 01"), "answers in AMQP"},
        {"SSH-2.0-OpenSSH_9.2\r\n", "answers in SSH"},
        {"-ERR unknown command\r\n", "sent what the protocol forbids"},
    };
    for (const auto& [response, words] : rows) {
        for (Version version : {Version::v5, Version::v3_1_1}) {
            Server server(options(version));
            server.open();
            server.feed(response);
            ASSERT_TRUE(server.ended) << response;
            EXPECT_EQ(server.ended->action, EndAction::reconnect) << response;
            EXPECT_NE(server.ended->sentence.find(words), std::string::npos) << server.ended->sentence;
        }
    }
}

TEST(Session, a_server_that_does_not_answer_is_judged_by_its_port) {
    const std::pair<std::uint16_t, const char*> rows[] = {
        {8883, " Port 8883 is usually TLS, and this is MQTT over plain TCP; over TLS it is mqtts://."},
        {18830, " If port 18830 is for TLS, it takes mqtts://."},
        {9001, " Port 9001 is usually WebSocket, and this is MQTT over plain TCP."},
        {1883, "CONNECT."},
        {0, "CONNECT."},
    };
    for (const auto& [port, words] : rows) {
        SessionOptions asked = options(Version::v3_1_1);
        asked.server_port = port;
        Server server(asked);
        server.open();
        EXPECT_TRUE(server.session.on_closed(server.now).sentence.ends_with(words)) << port;
        server.open();
        server.now += 10s;
        server.tick();
        EXPECT_EQ(server.ended->sentence.ends_with(words), port != 1883 && port != 0) << server.ended->sentence;
    }
}

TEST(Session, a_close_without_a_reason_is_told_from_one_with_a_reason) {
    Server refused;
    refused.open();
    refused.feed(bytes("20 03 00 00 00"));
    const End early = refused.session.on_closed(refused.now);
    EXPECT_TRUE(early.unexplained);
    EXPECT_NE(early.sentence.find("closed it before it answered SUBSCRIBE"), std::string::npos) << early.sentence;
    Server server;
    server.connect(false);
    EXPECT_TRUE(server.session.on_closed(server.now).unexplained);
    server.connect(false);
    server.feed(bytes("E0 01 8B"));
    EXPECT_FALSE(server.session.on_closed(server.now).unexplained);
    server.open();
    EXPECT_FALSE(server.session.on_closed(server.now).unexplained);  // it was never accepted
}

TEST(Session, a_lost_session_is_said_when_one_was_expected) {
    Server server;
    server.connect(false);
    EXPECT_EQ(server.sessions_lost, 0);
    server.connect(true);
    EXPECT_EQ(server.sessions_lost, 0);
    server.connect(false);
    EXPECT_EQ(server.sessions_lost, 1);
}

TEST(Session, an_assigned_client_id_and_the_servers_keep_alive_are_used) {
    SessionOptions asked = options();
    asked.client_id.clear();
    Server server(asked);
    server.open();
    server.feed(bytes("20 0C 00 00 09 12 00 03 'a-1' 13 00 04"));
    EXPECT_EQ(server.connected->client_id, "a-1");
    EXPECT_EQ(server.connected->keep_alive_seconds, 4);
    server.feed_suback(2);
    server.now += 2900ms;
    EXPECT_EQ(server.tick(), "");
    server.now += 100ms;
    EXPECT_EQ(server.tick(), bytes("C0 00"));  // three quarters of 4 s
    server.session.on_closed(server.now);
    server.open();
    EXPECT_TRUE(server.client.ends_with("a-1"));
}

TEST(Session, pings_are_independent_of_what_arrives_and_of_acknowledgements) {
    Server server;
    server.connect(false);
    int pings = 0;
    for (int second = 0; second < 200; ++second) {  // a steady stream, nothing is acknowledged
        server.now += 1s;
        server.feed(publish({static_cast<unsigned>(second + 1)}));
        if (server.tick() == bytes("C0 00")) {
            ++pings;
            server.feed(bytes("D0 00"));
        }
    }
    EXPECT_EQ(pings, 4);  // every 45 s
    EXPECT_FALSE(server.ended);
}

TEST(Session, sent_bytes_put_off_the_ping) {
    Server server;
    server.connect(false);
    Got got = server.feed_one({1});
    server.now += 30s;
    server.tick();
    server.acknowledge(got);
    EXPECT_EQ(*server.session.next_tick(), server.now + 45s);
}

TEST(Session, a_missing_ping_response_ends_the_connection_unless_reading_is_paused) {
    Server server;
    server.connect(false);
    server.session.reading_paused(true, server.now);
    int pings = 0;
    for (int second = 0; second < 300; ++second) {
        server.now += 1s;
        if (!server.tick().empty()) ++pings;
    }
    EXPECT_FALSE(server.ended);
    EXPECT_EQ(pings, 6);  // the server must hear from us nevertheless
    server.session.reading_paused(false, server.now);
    server.now += 9s;
    server.tick();
    EXPECT_FALSE(server.ended);
    EXPECT_EQ(*server.session.next_tick(), server.now + 1s);
    server.now += 1s;
    server.tick();
    ASSERT_TRUE(server.ended);
    EXPECT_EQ(server.ended->action, EndAction::reconnect);
}

TEST(Session, a_server_that_sends_is_alive_though_its_ping_response_is_late) {
    Server server;
    server.connect(false);
    server.now += 45s;
    EXPECT_EQ(server.tick(), bytes("C0 00"));
    server.now += 9s;
    server.feed(publish({1}));  // the response stands behind a backlog
    server.now += 9s;
    server.tick();
    EXPECT_FALSE(server.ended);
    server.now += 1s;
    server.tick();
    EXPECT_TRUE(server.ended);
}

TEST(Session, connack_and_suback_have_deadlines) {
    Server server;
    server.open();
    EXPECT_EQ(*server.session.next_tick(), server.now + 10s);
    server.now += 10s;
    server.tick();
    EXPECT_EQ(server.ended->action, EndAction::reconnect);

    Server second;
    second.open();
    second.feed(bytes("20 03 01 00 00"));
    second.now += 9s;
    second.feed(publish({1}));  // still busy with old messages
    second.now += 9s;
    second.tick();
    EXPECT_FALSE(second.ended);
    second.now += 1s;
    second.tick();
    EXPECT_TRUE(second.ended);
}

TEST(Session, unsubscribe_and_disconnect_are_requests) {
    Server server;
    server.connect(false);
    server.actions.clear();
    server.session.unsubscribe("a/b", server.now, server.actions);
    EXPECT_EQ(server.actions.send, bytes("A2 08 FF FE 00 00 03 'a/b'"));
    server.feed(bytes("B0 04 FF FE 00 11"));
    EXPECT_EQ(server.unsubscribed, 0x11);
    server.actions.clear();
    server.session.disconnect(server.actions);
    EXPECT_EQ(server.actions.send, bytes("E0 00"));
    EXPECT_EQ(server.feed(publish({1})).size(), 0U);  // swallowed
    EXPECT_TRUE(server.rest.empty());
}

// The caller wants to know whether all has come that the server had to send.
TEST(Session, a_ping_is_answered) {
    Server server;
    server.connect(false);
    server.actions.clear();
    server.session.ping(server.now, server.actions);
    EXPECT_EQ(server.actions.send, bytes("C0 00"));
    server.feed(publish({1}));
    EXPECT_FALSE(server.actions.ping_answered);
    server.feed(bytes("D0 00"));
    EXPECT_TRUE(server.actions.ping_answered);
    server.now += 11s;
    server.tick();
    EXPECT_FALSE(server.ended);
}

TEST(Session, without_a_filter_nothing_is_subscribed) {
    SessionOptions options = test::options();
    options.filter.clear();
    Server server(options);
    server.open();
    server.feed(bytes("20 03 00 00 00"));
    EXPECT_TRUE(server.session.is_subscribed());
    EXPECT_EQ(server.find_subscribe_id(), "");
}

// In 3.1.1 a session that is known to be subscribed is not subscribed again; this one is not any more.
TEST(Session, its_own_filter_that_was_unsubscribed_is_subscribed_again) {
    SessionOptions options = test::options();
    options.version = Version::v3_1_1;
    Server server(options);
    server.connect(false);
    server.session.unsubscribe(options.filter, server.now, server.actions);
    server.session.on_closed(server.now);
    server.open();
    server.feed(bytes("20 02 01 00"));
    EXPECT_NE(server.find_subscribe_id(), "");
}

}  // namespace
}  // namespace outflow::mqtt
