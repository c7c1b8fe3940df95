// Which arrival is a redelivery (docs/delivery.md, section 3), QoS 2, epochs, oversize messages.
#include <gtest/gtest.h>

#include "mqtt/session.h"
#include "mqtt/test_server.h"

namespace outflow::mqtt {
namespace {

using namespace test;

TEST(Redeliveries, dup_with_the_same_content_on_the_same_connection_is_a_redelivery) {
    Server server;
    server.connect(false);
    Got first = server.feed_one({7, "a"});
    Got redelivery = server.feed_one({7, "a", true});
    EXPECT_EQ(redelivery.kind, ArrivalKind::redelivered_here);
    EXPECT_EQ(redelivery.token, first.token);
    EXPECT_EQ(server.acknowledge(first), puback(7));
    EXPECT_EQ(server.feed_one({7, "a", true}).kind, ArrivalKind::fresh);  // acknowledged: the id is free again
}

TEST(Redeliveries, the_same_id_without_dup_or_with_other_content_is_new) {
    Server server;
    server.connect(false);
    Got first = server.feed_one({7, "a"});
    Got second = server.feed_one({7, "a"});       // identical content, reused id
    Got third = server.feed_one({7, "b", true});  // DUP proves nothing
    EXPECT_EQ(second.kind, ArrivalKind::fresh);
    EXPECT_EQ(third.kind, ArrivalKind::fresh);
    EXPECT_EQ(server.acknowledge(first) + server.acknowledge(second) + server.acknowledge(third),
              puback(7) + puback(7) + puback(7));
    EXPECT_EQ(server.session.held(), 0U);
}

TEST(Redeliveries, an_older_acknowledgement_does_not_forget_the_newer_message_of_its_id) {
    Server server;
    server.connect(false);
    Got first = server.feed_one({7, "a"});
    Got second = server.feed_one({7, "b"});
    server.acknowledge(first);
    EXPECT_EQ(server.session.held(), 1U);
    Got redelivery = server.feed_one({7, "b", true});
    EXPECT_EQ(redelivery.kind, ArrivalKind::redelivered_here);
    EXPECT_EQ(redelivery.token, second.token);
}

TEST(Redeliveries, topic_and_payload_are_told_apart) {
    Server server;
    server.connect(false);
    server.feed_one({7, "bc", false, 1, false, "a"});
    EXPECT_EQ(server.feed_one({7, "c", true, 1, false, "ab"}).kind, ArrivalKind::fresh);
}

TEST(Redeliveries, a_redelivery_may_come_in_the_same_read) {
    Server server;
    server.connect(false);
    std::vector<Got> got = server.feed(publish({7, "a"}) + publish({7, "a", true}) + publish({8, "c"}));
    ASSERT_EQ(got.size(), 3U);
    EXPECT_EQ(got[1].kind, ArrivalKind::redelivered_here);
    EXPECT_EQ(got[1].token, got[0].token);
    EXPECT_EQ(got[2].kind, ArrivalKind::fresh);
}

// Five messages held, the first two acknowledged, then the connection breaks.
struct Held {
    explicit Held(bool same_payload = false) {
        server.connect(false);
        for (unsigned id = 1; id <= 5; ++id) {
            got.push_back(server.feed_one({id, same_payload ? "x" : std::to_string(id)}));
        }
        server.acknowledge(got[0]);
        server.acknowledge(got[1]);
    }
    Server server;
    std::vector<Got> got;
};

TEST(Redeliveries, resent_with_dup_and_the_same_ids_is_recognised_as_mosquitto_does) {
    Held held;
    held.server.connect(true);
    EXPECT_EQ(held.server.session.orphans(), 3U);
    for (unsigned id = 3; id <= 5; ++id) {
        Got redelivery = held.server.feed_one({id, std::to_string(id), true});
        EXPECT_EQ(redelivery.kind, ArrivalKind::redelivered_after_reconnect);
        EXPECT_EQ(redelivery.token, held.got[id - 1].token);
        EXPECT_EQ(held.server.acknowledge(redelivery), puback(id));
    }
    EXPECT_EQ(held.server.session.held() + held.server.session.orphans(), 0U);
    EXPECT_EQ(held.server.session.counters().redeliveries, 3U);
}

TEST(Redeliveries, resent_without_dup_is_recognised_as_aedes_does) {
    Held held;
    held.server.connect(true);
    for (unsigned id = 3; id <= 5; ++id) {
        EXPECT_EQ(held.server.feed_one({id, std::to_string(id)}).kind, ArrivalKind::redelivered_after_reconnect);
    }
    EXPECT_EQ(held.server.feed_one({6, "6"}).kind, ArrivalKind::fresh);
}

TEST(Redeliveries, without_dup_nothing_is_a_redelivery_after_something_new) {
    Held held;
    held.server.connect(true);
    EXPECT_EQ(held.server.feed_one({9, "new"}).kind, ArrivalKind::fresh);
    EXPECT_EQ(held.server.feed_one({3, "3"}).kind, ArrivalKind::fresh);
    EXPECT_EQ(held.server.feed_one({4, "4", true}).kind,
              ArrivalKind::redelivered_after_reconnect);  // with DUP at any time
}

TEST(Redeliveries, qos_0_messages_do_not_count_as_something_new) {
    Held held;
    held.server.connect(true);
    held.server.feed_one({0, "q", false, 0});
    EXPECT_EQ(held.server.feed_one({3, "3"}).kind, ArrivalKind::redelivered_after_reconnect);
}

TEST(Redeliveries, an_id_whose_acknowledgement_was_written_is_new) {
    Held held;
    held.server.connect(true);
    EXPECT_EQ(held.server.feed_one({1, "1", true}).kind, ArrivalKind::fresh);
}

TEST(Redeliveries, other_content_under_an_orphans_id_takes_the_id) {
    Held held;
    held.server.connect(true);
    Got got = held.server.feed_one({3, "other", true});
    EXPECT_EQ(got.kind, ArrivalKind::fresh);
    EXPECT_EQ(held.server.session.orphans(), 2U);
    EXPECT_EQ(held.server.feed_one({3, "3", true}).kind, ArrivalKind::fresh);
}

// RabbitMQ renumbers from 1 when some were acknowledged; with constant payloads ids and contents match by accident.
// Every message that is acknowledged must have an event of its own.
TEST(Redeliveries, renumbering_with_constant_payloads_never_loses) {
    Held held(true);
    held.server.connect(true);
    std::vector<Got> resent;
    for (unsigned id = 1; id <= 3; ++id) resent.push_back(held.server.feed_one({id, "x", true}));
    EXPECT_EQ(resent[0].kind, ArrivalKind::fresh);
    EXPECT_EQ(resent[1].kind, ArrivalKind::fresh);
    EXPECT_EQ(resent[2].kind, ArrivalKind::redelivered_after_reconnect);
    EXPECT_EQ(resent[2].token, held.got[2].token);
    // Three different events stand behind the three ids.
    EXPECT_NE(resent[0].token, resent[1].token);
    EXPECT_NE(resent[1].token, resent[2].token);
}

TEST(Redeliveries, unmatched_entries_are_kept_until_a_connection_brought_something_new) {
    Held held;
    held.server.connect(true);  // delivers nothing at all (Artemis)
    held.server.connect(true);
    EXPECT_EQ(held.server.session.orphans(), 3U);
    EXPECT_EQ(held.server.feed_one({3, "3", true}).kind, ArrivalKind::redelivered_after_reconnect);
    held.server.feed_one({9, "new"});
    held.server.connect(true);
    EXPECT_EQ(held.server.session.orphans(), 2U);  // 3 and 9; 4 and 5 did not come again
    EXPECT_EQ(held.server.session.counters().orphans_dropped, 2U);
    EXPECT_EQ(held.server.feed_one({4, "4", true}).kind, ArrivalKind::fresh);
}

TEST(Redeliveries, connections_that_never_were_one_change_nothing) {
    Held held;
    held.server.session.on_closed(held.server.now);
    held.server.open();
    held.server.connect(true);
    EXPECT_EQ(held.server.feed_one({3, "3", true}).kind, ArrivalKind::redelivered_after_reconnect);
}

TEST(Redeliveries, a_lost_session_forgets_all) {
    Held held;
    held.server.connect(false);
    EXPECT_EQ(held.server.sessions_lost, 1);
    EXPECT_EQ(held.server.session.orphans(), 0U);
    EXPECT_EQ(held.server.feed_one({3, "3", true}).kind, ArrivalKind::fresh);
}

TEST(Acknowledgements, those_of_an_earlier_epoch_are_not_sent) {
    Held held;
    held.server.connect(true);
    EXPECT_EQ(held.server.acknowledge(held.got[2]), "");
    EXPECT_EQ(held.server.session.counters().stale_acknowledgements, 1U);
    EXPECT_EQ(held.server.feed_one({3, "3", true}).kind,
              ArrivalKind::redelivered_after_reconnect);  // and forget nothing
}

TEST(Acknowledgements, none_is_sent_once_the_connection_is_over) {
    Server server;
    server.connect(false);
    Got got = server.feed_one({1});
    server.feed(bytes("E0 01 8B"));
    EXPECT_EQ(server.acknowledge(got), "");
    server.connect(true);
    EXPECT_EQ(server.feed_one({1, "x", true}).kind, ArrivalKind::redelivered_after_reconnect);
}

TEST(Acknowledgements, beyond_receive_maximum_is_counted_and_taken) {
    SessionOptions asked = options();
    asked.receive_maximum = 2;
    Server server(asked);
    server.connect(false);
    std::vector<Got> got;
    for (unsigned id = 1; id <= 4; ++id) got.push_back(server.feed_one({id}));
    EXPECT_EQ(server.session.counters().overruns, 2U);
    EXPECT_EQ(server.session.outstanding(), 4U);
    EXPECT_FALSE(server.ended);
    for (const Got& one : got) server.acknowledge(one);
    EXPECT_EQ(server.session.outstanding(), 0U);
}

TEST(Acknowledgements, redeliveries_count_against_receive_maximum) {
    Held held;
    held.server.connect(true);
    EXPECT_EQ(held.server.session.outstanding(), 0U);
    for (unsigned id = 3; id <= 5; ++id) held.server.feed_one({id, std::to_string(id), true});
    EXPECT_EQ(held.server.session.outstanding(), 3U);
}

TEST(ExactlyOnce, pubrec_holds_the_id_until_pubrel) {
    Server server;
    server.connect(false);
    Got got = server.feed_one({5, "a", false, 2});
    EXPECT_EQ(server.feed_one({5, "a", true, 2}).kind, ArrivalKind::redelivered_here);
    EXPECT_EQ(server.acknowledge(got), pubrec(5));
    EXPECT_EQ(server.session.outstanding(), 1U);  // counts to PUBCOMP
    server.client.clear();
    EXPECT_TRUE(server.feed(publish({5, "a", true, 2})).empty());
    EXPECT_EQ(server.client, pubrec(5));
    server.client.clear();
    server.feed(pubrel(5));
    EXPECT_EQ(server.client, pubcomp(5));
    EXPECT_EQ(server.session.outstanding(), 0U);
    EXPECT_EQ(server.feed_one({5, "a", false, 2}).kind, ArrivalKind::fresh);
}

TEST(ExactlyOnce, ids_answered_with_pubrec_survive_a_reconnect) {
    Server server;
    server.connect(false);
    server.acknowledge(server.feed_one({5, "a", false, 2}));
    server.connect(true);
    EXPECT_EQ(server.session.outstanding(), 0U);
    EXPECT_TRUE(server.feed(publish({5, "a", true, 2})).empty());
    EXPECT_EQ(server.session.counters().released_redeliveries, 1U);
    server.feed(pubrel(5));
    EXPECT_TRUE(server.client.ends_with(pubcomp(5)));
    server.acknowledge(server.feed_one({6, "b", false, 2}));
    server.connect(false);  // the session is gone, and with it the ids
    EXPECT_EQ(server.feed_one({6, "b", true, 2}).kind, ArrivalKind::fresh);
}

// A broker that gives ids anew after a reconnect, and had not got the PUBREC.
TEST(ExactlyOnce, another_message_under_an_id_that_awaits_pubrel_is_new) {
    Server server;
    server.connect(false);
    server.acknowledge(server.feed_one({5, "a", false, 2}));
    server.connect(true);
    Got other = server.feed_one({5, "b", true, 2});
    EXPECT_EQ(other.kind, ArrivalKind::fresh);
    EXPECT_EQ(server.acknowledge(other), pubrec(5));
    EXPECT_EQ(server.session.counters().released_redeliveries, 0U);
    server.client.clear();
    server.feed(pubrel(5));
    EXPECT_EQ(server.client, pubcomp(5));
}

TEST(ExactlyOnce, an_unknown_pubrel_is_answered) {
    Server server;
    server.connect(false);
    server.client.clear();
    server.feed(pubrel(9));
    EXPECT_EQ(server.client, bytes("70 03 00 09 92"));
    Server old(options(Version::v3_1_1));
    old.connect(false);
    old.client.clear();
    old.feed(pubrel(9));
    EXPECT_EQ(old.client, pubcomp(9));
    EXPECT_EQ(old.session.counters().unknown_releases, 1U);
}

TEST(ExactlyOnce, an_unsettled_message_is_resent_and_recognised) {
    Server server;
    server.connect(false);
    Got got = server.feed_one({5, "a", false, 2});
    server.connect(true);
    Got redelivery = server.feed_one({5, "a", true, 2});
    EXPECT_EQ(redelivery.kind, ArrivalKind::redelivered_after_reconnect);
    EXPECT_EQ(redelivery.token, got.token);
    EXPECT_EQ(server.acknowledge(redelivery), pubrec(5));
}

SessionOptions small_packets() {
    SessionOptions asked = options();
    asked.packet_bytes_max = 1000;
    return asked;
}

TEST(Oversize, is_drained_and_keeps_its_beginning_length_and_hash) {
    const std::string payload(200'000, 'z');
    const std::string stream =
        publish({1, "before"}) + publish({2, payload, false, 1, false, "big/one"}) + publish({3, "after"});
    std::uint64_t hash = 0;
    for (std::size_t step : {stream.size(), std::size_t{1}, std::size_t{7}, std::size_t{65'536}}) {
        Server server(small_packets());
        server.connect(false);
        std::vector<Got> got;
        for (std::size_t at = 0; at < stream.size(); at += step) {
            for (Got& one : server.feed(std::string_view(stream).substr(at, step))) got.push_back(one);
            ASSERT_LE(server.rest.size(), 1000U);
        }
        ASSERT_EQ(got.size(), 3U);
        ASSERT_TRUE(got[1].oversize);
        EXPECT_FALSE(got[0].oversize || got[2].oversize);
        EXPECT_EQ(got[1].topic, "big/one");
        EXPECT_EQ(got[1].payload, payload.substr(0, limits::oversize_kept_bytes));
        EXPECT_EQ(got[1].oversize->payload_bytes, payload.size());
        if (hash == 0) hash = got[1].oversize->payload_hash;
        EXPECT_EQ(got[1].oversize->payload_hash, hash) << step;
        EXPECT_EQ(server.acknowledge(got[1]), puback(2));
    }
}

TEST(Oversize, several_may_come_in_one_read) {
    Server server(small_packets());
    server.connect(false);
    const std::string first(3000, 'a');
    const std::string second(4000, 'b');
    std::vector<Got> got = server.feed(publish({1, first}) + publish({2, second}) + publish({3, "c"}));
    ASSERT_EQ(got.size(), 3U);
    EXPECT_EQ(got[0].payload, first);
    EXPECT_EQ(got[1].payload, second);
}

TEST(Oversize, may_have_the_id_of_a_message_in_the_same_read) {
    Server server(small_packets());
    server.connect(false);
    const std::string payload(3000, 'z');
    std::vector<Got> got =
        server.feed(publish({2, "a"}) + publish({2, payload}) + publish({2, payload, true}) + publish({2, "b"}));
    ASSERT_EQ(got.size(), 4U);
    EXPECT_EQ(got[1].kind, ArrivalKind::fresh);
    EXPECT_EQ(got[2].kind, ArrivalKind::redelivered_here);
    EXPECT_EQ(got[2].token, got[1].token);
    EXPECT_EQ(got[3].kind, ArrivalKind::fresh);
}

TEST(Oversize, redeliveries_are_recognised) {
    const std::string payload(5000, 'z');
    Server server(small_packets());
    server.connect(false);
    Got got = server.feed_one({2, payload});
    EXPECT_EQ(server.feed_one({2, payload, true}).kind, ArrivalKind::redelivered_here);
    server.connect(true);
    Got redelivery = server.feed_one({2, payload, true});
    EXPECT_EQ(redelivery.kind, ArrivalKind::redelivered_after_reconnect);
    EXPECT_EQ(redelivery.token, got.token);
    std::string other = payload;
    other.back() = 'y';
    EXPECT_EQ(server.feed_one({2, other, true}).kind, ArrivalKind::fresh);
}

TEST(Oversize, properties_are_kept_if_they_are_not_too_large) {
    for (bool large : {false, true}) {
        std::string properties;
        for (int i = 0; i < (large ? 10'000 : 100); ++i) properties += bytes("26 00 03 'abc' 00 01 'd'");
        std::string length = large ? bytes("90 BF 05") : bytes("84 07");  // 90,000 and 900
        Server server(small_packets());
        server.connect(false);
        std::vector<Got> got =
            server.feed(framed(0x32, bytes("00 01 't' 00 09") + length + properties + std::string(400, 'p')));
        ASSERT_EQ(got.size(), 1U);
        EXPECT_EQ(got[0].properties, large ? "" : properties);
        EXPECT_EQ(got[0].payload, std::string(400, 'p'));
    }
}

TEST(Oversize, a_malformed_one_ends_the_connection) {
    for (const char* head : {"00 01 '#' 00 09 00", "00 01 't' 00 00 00", "00 01 't' 00 09 FF FF FF 7F",
                             "00 00 00 09 00", "00 01 't' 00 09 FF FF FF FF 01"}) {
        Server server(small_packets());
        server.connect(false);
        server.feed(framed(0x32, bytes(head) + std::string(2000, 'p')));
        EXPECT_TRUE(server.ended) << head;
    }
    Server server(small_packets());
    server.connect(false);
    server.feed(framed(0x32, u16(5000) + std::string(2000, 'p')));  // ends inside its topic
    EXPECT_TRUE(server.ended);
    Server second(small_packets());
    second.connect(false);
    second.feed(framed(0x40, u16(1)).substr(0, 1) + bytes("FF FF 03"));  // another packet
    EXPECT_EQ(second.ended->code, 0x95);
}

TEST(Oversize, a_connection_lost_in_the_middle_starts_anew) {
    Server server(small_packets());
    server.connect(false);
    std::string packet = publish({2, std::string(5000, 'z')});
    EXPECT_TRUE(server.feed(std::string_view(packet).substr(0, 3000)).empty());
    server.connect(true);
    EXPECT_EQ(server.feed_one({3, "ok"}).payload, "ok");
}

}  // namespace
}  // namespace outflow::mqtt
