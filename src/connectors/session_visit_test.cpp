#include "connectors/session_visit.h"

#include <gtest/gtest.h>

#include "connectors/mqtt_broker_rig.h"
#include "mqtt/test_bytes.h"
#include "mqtt/test_server.h"
#include "net/run_until.h"

namespace outflow::connectors {
namespace {

using namespace std::chrono_literals;
using mqtt::test::bytes;
using test::ScriptedBroker;
using Purpose = SessionVisit::Purpose;

class SessionVisitTest : public testing::Test {
protected:
    // Visits until it is done.
    void visit(const net::Endpoint& broker, Purpose purpose) {
        SessionVisitOptions options;
        options.broker = broker;
        options.session.client_id = "c";
        options.session.session_expiry_seconds = 3'600;
        options.session.filter = "a/#";
        result.reset();
        SessionVisit made(loop, options, purpose, [this](Result<bool> outcome) { result = std::move(outcome); });
        made.start();
        EXPECT_TRUE(net::run_until(
            loop, [&] { return result.has_value(); }, 20s));
    }
    // First bytes of what the client has sent, a letter a packet.
    static std::string kinds(const ScriptedBroker& broker) {
        std::string kinds;
        for (const std::string& packet : broker.packets) {
            kinds += packet[0] == '\x10' ? 'C' : packet[0] == '\x82' ? 'S' : packet[0] == '\xE0' ? 'D' : '?';
        }
        return kinds;
    }

    net::EventLoop loop;
    std::optional<Result<bool>> result;
};

TEST_F(SessionVisitTest, a_session_is_made_and_what_comes_meanwhile_stays_in_it) {
    ScriptedBroker broker(loop, test::accepting(mqtt::test::publish({1, "1", false, 1, false, "a/1"})));
    visit(broker.endpoint(), Purpose::make);
    EXPECT_TRUE(*result) << result->error().context;
    EXPECT_FALSE(**result) << "it was not there before";
    EXPECT_EQ(kinds(broker), "CSD") << "no PUBACK";
    EXPECT_EQ(broker.packets[0][9] & 2, 0) << "Clean Start is not set";
}

TEST_F(SessionVisitTest, a_session_is_ended_by_one_that_starts_anew_and_subscribes_to_nothing) {
    ScriptedBroker broker(loop, test::accepting("", true));
    visit(broker.endpoint(), Purpose::end);
    EXPECT_TRUE(*result) << result->error().context;
    EXPECT_TRUE(**result) << "it was there";
    EXPECT_EQ(kinds(broker), "CD");
    EXPECT_EQ(broker.packets[0][9] & 2, 2) << "Clean Start is set";
}

TEST_F(SessionVisitTest, a_broker_that_speaks_3_1_1_only_is_visited_in_3_1_1) {
    ScriptedBroker broker(loop, [](const std::string& packet) -> std::optional<std::string> {
        if (packet[0] == '\xE0') return std::nullopt;
        if (packet[0] == '\x82') return bytes("90 03") + packet.substr(2, 2) + bytes("01");
        return packet[8] == 5 ? bytes("20 02 00 01") : bytes("20 02 00 00");
    });
    visit(broker.endpoint(), Purpose::make);
    EXPECT_TRUE(*result) << result->error().context;
    EXPECT_EQ(kinds(broker), "CCSD");
}

TEST_F(SessionVisitTest, a_connection_that_breaks_is_made_again) {
    int tries = 0;
    ScriptedBroker broker(loop, [&tries, accept = test::accepting("")](const std::string& packet) {
        return packet[0] == '\x10' && ++tries < 2 ? std::optional(bytes("20")) : accept(packet);
    });
    net::Timer closing(loop);
    closing.start(100ms, [&broker] { broker.close(); });
    visit(broker.endpoint(), Purpose::make);
    EXPECT_TRUE(*result) << result->error().context;
    EXPECT_EQ(broker.connects, 2);
}

TEST_F(SessionVisitTest, what_no_second_try_would_mend_is_reported_at_once) {
    ScriptedBroker broker(loop,
                          [](const std::string&) { return bytes("20 03 00 86 00"); });  // bad user name or password
    visit(broker.endpoint(), Purpose::end);
    ASSERT_FALSE(*result);
    EXPECT_EQ(result->error().code, ErrorCode::mqtt_refused);
    EXPECT_NE(result->error().context.find("password"), std::string::npos) << result->error().context;
    EXPECT_EQ(broker.connects, 1);
}

}  // namespace
}  // namespace outflow::connectors
