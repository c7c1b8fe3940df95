// The connection test of RocketMQ, against the embedded one.
#include "probe_rig.h"

#include <algorithm>

#include "devbroker/server.h"
#include "devbroker/test_folder.h"
#include "rocketmq/command.h"
#include "rocketmq/frame.h"

namespace outflow::connectors {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view way = "resolve ok, connect ok, ";

class RocketmqProbeTest : public ProbeRig {
protected:
    void start(std::shared_ptr<net::TlsSource> tls = nullptr) {
        devbroker::ServerOptions options;
        options.listen.port = 0;
        options.broker.folder = folder.path();
        options.tls = std::move(tls);
        server = std::make_unique<devbroker::Server>(loop, logger, options);
        const Status started = server->start();
        ASSERT_TRUE(started) << started.error().context;
        ASSERT_TRUE(server->broker().set_topic("t", 4));
        server->requests().enable();
        settings.name_servers = {{"127.0.0.1", server->port()}};
        settings.client_id = "outflow-probe-1";
        settings.group = "outflow-probe";
    }
    void test(std::string topic) {
        settings.topic = std::move(topic);
        const auto probe = probe_rocketmq(loop, settings, limits, note());
        wait_for_it();
    }
    void misbehave(std::string_view rule) {
        const auto fault = devbroker::parse_fault(rule);
        ASSERT_TRUE(fault) << rule;
        ASSERT_TRUE(server->faults().add(*fault));
    }
    const ProbeStep& step(std::string_view name) const {
        const auto found =
            std::find_if(steps.begin(), steps.end(), [name](const ProbeStep& one) { return one.name == name; });
        static const ProbeStep none;
        EXPECT_NE(found, steps.end()) << name << " is not in: " << outline();
        return found == steps.end() ? none : *found;
    }

