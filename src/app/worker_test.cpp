// A whole task between a scripted MQTT broker and the embedded RocketMQ, all on one loop.
#include "app/worker.h"

#include <malloc.h>

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "app/prepare.h"
#include "connectors/mqtt_broker_rig.h"
#include "devbroker/server.h"
#include "devbroker/test_folder.h"
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
    for (unsigned id = 1; id <= count; ++id)
        out += mqtt::test::publish({id, std::to_string(id), false, 1, false, "a/1"});
    return out;
}

// The embedded one, with the topic `t`.
struct RocketMq {
    RocketMq(net::EventLoop& loop, platform::Logger& log) : server(loop, log, options(folder.path())) {
        EXPECT_TRUE(server.start());
        EXPECT_TRUE(server.broker().set_topic("t", 4));
    }
    static devbroker::ServerOptions options(const std::string& path) {
        devbroker::ServerOptions options;
        options.listen.port = 0;
        options.broker.folder = path;
        return options;
    }

    devbroker::TestFolder folder;
    devbroker::Server server;
};

class WorkerTest : public testing::Test {
protected:
    // `port`: of the name server. `fields` of the sink and `property`: as a task file says them.
    std::unique_ptr<Worker> start(const ScriptedBroker& broker, std::uint16_t port, const std::string& fields = "",
                                  const std::string& property = "{}") {
        loaded = task::load_text("t.yaml", "instances:\n"
                                           "  edge: { mqtt: { endpoint: \"" +
                                               net::to_string(broker.endpoint()) +
                                               "\" } }\n"
                                               "  sink: { rocketmq: { name_servers: [\"127.0.0.1:" +
                                               std::to_string(port) +
                                               "\"] } }\n"
                                               "tasks:\n"
                                               "  - name: press\n"
                                               "    source: { mqtt: { instance: edge, topic: \"a/#\" } }\n"
                                               "    sink: { rocketmq: { instance: sink, topic: t" +
                                               fields +
                                               " } }\n"
                                               "    property: " +
                                               property + "\n");
        EXPECT_TRUE(loaded.ok()) << task::render_diagnostic(loaded.diagnostics[0]);
        const auto prepared = prepare_tasks(loaded.document, "host");
        auto worker = Worker::create(loop, log, prepared->front(), {});
        EXPECT_TRUE(worker) << worker.error().context;
        (*worker)->start([this] { has_ended = true; });
        return std::move(*worker);
    }
    bool until(const std::function<bool()>& is_done) { return net::run_until(loop, is_done, 10s); }

    platform::Logger log{{.level = platform::LogLevel::error, .descriptor = -1, .repeat_interval = {}, .clock = {}}};
    net::EventLoop loop;
    task::Loaded loaded;
    bool has_ended = false;
};

