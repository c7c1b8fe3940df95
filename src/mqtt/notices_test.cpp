// What a broker tells its clients about themselves, and what they tell it.
#include <gtest/gtest.h>

#include "mqtt/test_server.h"

namespace outflow::mqtt {
namespace {

using namespace test;

SessionOptions with_notices(Version version) {
    SessionOptions asked = options(version);
    asked.has_notices = true;
    return asked;
}

TEST(Notices, a_message_below_sys_is_no_message_of_the_task_and_is_acknowledged_in_its_turn) {
    for (const Version version : {Version::v5, Version::v3_1_1}) {
        Server server(with_notices(version));
        server.connect(false);
        const Got before = server.feed_one({1, "a"});
        const Got notice = server.feed_one({2, "{}", false, 1, false, "$SYS/tokenExpireNotice"});
        EXPECT_FALSE(before.is_notice || before.is_unwanted);
        EXPECT_TRUE(notice.is_notice && notice.is_unwanted);
        EXPECT_EQ(server.acknowledge(before), puback(1));
        EXPECT_EQ(server.acknowledge(notice), puback(2));
        EXPECT_TRUE(server.feed_one({0, "{}", false, 0, false, "$SYS/tokenInvalidNotice"}).is_notice);
        const Got again = server.feed_one({3, "{}", false, 1, false, "$SYS/tokenExpireNotice"});
        EXPECT_TRUE(again.is_notice);
        EXPECT_FALSE(server.feed_one({3, "{}", true, 1, false, "$SYS/tokenExpireNotice"}).is_notice) << "a redelivery";
    }
}

TEST(Notices, elsewhere_such_a_topic_is_one_like_others) {
    Server server;
    server.connect(false);
    const Got got = server.feed_one({1, "x", false, 1, false, "$SYS/broker/load"});
    EXPECT_FALSE(got.is_notice || got.is_unwanted);
}

TEST(Notices, what_is_published_is_answered_once) {
    Server server;
    server.connect(false);
    server.actions.clear();
    server.session.publish("$SYS/u", "{}", server.now, server.actions);
    EXPECT_EQ(server.actions.send, bytes("32 0D 00 06 '$SYS/u' FF FE 00 '{}'"));
    EXPECT_TRUE(server.session.is_publishing());
    server.feed(puback(0xFFFE));
    EXPECT_EQ(server.published, 0);
    EXPECT_FALSE(server.session.is_publishing());
    server.actions.clear();
    server.session.publish("$SYS/u", "{}", server.now, server.actions);
    server.feed(bytes("40 04 FF FD 87 00"));
    EXPECT_EQ(server.published, 0x87);
    server.feed(puback(0xFFFD));
    ASSERT_TRUE(server.ended) << "nothing was published";
    EXPECT_NE(server.ended->sentence.find("PUBACK is unexpected"), std::string::npos) << server.ended->sentence;
}

TEST(Notices, another_connection_knows_nothing_of_what_was_published) {
    Server server(options(Version::v3_1_1));
    server.connect(false);
    server.actions.clear();
    server.session.publish("$SYS/u", "{}", server.now, server.actions);
    server.connect(true);
    EXPECT_FALSE(server.session.is_publishing());
}

TEST(Notices, a_new_password_is_that_of_the_next_connection) {
    SessionOptions asked = options();
    asked.username = "u";
    asked.password = "old-one";
    Server server(asked);
    EXPECT_NE(server.connect(false).find("old-one"), std::string::npos);
    server.session.on_closed(server.now);
    server.session.set_password("new-one");
    EXPECT_NE(server.connect(true).find("new-one"), std::string::npos);
}

TEST(Notices, refused_credentials_come_with_what_to_do) {
    SessionOptions asked = options();
    asked.refused_hint = "Look at the key.";
    for (const auto& [connack, has_hint] : {std::pair("20 03 00 86 00", true),
                                            {"20 03 00 87 00", true},
                                            {"20 02 00 05", true},
                                            {"20 03 00 88 00", false}}) {
        Server server(asked);
        server.open();
        server.feed(bytes(connack));
        ASSERT_TRUE(server.ended);
        EXPECT_EQ(server.ended->sentence.ends_with(" Look at the key."), has_hint) << server.ended->sentence;
    }
}

TEST(Notices, so_does_a_subscription_that_is_not_permitted) {
    SessionOptions asked = options();
    asked.refused_hint = "Look at the key.";
    for (const auto& [code, has_hint] : {std::pair(0x80U, true), {0x87U, true}, {0x8FU, false}}) {
        Server server(asked);
        server.open();
        server.feed(bytes("20 03 00 00 00"));
        server.feed_suback(code);
        ASSERT_TRUE(server.ended);
        EXPECT_EQ(server.ended->sentence.ends_with(" Look at the key."), has_hint) << server.ended->sentence;
    }
}

}  // namespace
}  // namespace outflow::mqtt
