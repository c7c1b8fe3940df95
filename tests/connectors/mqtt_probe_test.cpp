// The connection test of MQTT brokers, against scripted ones.
#include "probe_rig.h"

#include "connectors/mqtt_broker_rig.h"
#include "mqtt/test_bytes.h"
#include "mqtt/test_server.h"

namespace outflow::connectors {
namespace {

using namespace std::chrono_literals;
using mqtt::test::bytes;
using test::ScriptedBroker;

class MqttProbeTest : public ProbeRig {
protected:
    void test(const net::Endpoint& broker) {
        settings.broker = broker;
        settings.client_id = "outflow-probe-1";
        const auto probe = probe_mqtt(loop, settings, limits, note());
        wait_for_it();
    }
    // A broker that answers CONNECT with this, SUBSCRIBE with that code, and ends at DISCONNECT.
    static ScriptedBroker::Response answering(const std::string& connack, const std::string& suback_code) {
        return [connack, suback_code](const std::string& packet) -> std::optional<std::string> {
            if (packet[0] == '\x10') return bytes(connack);
            if (packet[0] == '\x82') return bytes("90 04") + packet.substr(2, 2) + bytes("00 " + suback_code);
            if (packet[0] == '\xA2') return bytes("B0 04") + packet.substr(2, 2) + bytes("00 00");
            if (packet[0] == '\xE0') return std::nullopt;
            return "";
        };
    }
    // First bytes of what the client has sent, a letter a packet.
    static std::string kinds(const ScriptedBroker& broker) {
        std::string kinds;
        for (const std::string& packet : broker.packets) {
            switch (static_cast<unsigned char>(packet[0]) >> 4) {
            case 1: kinds += 'C'; break;
            case 8: kinds += 'S'; break;
            case 10: kinds += 'U'; break;
            case 14: kinds += 'D'; break;
            default: kinds += '?';
            }
        }
        return kinds;
    }

    MqttProbeSettings settings;
};

// A TLS server that shakes hands and answers everything with the same bytes.
class TlsPeer final : private net::Connection::Listener {
public:
    TlsPeer(net::EventLoop& loop, const net::TestCertificate& certificate, std::string answer, bool asks = false)
        : answer_(std::move(answer)),
          connection_(loop, *this, {.tls = server_tls(certificate, asks)}),
          acceptor_(loop, [this](net::AcceptedSocket socket) {
              connection_.adopt(std::move(socket));
              connection_.want_read();
          }) {
        EXPECT_TRUE(acceptor_.listen({"127.0.0.1", 0}));
        acceptor_.accept();
    }
    net::Endpoint endpoint() const { return {"127.0.0.1", acceptor_.port()}; }

private:
    void on_connected() override {}
    void on_connect_failed(const Error&) override {}
    void on_closed(const Error&) override {}
    void on_readable() override {
        char block[4096];
        const auto result = connection_.read(block, sizeof block);
        if (result.kind == net::Connection::ReadResult::Kind::closed) return;
        if (result.kind == net::Connection::ReadResult::Kind::bytes) {
            connection_.output() += std::exchange(answer_, {});
            connection_.flush();
        }
        connection_.want_read();
    }

