// Between a session with a scripted server and a pipeline whose sink keeps what it gets.
#include "connectors/mqtt_intake.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mqtt/test_server.h"
#include "pipeline/pipeline_rig.h"
#include "transform/workload.h"

namespace outflow::connectors {
namespace {

using mqtt::test::bytes;
using mqtt::test::publish;

class MqttIntakeTest : public testing::Test, private mqtt::Receiver {
protected:
    MqttIntakeTest() { pipeline.start(); }
    void connect(bool session_present) {
        session.on_closed({});
        pipeline.forget_order();
        actions.clear();
        session.open({}, actions);
        receive(bytes(session_present ? "20 03 01 00 00" : "20 03 00 00 00"));
        actions.clear();
    }
    void receive(std::string_view packets) {
        std::memcpy(chunk_->data(), packets.data(), packets.size());
        read_.epoch = session.epoch();
        EXPECT_EQ(session.receive({chunk_->data(), packets.size()}, {}, actions), packets.size());
        pipeline.end_of_read({});
    }
    void store_all() {
        const std::vector<pipeline::Token> tokens(sink.waiting.begin(), sink.waiting.end());
        sink.waiting.clear();
        sink.listener->on_stored(tokens);
    }
    std::string acknowledge() {
        actions.clear();
        intake.acknowledge(session, actions);
        return actions.send;
    }

private:
    std::uint64_t on_message(const mqtt::Arrival& arrival) override { return intake.take(arrival, chunk_, read_); }

    static std::shared_ptr<const transform::Program> program() {
        std::vector<transform::Diagnostic> diagnostics;
        return transform::Program::compile(transform::workload::pass_through(), diagnostics);
    }

    event::MemoryBudget memory_;
    event::ChunkPool chunks_{memory_};
    event::ChunkRef chunk_ = chunks_.take();
    MqttIntake::Read read_;

protected:
    pipeline::FakeSink sink;
    pipeline::Pipeline pipeline{memory_, program(), sink, nullptr, {}, [](pipeline::Stop, std::string_view) {}};
    MqttIntake intake{pipeline};
    mqtt::Session session{mqtt::test::options(), *this};
    mqtt::Actions actions;
};

TEST_F(MqttIntakeTest, each_quality_of_service_has_its_acknowledgement) {
    connect(false);
    receive(publish({0xFFFF, "one"}) + publish({0xFFFE, "two", false, 2}) + publish({0, "none", false, 0}));
    EXPECT_EQ(acknowledge(), "");
    store_all();
    EXPECT_EQ(sink.bodies, (std::vector<std::string>{"one", "two", "none"}));
    EXPECT_EQ(acknowledge(), mqtt::test::puback(0xFFFF) + mqtt::test::pubrec(0xFFFE));
    EXPECT_EQ(pipeline.counts().delivered, 3U);
}

TEST_F(MqttIntakeTest, a_redelivery_in_the_same_read_is_not_admitted) {
    connect(false);
    receive(publish({7, "a"}) + publish({7, "a", true}));
    store_all();
    EXPECT_EQ(acknowledge(), mqtt::test::puback(7));
    EXPECT_EQ(pipeline.counts().received, 1U);
    EXPECT_EQ(pipeline.counts().redeliveries, 1U);
}

TEST_F(MqttIntakeTest, a_redelivery_after_a_reconnect_takes_its_new_place) {
    connect(false);
    receive(publish({1, "a"}) + publish({2, "b"}));
    connect(true);
    EXPECT_EQ(acknowledge(), "");
    receive(publish({2, "b", true}) + publish({1, "a", true}));
    store_all();
    EXPECT_EQ(acknowledge(), mqtt::test::puback(2) + mqtt::test::puback(1));
    EXPECT_EQ(pipeline.counts().received, 2U);
}

}  // namespace
}  // namespace outflow::connectors
