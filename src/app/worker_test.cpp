// A whole task against a scripted MQTT broker, and a RocketMQ that nobody reaches.
#include "app/worker.h"

#include <string>

#include <gtest/gtest.h>

#include "app/prepare.h"
#include "connectors/mqtt_broker_rig.h"
#include "mqtt/test_server.h"
#include "net/run_until.h"
#include "task/load.h"

namespace outflow::app {
namespace {

using namespace std::chrono_literals;
using connectors::test::accepting;
using connectors::test::ScriptedBroker;

std::string messages(unsigned count) {
    std::string out;
    for (unsigned id = 1; id <= count; ++id) out += mqtt::test::publish({id, std::to_string(id), false, 1, false, "a/1"});
    return out;
}

class WorkerTest : public testing::Test {
protected:
    std::unique_ptr<Worker> start(const ScriptedBroker& broker) {
        loaded = task::load_text("t.yaml", "instances:\n"
                                           "  edge: { mqtt: { endpoint: \"" + net::to_string(broker.endpoint()) + "\" } }\n"
                                           "  sink: { rocketmq: { name_servers: [\"127.0.0.1:1\"] } }\n"
                                           "tasks:\n"
                                           "  - name: press\n"
                                           "    source: { mqtt: { instance: edge, topic: \"a/#\" } }\n"
                                           "    sink: { rocketmq: { instance: sink, topic: t } }\n");
        EXPECT_TRUE(loaded.ok()) << task::render_fault(loaded.faults[0]);
        const auto prepared = prepare_tasks(loaded.document, "host");
        auto worker = Worker::create(loop, log, loaded.document.tasks[0], prepared->front().settings);
        EXPECT_TRUE(worker) << worker.error().context;
        (*worker)->start([] {});
        return std::move(*worker);
    }
    bool until(const std::function<bool()>& is_done) { return net::run_until(loop, is_done, 10s); }

    platform::Logger log{{.level = platform::LogLevel::error, .descriptor = -1, .repeat_interval = {}, .clock = {}}};
    net::EventLoop loop;
    task::Loaded loaded;
};

TEST_F(WorkerTest, what_is_in_flight_at_the_end_is_freed) {
    ScriptedBroker broker(loop, accepting(messages(2'000)));
    std::unique_ptr<Worker> worker = start(broker);
    ASSERT_TRUE(until([&] { return worker->snapshot().events.in_flight == 2'000; }));
    EXPECT_GT(worker->snapshot().held_bytes, 0U);
    bool has_stopped = false;
    worker->stop(1ms, [&] { has_stopped = true; });
    ASSERT_TRUE(until([&] { return has_stopped; }));
    EXPECT_EQ(worker->snapshot().events.in_flight, 2'000U);
    worker.reset();
}

}  // namespace
}  // namespace outflow::app
