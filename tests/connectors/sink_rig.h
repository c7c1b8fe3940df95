// A RocketMQ sink and the embedded broker on one event loop, for tests of what happens between them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "connectors/rocketmq_sink.h"
#include "devbroker/server.h"
#include "devbroker/test_folder.h"
#include "net/run_until.h"

namespace outflow::connectors {

class SinkRig : public ::testing::Test, private pipeline::SinkListener {
protected:
    // The broker, with the topic `t` of four queues.
    void start_broker() {
        devbroker::ServerOptions server_options;
        server_options.listen.port = 0;
        server_options.broker.folder = folder.path();
        server = std::make_unique<devbroker::Server>(loop, logger, server_options);
        const Status started = server->start();
        ASSERT_TRUE(started) << started.error().context;
        ASSERT_TRUE(server->broker().set_topic("t", 4));
        options.name_servers = {{"127.0.0.1", server->port()}};
        options.client_id = "outflow-test";
        options.group = "g";
        options.task = "task";
    }
    // All records go to `topic`; empty: each says where.
    void start_sink(std::string_view topic = {}) {
        sink = *RocketmqSink::create(loop, logger, options);
        sink->start(*this);
        sink->set_destination(topic);
        hook = loop.on_turn_end([this] { sink->turn(); });
    }
    void misbehave(std::string_view rule) {
        const auto fault = devbroker::parse_fault(rule);
        ASSERT_TRUE(fault) << rule;
        ASSERT_TRUE(server->faults().add(*fault));
    }
    // One batch of records, each of an MQTT topic of its own, for the RocketMQ topic.
    void push(std::size_t count, std::string_view topic = "t", std::string_view body = "body") {
        event::BatchRef batch = batches.take();
        std::vector<pipeline::SinkRecord> records;
        for (std::size_t i = 0; i < count; ++i) {
            pipeline::SinkRecord record;
            record.token = {static_cast<std::uint32_t>(pushed++), 1};
            event::Event event;
            event.topic = batch->arena.copy("mqtt/" + std::to_string(pushed));
            record.batch = batch.get();
            record.index = static_cast<std::uint32_t>(i);
            batch->add(event, {});
            record.record.destination = batch->arena.copy(topic);
            record.record.body = batch->arena.copy(body);
            records.push_back(record);
        }
        sink->push(*batch, records);
        held.push_back(std::move(batch));
    }
    bool wait(std::function<bool()> is_done, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
        return net::run_until(loop, std::move(is_done), limit);
    }

    devbroker::TestFolder folder;
    net::EventLoop loop;
    platform::Logger logger{{.level = platform::LogLevel::error, .descriptor = -1, .clock = {}}};
    std::unique_ptr<devbroker::Server> server;
    RocketmqSinkOptions options;
    event::MemoryBudget memory;
    event::BatchPool batches{memory};
    std::vector<event::BatchRef> held;  // as the ledger would until the records are decided
    std::unique_ptr<RocketmqSink> sink;
    net::TurnHook hook;
    std::size_t pushed = 0;
    std::size_t stored = 0;
    std::vector<std::string> poison;  // reasons
    std::string stopped;

private:
    void on_stored(std::span<const pipeline::Token> tokens) override { stored += tokens.size(); }
    void on_poison(pipeline::Token, std::string_view reason) override { poison.emplace_back(reason); }
    void on_stopped(pipeline::Stop, std::string_view reason) override { stopped = reason; }
};

}  // namespace outflow::connectors
