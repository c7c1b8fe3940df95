// The source against a scripted broker on its own loop; the pipeline's sink takes everything and stores nothing.
#include "connectors/mqtt_source.h"

#include <cstdio>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "connectors/mqtt_broker_rig.h"
#include "mqtt/test_server.h"
#include "net/run_until.h"
#include "transform/workload.h"

namespace outflow::connectors {
namespace {

using namespace std::chrono_literals;
using mqtt::test::bytes;
using test::ScriptedBroker;

class IdleSink final : public pipeline::Sink {
public:
    void start(pipeline::SinkListener&) override {}
    void set_destination(std::string_view) override {}
    bool is_up() const override { return true; }
    std::size_t room() const override { return 1'000'000; }
    void turn() override {}
    std::size_t pending() const override { return 0; }
    pipeline::SinkCounts counts() const override { return {}; }
    void stop(std::function<void()> on_stopped) override { on_stopped(); }
    void push(event::Batch&, std::span<const pipeline::SinkRecord>) override {}
    std::size_t held_bytes() const override { return 0; }
    std::string condition() const override { return {}; }
};

class MqttSourceTest : public testing::Test {
protected:
    void SetUp() override {
        std::vector<transform::Diagnostic> diagnostics;
        program_ = transform::Program::compile(transform::workload::pass_through(), diagnostics);
        pipeline_.emplace(memory_, program_, sink_, nullptr, pipeline::PipelineOptions{},
                          [](pipeline::Stop, std::string_view) {});
    }
    void start(const net::Endpoint& broker) {
        MqttSourceOptions options;
        options.task = "t";
        options.broker = broker;
        options.seed = 11;
        options.session.client_id = "c";
        options.session.session_expiry_seconds = 3600;
        options.session.filter = "#";
        options.session.has_notices = !tokens.empty();
        if (!tokens.empty()) options.session.username = "u";
        options.tokens = tokens;
        source.emplace(loop, log_, options, chunks_, *pipeline_, [](std::string) {});
        source->start();
    }
    std::uint64_t received() const { return pipeline_->counts().received; }
    std::uint64_t filtered() const { return pipeline_->counts().filtered; }
    bool until(const std::function<bool()>& is_done) { return net::run_until(loop, is_done, 20s); }

private:
    platform::Logger log_{{.level = platform::LogLevel::error, .descriptor = -1, .repeat_interval = {}, .clock = {}}};
    event::MemoryBudget memory_{1024 * 1024};
    event::ChunkPool chunks_{memory_};
    std::shared_ptr<const transform::Program> program_;
    IdleSink sink_;
    std::optional<pipeline::Pipeline> pipeline_;

protected:
    net::EventLoop loop;
    std::vector<TokenSource> tokens;  // of the next start()
    std::optional<MqttSource> source;
};

// A broker that closes right after SUBACK, as Mosquitto does when another client has the client id.
TEST_F(MqttSourceTest, connects_ever_more_slowly_while_no_connection_lasts_and_names_a_second_client) {
    ScriptedBroker* self = nullptr;
    ScriptedBroker broker(loop, [&self](const std::string& packet) -> std::optional<std::string> {
        if (packet[0] == '\x10') return bytes("20 03 00 00 00");
        if (packet[0] == '\x82') self->send(bytes("90 04") + packet.substr(2, 2) + bytes("00 01"));
        return std::nullopt;
    });
    self = &broker;
    start(broker.endpoint());
    const auto begin = net::EventLoop::Clock::now();
    ASSERT_TRUE(until([&] { return source->next_try() && *source->next_try() - loop.now() > 25s; })) << "it gives way";
    EXPECT_EQ(broker.connects, 5);
    EXPECT_GT(net::EventLoop::Clock::now() - begin, 600ms);
    EXPECT_NE(source->condition().find("another client with the client id c is likely"), std::string::npos)
        << source->condition();
}

TEST_F(MqttSourceTest, the_next_try_is_known_and_at_most_five_seconds_away) {
    start({"127.0.0.1", 1});  // nobody listens there
    std::optional<net::EventLoop::Clock::time_point> last;
    for (int tries = 0; tries < 4; ++tries) {
        ASSERT_TRUE(until([&] { return source->next_try() && source->next_try() != last; }));
        last = source->next_try();
        EXPECT_LE(*last - loop.now(), 5s);
    }
    EXPECT_TRUE(source->condition().starts_with("MQTT broker 127.0.0.1:1 unreachable since ")) << source->condition();
}

// Each in a read of its own, all in one receive buffer.
TEST_F(MqttSourceTest, small_messages_that_nobody_stores_stop_reading_at_the_budget) {
    ScriptedBroker broker(loop, test::accepting(""));
    start(broker.endpoint());
    ASSERT_TRUE(until([&] { return source->is_up(); }));
    unsigned sent = 0;
    const auto is_stopped = [&] { return source->condition().starts_with("reading stopped: "); };
    while (sent < 3'000 && !is_stopped()) {
        broker.send(mqtt::test::publish({++sent, "1", false, 1, false, "a/1"}));
        ASSERT_TRUE(until([&] { return received() == sent; }));
    }
    EXPECT_TRUE(is_stopped()) << source->condition();
    EXPECT_GE(sent, 750U);
    EXPECT_LE(sent, 2'500U);
    broker.send(mqtt::test::publish({sent + 1, "1", false, 1, false, "a/1"}));
    EXPECT_FALSE(net::run_until(
        loop, [&] { return received() > sent; }, 100ms));
}

TEST_F(MqttSourceTest, a_notice_is_filtered_and_has_the_tokens_read_at_once) {
    const std::string file = testing::TempDir() + "outflow-source-token";
    std::ofstream(file) << "token-1";
    tokens = {{"R", {platform::SecretSource::Kind::file, file}}};
    const auto notice = [](unsigned id, unsigned qos) {
        return mqtt::test::publish({id, "{}", false, qos, false, "$SYS/tokenExpireNotice"});
    };
    ScriptedBroker broker(loop, [&, accept = test::accepting(notice(1, 1))](const std::string& packet) {
        if (packet[0] == '\x32') return std::optional(bytes("40 02") + packet.substr(20, 2));  // behind the topic
        return accept(packet);
    });
    start(broker.endpoint());
    ASSERT_TRUE(until([&] { return received() == 1; }));
    EXPECT_EQ(filtered(), 1U);
    EXPECT_NE(broker.packets.at(0).find("R|token-1"), std::string::npos);
    EXPECT_EQ(broker.packets.size(), 2U) << "there is nothing to show";
    std::ofstream(file) << "token-22";
    broker.send(notice(0, 0) + mqtt::test::publish({2, "1", false, 1, false, "a/1"}));
    ASSERT_TRUE(until([&] { return broker.packets.size() > 2; }));
    EXPECT_NE(broker.packets.back().find(R"($SYS/uploadToken)"), std::string::npos);
    EXPECT_TRUE(broker.packets.back().ends_with(R"({"token":"token-22","type":"R"})"));
    EXPECT_EQ(received(), 3U);
    EXPECT_EQ(filtered(), 2U);
    EXPECT_EQ(source->counts().retained_left_out, 0U);
    broker.close();
    ASSERT_TRUE(until([&] { return broker.connects == 2 && source->is_up(); }));
    EXPECT_NE(broker.packets.at(3).find("R|token-22"), std::string::npos);
    std::remove(file.c_str());
}

// Grants everything, answers pings, and sends `messages` when the filter is unsubscribed: what it had in store.
ScriptedBroker::Response draining(std::string messages, bool answers_pings) {
    return [messages = std::move(messages), answers_pings, accept = test::accepting("")](const std::string& packet) {
        if (packet[0] == '\xA2') return std::optional("\xB0\x04" + packet.substr(2, 2) + bytes("00 00") + messages);
        if (packet[0] == '\xC0') return std::optional(answers_pings ? bytes("D0 00") : "");
        return accept(packet);
    };
}

TEST_F(MqttSourceTest, a_session_is_drained_when_the_broker_answers_behind_its_last_message) {
    ScriptedBroker broker(loop, draining("", true));
    start(broker.endpoint());
    ASSERT_TRUE(until([&] { return source->is_up(); }));
    std::optional<Status> drained;
    source->drain(20s, [&](Status status) { drained = std::move(status); });
    ASSERT_TRUE(until([&] { return drained.has_value(); }));
    EXPECT_TRUE(*drained);
    ASSERT_GE(broker.packets.size(), 3U);
    EXPECT_EQ(broker.packets[broker.packets.size() - 2][0], '\xC0') << "PINGREQ";
    EXPECT_EQ(broker.packets.back()[0], '\xE0') << "DISCONNECT";
}

TEST_F(MqttSourceTest, a_session_is_not_drained_while_a_message_waits_or_nobody_answers) {
    ScriptedBroker broker(loop, draining(mqtt::test::publish({1, "1", false, 1, false, "a/1"}), true));
    start(broker.endpoint());
    ASSERT_TRUE(until([&] { return source->is_up(); }));
    std::optional<Status> drained;
    source->drain(1s, [&](Status status) { drained = std::move(status); });
    ASSERT_TRUE(until([&] { return drained.has_value(); }));
    ASSERT_FALSE(*drained) << "the message is not settled";
    EXPECT_EQ(received(), 1U);
    ASSERT_TRUE(until([&] { return broker.connects == 2 && source->is_up(); })) << "it subscribes again";

    ScriptedBroker silent(loop, draining("", false));
    start(silent.endpoint());
    ASSERT_TRUE(until([&] { return source->is_up(); }));
    drained.reset();
    source->drain(1s, [&](Status status) { drained = std::move(status); });
    ASSERT_TRUE(until([&] { return drained.has_value(); }));
    EXPECT_FALSE(*drained) << "a dead connection is quiet, too";
}

}  // namespace
}  // namespace outflow::connectors
