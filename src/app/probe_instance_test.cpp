#include "app/probe_instance.h"

#include <gtest/gtest.h>

#include "net/acceptor.h"
#include "net/run_until.h"

namespace outflow::app {
namespace {

using connectors::ProbeStep;
using std::chrono::microseconds;

std::vector<ProbeStep> two_steps() {
    return {{"resolve", "edge:1883", true, microseconds(1'230), "127.0.0.1", ""},
            {"connect", "edge:1883", false, microseconds(20'000), "connection\x1b refused", "Is it \"running\"?"}};
}

TEST(ProbeInstance, steps_as_text_stand_in_columns_with_the_remedy_below) {
    EXPECT_EQ(render_probe(two_steps()), "ok    resolve       1.2 ms  edge:1883  127.0.0.1\n"
                                         "FAIL  connect      20.0 ms  edge:1883  connection refused\n"
                                         "                                       Is it \"running\"?\n");
}

TEST(ProbeInstance, steps_as_json) {
    std::string out = "x";
    append_probe_json(out, two_steps());
    EXPECT_EQ(
        out,
        "x{\"ok\":false,\"steps\":[{\"name\":\"resolve\",\"peer\":\"edge:1883\",\"ok\":true,\"milliseconds\":1.2,"
        "\"detail\":\"127.0.0.1\"},{\"name\":\"connect\",\"peer\":\"edge:1883\",\"ok\":false,\"milliseconds\":20.0,"
        "\"detail\":\"connection\\u001b refused\",\"remedy\":\"Is it \\\"running\\\"?\"}]}");
}

class ProbeInstanceRun : public testing::Test {
protected:
    void probe(task::InstanceKind kind, const task::InstanceSecrets& secrets = {}) {
        steps.reset();
        const task::Instance instance{"edge", std::move(kind)};
        const auto made = probe_instance(loop, logger, instance, secrets, {},
                                         [this](std::vector<ProbeStep> done) { steps = std::move(done); });
        ASSERT_TRUE(net::run_until(
            loop, [this] { return steps.has_value(); }, std::chrono::seconds(30)));
    }

    net::EventLoop loop;
    platform::Logger logger{{.level = platform::LogLevel::error, .descriptor = -1, .clock = {}}};
    std::optional<std::vector<ProbeStep>> steps;
};

TEST_F(ProbeInstanceRun, instances_of_both_kinds_are_tested) {
    net::Endpoint closed{"127.0.0.1", 0};
    {
        net::Acceptor acceptor(loop, [](net::AcceptedSocket) {});
        ASSERT_TRUE(acceptor.listen(closed));
        closed.port = acceptor.port();
    }
    task::MqttInstance mqtt;
    mqtt.endpoint = closed;
    probe(mqtt);
    ASSERT_EQ(steps->size(), 2U);
    EXPECT_FALSE(steps->back().ok);
    task::RocketmqInstance rocketmq;
    rocketmq.name_servers = {closed};
    probe(rocketmq);
    ASSERT_EQ(steps->size(), 2U);
    EXPECT_EQ(steps->back().name, "connect");
}

// No credential of ApsaraMQ's fits an own client id without a group.
TEST_F(ProbeInstanceRun, what_an_instance_lacks_to_log_in_is_said) {
    net::Acceptor acceptor(loop, [](net::AcceptedSocket) {});
    ASSERT_TRUE(acceptor.listen({"127.0.0.1", 0}));
    task::MqttInstance mqtt;
    mqtt.endpoint = {"127.0.0.1", acceptor.port()};
    mqtt.auth.emplace();
    probe(mqtt);
    ASSERT_EQ(steps->back().name, "mqtt");
    EXPECT_NE(steps->back().remedy.find("group_id"), std::string::npos) << steps->back().remedy;
    mqtt.auth->group_id = "GID_g";
    mqtt.auth->mode = mqtt::ApsaraMode::device_credential;
    probe(mqtt);
    EXPECT_NE(steps->back().detail.find("one client id alone"), std::string::npos) << steps->back().detail;
}

}  // namespace
}  // namespace outflow::app