    std::string answer_;
    net::Connection connection_;
    net::Acceptor acceptor_;
};

// --- the way there

TEST_F(MqttProbeTest, a_host_that_nobody_knows) {
    test({"no-such-host.invalid", 1883});
    EXPECT_EQ(outline(), "resolve FAIL");
    expect_part(last().remedy, "no-such-host.invalid");
    EXPECT_EQ(last().peer, "no-such-host.invalid:1883");
}

TEST_F(MqttProbeTest, a_port_at_which_nobody_listens) {
    test({"127.0.0.1", closed_port(loop)});
    EXPECT_EQ(outline(), "resolve ok, connect FAIL");
    EXPECT_EQ(steps[0].detail, "127.0.0.1");
    expect_part(last().detail, "connection refused");
    expect_part(last().remedy, "firewall");
}

TEST_F(MqttProbeTest, a_port_that_never_answers) {
    limits.step = 200ms;
    ScriptedBroker broker(loop, [](const std::string&) { return ""; });
    test(broker.endpoint());
    EXPECT_EQ(outline(), "resolve ok, connect ok, mqtt FAIL");
    EXPECT_EQ(last().detail, "no answer within 200 ms");
    EXPECT_GE(last().time, 150ms);
}

TEST_F(MqttProbeTest, the_time_of_the_whole_test_is_limited) {
    limits.total = 200ms;
    ScriptedBroker broker(loop, [](const std::string&) { return ""; });
    test(broker.endpoint());
    EXPECT_EQ(outline(), "resolve ok, connect ok, mqtt FAIL");
    expect_part(last().detail, "200 ms of the whole test");
}

TEST_F(MqttProbeTest, a_test_that_is_destroyed_tells_nothing_and_closes_its_connection) {
    ScriptedBroker broker(loop, [](const std::string&) { return ""; });
    settings.broker = broker.endpoint();
    auto probe = probe_mqtt(loop, settings, limits, note());
    ASSERT_TRUE(net::run_until(
        loop, [&] { return broker.packets.size() == 1; }, 30s));
    probe.reset();
    EXPECT_FALSE(net::run_until(
        loop, [this] { return calls > 0; }, 100ms));
}

TEST_F(MqttProbeTest, it_may_be_destroyed_by_who_is_told) {
    ScriptedBroker broker(loop, answering("20 03 00 00 00", "01"));
    settings.broker = broker.endpoint();
    std::unique_ptr<Probe> probe = probe_mqtt(loop, settings, limits, [&](std::vector<ProbeStep> done) {
        steps = std::move(done);
        probe.reset();
    });
    ASSERT_TRUE(net::run_until(
        loop, [&] { return probe == nullptr; }, 30s));
    EXPECT_TRUE(is_ok(steps));
}

// --- TLS

TEST_F(MqttProbeTest, tls_says_version_subject_and_days) {
    const net::TestCertificate certificate = server_certificate(90);
    TlsPeer peer(loop, certificate, bytes("20 03 00 00 00"));
    settings.tls = client_tls(certificate.certificate());
    test(peer.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, tls ok, mqtt ok");
    expect_part(steps[2].detail, "TLSv1.3");
    expect_part(steps[2].detail, "CN=broker, expires in 90 days");
    EXPECT_EQ(steps[2].remedy, "");
}

TEST_F(MqttProbeTest, a_certificate_that_soon_ends_is_a_warning) {
    const net::TestCertificate certificate = server_certificate(13);
    TlsPeer peer(loop, certificate, bytes("20 03 00 00 00"));
    settings.tls = client_tls(certificate.certificate());
    test(peer.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, tls ok, mqtt ok");
    expect_part(steps[2].remedy, "expires in 13 days: have it renewed.");
}

TEST_F(MqttProbeTest, a_peer_that_is_not_proven_is_a_warning) {
    const net::TestCertificate certificate = server_certificate(90);
    TlsPeer peer(loop, certificate, bytes("20 03 00 00 00"));
    settings.tls = client_tls({});
    test(peer.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, tls ok, mqtt ok");
    expect_part(steps[2].remedy, "verify: none");
}

TEST_F(MqttProbeTest, a_certificate_that_has_expired) {
    const net::TestCertificate certificate = server_certificate(-2);
    TlsPeer peer(loop, certificate, "");
    settings.tls = client_tls(certificate.certificate());
    test(peer.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, tls FAIL");
    expect_part(last().detail, "has expired");
    EXPECT_EQ(last().remedy, "It has to be renewed, or this machine's clock is wrong.");
}

TEST_F(MqttProbeTest, a_certificate_for_another_name) {
    const net::TestCertificate certificate = server_certificate(90, "DNS:other.example");
    TlsPeer peer(loop, certificate, "");
    settings.tls = client_tls(certificate.certificate());
    test(peer.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, tls FAIL");
    expect_part(last().detail, "is for other.example, and not for 127.0.0.1");
    expect_part(last().remedy, "server_name");
}

// TLS 1.3 tells it behind the handshake.
TEST_F(MqttProbeTest, a_peer_that_wants_a_client_certificate) {
    const net::TestCertificate certificate = server_certificate(90);
    TlsPeer peer(loop, certificate, "", true);
    settings.tls = client_tls(certificate.certificate());
    test(peer.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, tls ok, mqtt FAIL");
    EXPECT_EQ(last().remedy, "It wants a client certificate, see cert_file and key_file.");
}

TEST_F(MqttProbeTest, a_plain_port_does_not_speak_tls) {
    ScriptedBroker broker(loop, [](const std::string&) { return bytes("20 02 00 01"); });
    settings.tls = client_tls({});
    limits.step = 2s;
    test(broker.endpoint());
    EXPECT_EQ(outline(), "resolve ok, connect ok, tls FAIL");
    expect_part(last().remedy, "the port for TLS");
}

TEST_F(MqttProbeTest, tls_files_that_cannot_be_used) {
    ScriptedBroker broker(loop, [](const std::string&) { return ""; });
    settings.tls = client_tls("no PEM");
    test(broker.endpoint());
    EXPECT_EQ(outline(), "resolve ok, connect ok, tls FAIL");
    expect_part(last().remedy, "tls of the instance");
}

// --- MQTT

TEST_F(MqttProbeTest, without_a_topic_it_connects_in_a_clean_session_and_leaves) {
    // Receive Maximum 20, Maximum QoS 1, Retain Available 0, Shared Subscription Available 0
    ScriptedBroker broker(loop, answering("20 0C 00 00 09 21 00 14 24 01 25 00 2A 00", "01"));
    test(broker.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, mqtt ok");
    EXPECT_EQ(last().detail,
              "MQTT 5: Receive Maximum 20, Maximum QoS 1, retained messages not available, shared subscriptions not "
              "available");
    EXPECT_EQ(kinds(broker), "CD");
    const std::string& connect = broker.packets[0];
    EXPECT_EQ(connect[9] & 2, 2) << "Clean Start is set";
    expect_part(connect, std::string("\x11\0\0\0\0", 5));  // Session Expiry Interval 0
    expect_part(connect, "outflow-probe-1");
}

TEST_F(MqttProbeTest, bad_credentials) {
    for (const auto& [code, meaning] :
         {std::pair("86", "bad user name or password (0x86)"), std::pair("87", "not authorized (0x87)")}) {
        calls = 0;
        ScriptedBroker broker(loop, answering(std::string("20 03 00 ") + code + " 00", "01"));
        test(broker.endpoint());
        ASSERT_EQ(outline(), "resolve ok, connect ok, mqtt FAIL");
        expect_part(last().detail, meaning);
        expect_part(last().remedy, "user name and password");
    }
}

TEST_F(MqttProbeTest, what_a_broker_says_is_cut) {
    const std::string reason(2'000, 'r');
    ScriptedBroker broker(loop, [&reason](const std::string&) {  // CONNACK with a Reason String
        return bytes("20 D7 0F 00 87 D3 0F 1F 07 D0") + reason;
    });
    test(broker.endpoint());
    EXPECT_EQ(outline(), "resolve ok, connect ok, mqtt FAIL");
    EXPECT_EQ(last().detail.size(), 1'003U) << last().detail;
}

TEST_F(MqttProbeTest, the_hint_of_the_instance_is_the_remedy) {
    settings.refused_hint = "Look at the group.";
    ScriptedBroker broker(loop, answering("20 03 00 87 00", "01"));
    test(broker.endpoint());
    EXPECT_EQ(last().remedy, "Look at the group.");
}

TEST_F(MqttProbeTest, what_cannot_log_in_is_said_and_not_sent) {
    settings.cannot_log_in = "there is no group";
    settings.refused_hint = "Set group_id.";
    ScriptedBroker broker(loop, answering("20 03 00 00 00", "01"));
    test(broker.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, mqtt FAIL");
    EXPECT_EQ(last().detail, "not tested: there is no group");
    EXPECT_TRUE(broker.packets.empty());
}

TEST_F(MqttProbeTest, a_broker_of_3_1_1) {
    ScriptedBroker broker(loop, [](const std::string& packet) -> std::optional<std::string> {
        if (packet[0] == '\x10') return packet[8] == 5 ? bytes("20 02 00 01") : bytes("20 02 00 00");
        if (packet[0] == '\x82') return bytes("90 03") + packet.substr(2, 2) + bytes("01");
        if (packet[0] == '\xE0') return std::nullopt;
        return "";
    });
    settings.filter = "$share/g/a/#";
    test(broker.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, mqtt ok, subscribe ok");
    expect_part(steps[2].detail, "MQTT 3.1.1: the broker does not speak MQTT 5");
    expect_part(last().remedy, "$share belongs to MQTT 5");
    EXPECT_EQ(kinds(broker), "CCSUD");
}

TEST_F(MqttProbeTest, a_peer_that_closes_without_a_response) {
    ScriptedBroker broker(loop, [](const std::string&) { return std::nullopt; });
    test(broker.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, mqtt FAIL");
    expect_part(last().detail, "closed the connection without a response to CONNECT");
    EXPECT_EQ(broker.connects, 2) << "MQTT 5, then 3.1.1";
}

TEST_F(MqttProbeTest, another_protocol) {
    ScriptedBroker broker(loop, [](const std::string&) { return "HTTP/1.1 400 Bad Request\r\n\r\n"; });
    test(broker.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, mqtt FAIL");
    expect_part(last().detail, "HTTP");
}

// --- the subscription

TEST_F(MqttProbeTest, a_subscription_is_made_and_taken_back_and_nothing_is_acknowledged) {
    auto accept = answering("20 03 00 00 00", "01");
    ScriptedBroker broker(loop, [accept](const std::string& packet) {
        auto answer = accept(packet);
        if (packet[0] == '\x82') *answer = mqtt::test::publish({1, "1", false, 1, false, "a/1"}) + *answer;
        return answer;
    });
    settings.filter = "a/#";
    test(broker.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, mqtt ok, subscribe ok");
    expect_part(last().detail, "QoS 1 granted for a/#");
    EXPECT_EQ(kinds(broker), "CSUD");
}

TEST_F(MqttProbeTest, of_a_shared_subscription_the_filter_inside_is_tested) {
    ScriptedBroker broker(loop, answering("20 03 00 00 00", "01"));
    settings.filter = "$share/g/a/#";
    test(broker.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, mqtt ok, subscribe ok");
    expect_part(last().detail, "QoS 1 granted for a/#");
    expect_part(last().detail, "without $share/g");
    EXPECT_EQ(broker.packets[1].find("$share"), std::string::npos);
}

TEST_F(MqttProbeTest, a_broker_without_shared_subscriptions) {
    ScriptedBroker broker(loop, answering("20 05 00 00 02 2A 00", "01"));
    settings.filter = "$share/g/a/#";
    test(broker.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, mqtt ok, subscribe FAIL");
    expect_part(last().remedy, "without $share");
}

TEST_F(MqttProbeTest, a_subscription_that_is_refused) {
    ScriptedBroker broker(loop, answering("20 03 00 00 00", "87"));
    settings.filter = "a/#";
    test(broker.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, mqtt ok, subscribe FAIL");
    expect_part(last().detail, "refused the subscription to a/#: not authorized (0x87)");
    expect_part(last().remedy, "ACL");
}

TEST_F(MqttProbeTest, a_qos_below_the_one_that_was_asked_for) {
    ScriptedBroker broker(loop, answering("20 03 00 00 00", "00"));
    settings.filter = "a/#";
    test(broker.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, mqtt ok, subscribe FAIL");
    expect_part(last().detail, "granted QoS 0 where 1 was asked for");
}

TEST_F(MqttProbeTest, what_connack_rules_out_is_a_fault_of_the_subscription) {
    ScriptedBroker broker(loop, answering("20 05 00 00 02 24 00", "01"));  // Maximum QoS 0
    settings.filter = "a/#";
    test(broker.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, mqtt ok, subscribe FAIL");
    expect_part(last().detail, "supports QoS 0 at most");
}

TEST_F(MqttProbeTest, a_filter_that_is_none_is_not_sent) {
    ScriptedBroker broker(loop, answering("20 03 00 00 00", "01"));
    settings.filter = "a/#/b";
    test(broker.endpoint());
    ASSERT_EQ(outline(), "resolve ok, connect ok, mqtt ok, subscribe FAIL");
    EXPECT_EQ(kinds(broker).substr(0, 1), "C");
    EXPECT_EQ(kinds(broker).find('S'), std::string::npos);
}

}  // namespace
}  // namespace outflow::connectors
