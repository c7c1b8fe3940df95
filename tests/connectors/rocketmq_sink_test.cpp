#include "sink_rig.h"

#include <algorithm>
#include <functional>

namespace outflow::connectors {

// By this name callgrind is told what to count.
extern "C" [[gnu::noinline]] void record_among_known_topics(const std::function<void()>& store) { store(); }

namespace {

class RocketmqSinkTest : public SinkRig {};

TEST_F(RocketmqSinkTest, records_are_stored) {
    start_broker();
    start_sink("t");
    push(6);
    EXPECT_TRUE(wait([&] { return stored == pushed; })) << sink->condition();
}

// What a broker does not read is in memory twice: little of it, however many queues have something to send.
TEST_F(RocketmqSinkTest, little_is_encoded_for_a_broker_that_does_not_read) {
    start_broker();
    ASSERT_TRUE(server->broker().set_topic("t", 32));
    start_sink("t");
    ASSERT_TRUE(wait([&] { return sink->is_up(); }));
    misbehave("send freeze");
    push(1);
    ASSERT_TRUE(wait([&] { return sink->counts().requests == 1; }));
    push(64, "t", std::string(1'000'000, 'x'));  // 20 MB and more for all queues at once
    EXPECT_FALSE(wait([&] { return sink->held_bytes() > 3'000'000; }, std::chrono::milliseconds(300)));
    server->faults().clear();
    server->drop_connections();
    EXPECT_TRUE(wait([&] { return stored == pushed; })) << sink->condition();
}

// A new route waits for the response to a send; what comes is a reset. The queues of the new route then want the broker
// while its channel is still telling that it is lost.
TEST_F(RocketmqSinkTest, a_reset_behind_the_barrier_of_a_new_route_does_no_harm) {
    start_broker();
    options.send_timeout = std::chrono::seconds(60);
    start_sink("t");
    ASSERT_TRUE(wait([&] { return sink->is_up(); }));
    misbehave("send code=29 remark=\"request queueId[0] is illegal\" times=1");
    misbehave("send silence");
    server->requests().enable();
    const auto has_asked = [&] {
        const auto& entries = server->requests().entries();
        return std::any_of(entries.begin(), entries.end(), [](const auto& entry) { return entry.code == 105; });
    };
    ASSERT_TRUE(server->broker().set_topic("t", 8));
    push(30);  // into all four queues, one of which now asks for the new route
    ASSERT_TRUE(wait([&] { return sink->counts().refused_requests == 1; }));
    ASSERT_TRUE(wait(has_asked));
    ASSERT_FALSE(
        wait([&] { return stored > 0; }, std::chrono::milliseconds(100)));  // the route comes, the barrier stands
    server->faults().clear();
    server->drop_connections();
    EXPECT_TRUE(wait([&] { return stored == pushed; })) << sink->condition();
    EXPECT_GE(sink->counts().lost_answers, 1U);
    // A timer that was started in vain would fire within the first pause before connecting again.
    wait([] { return false; }, std::chrono::milliseconds(300));
}

// The name servers open the next connection as soon as one is lost, while what the lost one had sent is still being
// read.
TEST_F(RocketmqSinkTest, a_header_that_cannot_be_read_costs_the_connection_only) {
    start_broker();
    options.name_servers.push_back(options.name_servers[0]);  // two, so that the other one is asked at once
    devbroker::Fault fault = *devbroker::parse_fault("105 times=1");
    fault.raw = std::string("\0\0\0\x0e\0\0\0\x0awhat is it", 18);
    ASSERT_TRUE(server->faults().add(fault));
    start_sink("t");
    push(1);
    EXPECT_TRUE(wait([&] { return stored == pushed; })) << sink->condition();
}

// A topic that an event names and nobody has created: its records are undeliverable at once, not only the first.
TEST_F(RocketmqSinkTest, records_of_a_topic_that_does_not_exist_are_refused_at_once) {
    start_broker();
    server->broker().settings().auto_create = false;
    start_sink();
    for (std::size_t i = 1; i <= 5; ++i) {
        push(1, "missing");
        push(1, "t");
        ASSERT_TRUE(wait([&] { return poison.size() == i && stored == i; }, std::chrono::seconds(3)))
            << sink->condition();
        EXPECT_NE(poison.back().find("topic 'missing' does not exist"), std::string::npos) << poison.back();
    }
    EXPECT_EQ(sink->condition(), "");
    ASSERT_TRUE(server->broker().set_topic("missing", 1));  // somebody creates it: that is found within seconds
    EXPECT_TRUE(wait(
        [&] {
            if (stored < 6) push(1, "missing");
            return stored >= 6;
        },
        std::chrono::seconds(10)));
}

// Thousands of topics may be known, when events name them; what a record costs goes by those that are busy: the
// instructions of record_among_known_topics are counted by tests/linear_test.py, first with one topic, then with 1,000.
TEST_F(RocketmqSinkTest, records_among_a_thousand_known_topics_are_stored) {
    start_broker();
    start_sink();
    const std::function<void()> store = [&] {
        push(1);
        EXPECT_TRUE(wait([&] { return stored == pushed; })) << sink->condition();
    };
    const auto measure = [&] {
        for (int i = 0; i < 20; ++i) record_among_known_topics(store);
    };
    store();
    measure();
    for (int i = 0; i < 1'000; ++i) push(1, "topic" + std::to_string(i));
    ASSERT_TRUE(wait([&] { return stored == pushed; })) << sink->condition();
    measure();
}

// RocketMQ throws away requests that wait in it for 200 ms: more at once only makes it slower.
TEST_F(RocketmqSinkTest, what_a_broker_is_asked_at_once_is_bounded) {
    start_broker();
    start_sink();
    misbehave("any silence");
    server->requests().enable();
    for (int i = 0; i < 300; ++i) push(1, "topic" + std::to_string(i));
    const auto asked = [&] { return server->requests().entries().size(); };
    ASSERT_TRUE(wait([&] { return asked() >= 64; }));
    EXPECT_FALSE(wait([&] { return asked() > 64; }, std::chrono::milliseconds(300)));  // questions for routes
    server->faults().clear();
    server->drop_connections();
    ASSERT_TRUE(wait([&] { return stored == pushed; })) << sink->condition();
    misbehave("send silence");
    const std::size_t before = sink->counts().requests;
    for (int i = 0; i < 300; ++i) push(1, "topic" + std::to_string(i));
    EXPECT_FALSE(wait([&] { return sink->counts().requests > before + 100; }, std::chrono::milliseconds(300)));
    server->faults().clear();
    server->drop_connections();
    EXPECT_TRUE(wait([&] { return stored == pushed; })) << sink->condition();
}

// A task whose topic is changed while it runs: what was pushed before goes where it was meant to go.
TEST_F(RocketmqSinkTest, another_constant_topic_takes_what_is_pushed_from_then_on) {
    start_broker();
    server->broker().settings().auto_create = false;
    start_sink("t");
    push(3);
    sink->set_destination("u");
    push(3, "u");
    ASSERT_TRUE(wait([&] { return stored == 3 && !stopped.empty(); })) << sink->condition();
    EXPECT_NE(stopped.find("topic 'u' does not exist"), std::string::npos) << stopped;
    ASSERT_TRUE(server->broker().set_topic("u", 1));
    EXPECT_TRUE(wait([&] { return stored == pushed; })) << sink->condition();
    sink->set_destination("");
    push(1, "missing");
    EXPECT_TRUE(wait([&] { return poison.size() == 1; })) << sink->condition();
}

}  // namespace
}  // namespace outflow::connectors