    devbroker::TestFolder folder;
    platform::Logger logger{{.level = platform::LogLevel::error, .descriptor = -1, .clock = {}}};
    std::unique_ptr<devbroker::Server> server;
    RocketmqProbeSettings settings;
};

// --- name servers

TEST_F(RocketmqProbeTest, a_name_server_that_refuses) {
    settings.name_servers = {{"127.0.0.1", closed_port(loop)}};
    test("t");
    EXPECT_EQ(outline(), "resolve ok, connect FAIL");
    EXPECT_TRUE(last().peer.starts_with("name server 127.0.0.1:")) << last().peer;
    expect_part(last().detail, "connection refused");
}

TEST_F(RocketmqProbeTest, of_two_name_servers_each_is_tested) {
    start();
    settings.name_servers.insert(settings.name_servers.begin(), {"127.0.0.1", closed_port(loop)});
    test("");
    EXPECT_EQ(outline(),
              "resolve ok, connect FAIL, resolve ok, connect ok, route ok, resolve ok, connect ok, access ok");
}

TEST_F(RocketmqProbeTest, a_name_server_that_does_not_answer) {
    start();
    limits.step = 200ms;
    misbehave("105 silence");
    test("t");
    EXPECT_EQ(outline(), std::string(way) + "route FAIL");
    EXPECT_EQ(last().detail, "no answer within 200 ms");
}

TEST_F(RocketmqProbeTest, what_was_not_tested_when_the_time_is_over_is_said) {
    start();
    settings.name_servers.push_back({"127.0.0.1", closed_port(loop)});
    limits.total = 200ms;
    misbehave("105 silence");
    test("t");
    EXPECT_EQ(outline(), std::string(way) + "route FAIL, rest FAIL");
}

TEST_F(RocketmqProbeTest, a_peer_that_is_no_name_server) {
    start();
    devbroker::Fault fault = *devbroker::parse_fault("105");
    fault.raw = "HTTP/1.1 400 Bad Request\r\n\r\n";
    ASSERT_TRUE(server->faults().add(fault));
    test("t");
    EXPECT_EQ(outline(), std::string(way) + "route FAIL");
    expect_part(last().detail, "what RocketMQ does not send");
}

TEST_F(RocketmqProbeTest, a_peer_that_closes_may_want_tls) {
    start();
    misbehave("any close silence");
    test("t");
    EXPECT_EQ(outline(), std::string(way) + "route FAIL");
    expect_part(last().detail, "takes TLS alone");
}

TEST_F(RocketmqProbeTest, tls_to_name_server_and_broker) {
    const net::TestCertificate certificate = server_certificate(90);
    start(server_tls(certificate));
    settings.tls = client_tls(certificate.certificate());
    test("t");
    EXPECT_EQ(
        outline(),
        "resolve ok, connect ok, tls ok, route ok, resolve ok, connect ok, tls ok, access ok, write permission ok");
}

// --- topics

TEST_F(RocketmqProbeTest, a_topic_that_can_be_written_to_and_nothing_is_written) {
    start();
    test("t");
    ASSERT_EQ(outline(), std::string(way) + "route ok, " + std::string(way) + "access ok, write permission ok");
    EXPECT_EQ(step("route").detail, "topic 't': 4 queues to write on broker-a");
    expect_part(last().detail, "nothing was stored");
    EXPECT_EQ(server->broker().bytes_kept(), 0U);
}

TEST_F(RocketmqProbeTest, without_a_topic_the_masters_are_reached) {
    start();
    test("");
    ASSERT_EQ(outline(), std::string(way) + "route ok, " + std::string(way) + "access ok");
    EXPECT_EQ(step("route").detail, "masters: broker-a");
}

TEST_F(RocketmqProbeTest, a_topic_that_comes_into_being_with_the_first_record) {
    start();
    test("new");
    ASSERT_EQ(outline(), std::string(way) + "route ok, " + std::string(way) + "access ok, write permission ok");
    expect_part(step("route").remedy, "outflow rocketmq create-topic new --name-servers 127.0.0.1:");
    expect_part(last().detail, "not tested");
    EXPECT_EQ(server->broker().topics().find("new"), nullptr) << "the test must not create it";
}

TEST_F(RocketmqProbeTest, a_topic_that_nobody_creates) {
    start();
    server->broker().settings().auto_create = false;
    test("new");
    ASSERT_EQ(outline(), std::string(way) + "route FAIL, " + std::string(way) + "access ok");
    expect_part(step("route").detail, "autoCreateTopicEnable=false");
    expect_part(step("route").remedy, "outflow rocketmq create-topic new");
}

TEST_F(RocketmqProbeTest, a_topic_that_is_illegal) {
    start();
    test("a b");
    ASSERT_EQ(outline(), std::string(way) + "route FAIL");
}

TEST_F(RocketmqProbeTest, a_cluster_without_brokers) {
    start();
    server->broker().settings().is_registered = false;
    for (const char* topic : {"", "t"}) {
        calls = 0;
        test(topic);
        EXPECT_EQ(outline(), std::string(way) + "route FAIL");
        expect_part(last().detail, "no master broker is registered");
    }
}

// --- brokers

// A route of the topic to a broker at that port.
rocketmq::Route route_to(std::uint16_t port, std::uint32_t topic_permission) {
    rocketmq::Route route;
    route.brokers.push_back({"broker-b", "DefaultCluster", {{0, "127.0.0.1:" + std::to_string(port)}}});
    route.queue_groups.push_back({"broker-b", 4, 4, topic_permission});
    return route;
}

TEST_F(RocketmqProbeTest, a_topic_that_may_not_be_written) {
    start();
    server->broker().settings().route = route_to(server->port(), rocketmq::permission::read);
    test("t");
    ASSERT_EQ(outline(), std::string(way) + "route ok, " + std::string(way) + "access ok, write permission FAIL");
    expect_part(last().remedy, "perm 6");
}

TEST_F(RocketmqProbeTest, of_very_many_masters_some_are_tested) {
    start();
    rocketmq::Route route;
    for (int number = 0; number < 34; ++number)
        route.brokers.push_back({fmt::format("broker-{:02}", number),
                                 "DefaultCluster",
                                 {{0, "127.0.0.1:" + std::to_string(closed_port(loop))}}});
    server->broker().settings().route = route;
    test("t");
    EXPECT_EQ(steps.size(), 3 + 2 * 32U + 1);
    EXPECT_EQ(last().peer, "2 more");
    expect_part(last().detail, "not tested");
}

TEST_F(RocketmqProbeTest, a_route_without_a_master) {
    start();
    rocketmq::Route route = route_to(server->port(), rocketmq::permission::write);
    route.brokers[0].addresses[0].broker_id = 1;
    server->broker().settings().route = route;
    test("t");
    ASSERT_EQ(outline(), std::string(way) + "route FAIL");
    expect_part(last().detail, "master");
}

TEST_F(RocketmqProbeTest, a_broker_that_cannot_be_reached_though_the_name_server_can) {
    start();
    server->broker().settings().route = route_to(closed_port(loop), rocketmq::permission::write);
    test("t");
    ASSERT_EQ(outline(), std::string(way) + "route ok, resolve ok, connect FAIL");
    EXPECT_TRUE(last().peer.starts_with("broker-b 127.0.0.1:")) << last().peer;
    expect_part(last().remedy, "brokerIP1");
}

TEST_F(RocketmqProbeTest, keys_that_access_control_refuses) {
    start();
    settings.credentials = rocketmq::Credentials{"key", "wrong"};
    misbehave("34 code=1 remark=\"org.apache.rocketmq.acl.common.AclException: CODE: 1 DESC: signature\"");
    test("t");
    ASSERT_EQ(outline(), std::string(way) + "route ok, " + std::string(way) + "access FAIL");
    expect_part(last().detail, "AclException");
    EXPECT_EQ(last().remedy, "Check access_key and secret_key, and the account's permission to publish to the topic.");
}

TEST_F(RocketmqProbeTest, a_user_that_may_not_publish) {
    start();
    misbehave("send code=16 remark=\"User:bridge has no permission to access Topic:t\"");
    test("t");
    ASSERT_EQ(outline(), std::string(way) + "route ok, " + std::string(way) + "access ok, write permission FAIL");
    expect_part(last().detail, "no permission");
    expect_part(last().remedy, "permission to publish");
}

TEST_F(RocketmqProbeTest, a_broker_that_says_nothing_of_the_queue) {
    start();
    misbehave("send code=13");
    test("t");
    expect_part(step("write permission").detail, "could not be tested without a message");
    server->faults().clear();
    misbehave("send code=10 store=false");
    calls = 0;
    test("t");
    expect_part(step("write permission").remedy, "has stored the message of this test");
}

// RocketMQ 5 reads an empty field as null, which the signature of a client does not have.
TEST_F(RocketmqProbeTest, no_field_of_the_send_is_empty) {
    start();
    test("t");
    const auto& entries = server->requests().entries();
    const auto send = std::find_if(entries.begin(), entries.end(), [](const auto& entry) { return entry.code == 310; });
    ASSERT_NE(send, entries.end());
    EXPECT_FALSE(send->is_stored);
    const auto frame = rocketmq::decode_frame(send->frame);
    const auto command = rocketmq::decode_header(**frame);
    for (const char* field : {"a", "b", "e", "i"}) EXPECT_TRUE(command->find_ext(field)) << field;
}

TEST_F(RocketmqProbeTest, requests_are_signed) {
    start();
    settings.credentials = rocketmq::Credentials{"key", "secret"};
    test("t");
    expect_part(step("access").detail, "signed heartbeat");
    settings.credentials = rocketmq::Credentials{"key", ""};
    calls = 0;
    test("t");
    EXPECT_EQ(outline(), "access FAIL");
    expect_part(last().remedy, "secret_key");
}

TEST_F(RocketmqProbeTest, a_test_that_is_destroyed_tells_nothing) {
    start();
    misbehave("any silence");
    settings.topic = "t";
    auto probe = probe_rocketmq(loop, settings, limits, note());
    ASSERT_TRUE(net::run_until(
        loop, [this] { return server->connections() == 1; }, 30s));
    probe.reset();
    EXPECT_TRUE(net::run_until(
        loop, [this] { return server->connections() == 0; }, 30s));
    EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace outflow::connectors
