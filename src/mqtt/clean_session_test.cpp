// A session that starts anew and ends with its connection.
#include <gtest/gtest.h>

#include "mqtt/session.h"
#include "mqtt/test_server.h"

namespace outflow::mqtt {
namespace {

using namespace test;

SessionOptions clean_options(Version version) {
    SessionOptions asked = options(version);
    asked.session_expiry_seconds = 0;
    asked.clean_session = true;
    asked.receive_maximum = 100;
    return asked;
}

TEST(CleanSession, is_asked_for_in_both_versions) {
    Server v5(clean_options(Version::v5));
    v5.open();
    EXPECT_EQ(v5.client, bytes("10 1B 00 04 'MQTT' 05 02 00 3C "             // Clean Start 1
                               "0D 11 00 00 00 00 21 00 64 22 00 00 17 01 "  // expiry 0
                               "00 01 'c'"));
    Server v3(clean_options(Version::v3_1_1));
    v3.open();
    EXPECT_EQ(v3.client, bytes("10 0D 00 04 'MQTT' 04 02 00 3C 00 01 'c'"));  // Clean Session 1
}

TEST(CleanSession, is_not_missed_at_the_next_connect) {
    for (Version version : {Version::v5, Version::v3_1_1}) {
        Server server(clean_options(version));
        server.connect(false);
        server.connect(false);
        EXPECT_EQ(server.sessions_lost, 0);
        EXPECT_TRUE(server.session.is_subscribed());
    }
}

}  // namespace
}  // namespace outflow::mqtt