TEST_F(WorkerTest, what_is_in_flight_at_the_end_is_freed) {
    ScriptedBroker broker(loop, accepting(messages(2'000)));
    std::unique_ptr<Worker> worker = start(broker, 1);  // nobody listens there
    ASSERT_TRUE(until([&] { return worker->snapshot().events.in_flight == 2'000; }));
    EXPECT_GT(worker->snapshot().held_bytes, 0U);
    bool has_stopped = false;
    worker->stop(1ms, [&] { has_stopped = true; });
    ASSERT_TRUE(until([&] { return has_stopped; }));
    EXPECT_EQ(worker->snapshot().events.in_flight, 2'000U);
    worker.reset();
}

// A message in a read of its own costs far more than its few bytes.
TEST_F(WorkerTest, what_a_small_message_costs_counts_as_held) {
    ScriptedBroker broker(loop, accepting(""));
    std::unique_ptr<Worker> worker = start(broker, 1);
    ASSERT_TRUE(until([&] { return broker.packets.size() == 2; }));
    const std::size_t allocated = mallinfo2().uordblks;
    const std::uint64_t held = worker->snapshot().held_bytes;
    for (unsigned id = 1; id <= 500; ++id) {
        broker.send(mqtt::test::publish({id, "1", false, 1, false, "a/1"}));
        ASSERT_TRUE(until([&] { return worker->snapshot().events.in_flight == id; }));
    }
    EXPECT_GE(worker->snapshot().held_bytes - held, mallinfo2().uordblks - allocated);
    EXPECT_GE(worker->snapshot().held_bytes - held, 500U * 512U);
}

// Messages of 4 KiB in few reads, ids from 1.
std::string large_messages(unsigned count) {
    std::string out;
    for (unsigned id = 1; id <= count; ++id)
        out += mqtt::test::publish({id, R"({"a":")" + std::string(4'000, 'x') + R"("})", false, 1, false, "a/1"});
    return out;
}

// Of a sink: a text of so many times 4,000 characters of a message.
std::string repeating(const std::string& field, int times) {
    std::string repeated;
    for (int i = 0; i < times; ++i) repeated += "${a}";
    return ", " + field + R"(: { form: TEMPLATE, value: '{"a":"$.data.body.a"}', template: ')" + repeated + "' }";
}

TEST_F(WorkerTest, bodies_that_are_far_larger_than_their_messages_stay_within_the_budget) {
    ScriptedBroker broker(loop, accepting(large_messages(100)));
    std::unique_ptr<Worker> worker = start(broker, 1, repeating("body", 64));  // 25 MiB
    ASSERT_TRUE(until([&] { return worker->snapshot().held_bytes >= limits::held_bytes_max; }));
    EXPECT_LT(worker->snapshot().held_bytes, limits::held_bytes_max + 1'024 * 1'024);
    EXPECT_LT(worker->snapshot().records.made, 70U);
}

// What waits for room goes on by itself, whatever becomes of what is before it.
TEST_F(WorkerTest, bodies_beyond_the_budget_are_all_delivered) {
    RocketMq rocketmq(loop, log);
    ScriptedBroker broker(loop, accepting(large_messages(100)));
    std::unique_ptr<Worker> worker = start(broker, rocketmq.server.port(), repeating("body", 200));  // 80 MiB
    std::uint64_t most_held = 0;
    EXPECT_TRUE(until([&] {
        most_held = std::max(most_held, worker->snapshot().held_bytes);
        return worker->snapshot().events.delivered == 100;
    })) << worker->snapshot().events.delivered;
    EXPECT_GE(most_held, limits::held_bytes_max);
    EXPECT_LT(most_held, limits::held_bytes_max + 2'048 * 1'024);
}

// Nothing else happens meanwhile: the first message is sent and not answered, so no acknowledgement leaves.
TEST_F(WorkerTest, bodies_beyond_the_budget_are_all_dead_lettered_where_their_keys_are_too_long) {
    RocketMq rocketmq(loop, log);
    ASSERT_TRUE(rocketmq.server.faults().add(*devbroker::parse_fault("send silence")));
    const std::string first = mqtt::test::publish({1'000, R"({"a":"1"})", false, 1, false, "a/1"});
    ScriptedBroker broker(loop, accepting(first + large_messages(300)));
    const std::string fields = repeating("body", 200) + repeating("keys", 10);
    std::unique_ptr<Worker> worker = start(broker, rocketmq.server.port(), fields,
                                           "{ dead_letter: { file: \"" + rocketmq.folder.path() + "/dead.jsonl\" } }");
    EXPECT_TRUE(net::run_until(
        loop, [&] { return worker->snapshot().events.dead_lettered == 300; }, 9s))  // before the send timeout
        << worker->snapshot().events.dead_lettered;
}

TEST_F(WorkerTest, what_a_rate_holds_back_is_said_and_follows_when_the_rate_is_changed) {
    RocketMq rocketmq(loop, log);
    ScriptedBroker broker(loop, accepting(messages(1'000)));
    std::unique_ptr<Worker> worker = start(broker, rocketmq.server.port(), "", "{ rate_limit: 20 }");
    ASSERT_TRUE(until([&] { return worker->condition() == "RUNNING: held back by rate_limit (20 messages a second)"; }))
        << worker->condition();
    EXPECT_EQ(worker->snapshot().events.received, 1'000U);
    EXPECT_GT(worker->snapshot().held_back, 500U);
    task::TaskSpec spec = prepare_tasks(loaded.document, "host")->front();
    spec.definition.property.rate_limit = std::nullopt;
    ASSERT_TRUE(worker->change(spec));
    ASSERT_TRUE(until([&] { return worker->snapshot().events.delivered == 1'000; }));
    EXPECT_TRUE(until([&] { return worker->condition() == "RUNNING"; })) << worker->condition();
    EXPECT_EQ(worker->snapshot().held_back, 0U);
}

TEST_F(WorkerTest, what_a_rate_holds_back_stays_unacknowledged_when_the_grace_is_over) {
    RocketMq rocketmq(loop, log);
    ScriptedBroker broker(loop, accepting(messages(1'000)));
    std::unique_ptr<Worker> worker = start(broker, rocketmq.server.port(), "", "{ rate_limit: 20 }");
    ASSERT_TRUE(until([&] { return worker->snapshot().events.delivered > 0; }));
    const std::uint64_t before = worker->snapshot().events.delivered;
    bool has_stopped = false;
    worker->stop(500ms, [&] { has_stopped = true; });
    ASSERT_TRUE(until([&] { return has_stopped; }));
    const pipeline::LedgerCounts counts = worker->snapshot().events;
    EXPECT_GT(counts.delivered, before) << "within the grace the rate goes on";
    EXPECT_LT(counts.delivered, 100U) << "and it is the same";
    EXPECT_EQ(counts.delivered + counts.in_flight, 1'000U);
    ASSERT_TRUE(until([&] { return broker.packets.back()[0] == '\xE0'; })) << "DISCONNECT";
    EXPECT_EQ(broker.packets.size(), 2 + counts.delivered + 1) << "CONNECT, SUBSCRIBE, acknowledgements, DISCONNECT";
}

// An empty payload, the usual way to clear a retained message, cannot be delivered.
TEST_F(WorkerTest, what_stands_in_front_of_an_undeliverable_event_is_acknowledged) {
    RocketMq rocketmq(loop, log);
    const std::string bad = mqtt::test::publish({501, "", false, 1, false, "a/1"});
    ScriptedBroker broker(loop, accepting(messages(500) + bad + messages(500)));
    std::unique_ptr<Worker> worker = start(broker, rocketmq.server.port());
    ASSERT_TRUE(until([&] { return has_ended; }));
    EXPECT_TRUE(worker->condition().starts_with("READY: a message of topic 'a/1' cannot be delivered"))
        << worker->condition();
    EXPECT_EQ(worker->snapshot().events.delivered, 500U);
    std::vector<std::string> acknowledged(broker.packets.begin() + 2,
                                          broker.packets.end());  // behind CONNECT, SUBSCRIBE
    ASSERT_EQ(acknowledged.size(), 501U);
    EXPECT_EQ(acknowledged.front(), mqtt::test::puback(1));
    EXPECT_EQ(acknowledged[499], mqtt::test::puback(500));
    EXPECT_EQ(acknowledged.back()[0], '\xE0') << "DISCONNECT";
}

}  // namespace
}  // namespace outflow::app
