// Workloads of what happens to a message between the sockets, in one thread and without I/O: what MqttSource does for
// it, and the engine with a sink that stores whatever it gets.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "base/workload.h"
#include "mqtt/workload.h"
#include "pipeline/pipeline.h"
#include "platform/clock.h"
#include "transform/workload.h"

namespace outflow::connectors::workload {

// A chunk full of PUBLISHes and the session that receives them, again and again.
class ChunkReads {
public:
    ChunkReads() : session_(mqtt::workload::running_session(actions_)), chunk_(chunks_.take()) {
        mqtt::workload::Stream stream = mqtt::workload::publish_stream();
        std::memcpy(chunk_->data(), stream.bytes.data(), stream.bytes.size());
        chunk_->used = stream.bytes.size();
        messages_ = stream.messages;
    }

    // `take(event, tag)` gives the token of a message; `end_of_read()`.
    template <class Take, class EndOfRead>
    void read_all(Take take, EndOfRead end_of_read) {
        for (std::size_t at = 0; at < chunk_->used && session_->is_subscribed(); end_of_read()) {
            actions_.clear();
            std::string_view unread(chunk_->data() + at, std::min(chunk_->used - at, mqtt::workload::read_bytes));
            at += session_->receive(unread, {}, actions_);
            for (const mqtt::Arrival& arrival : actions_.arrivals) {
                const mqtt::Publish& publish = arrival.publish;
                event::Event event;
                event.topic = publish.topic;
                event.payload = publish.payload;
                event.received_ms = platform::unix_ms();
                event.qos = publish.qos;
                event.retain = publish.retain;
                event.dup = publish.dup;
                pipeline::Token token = take(event, std::uint64_t{session_->epoch()} << 32 |
                                                        std::uint64_t{static_cast<std::uint16_t>(publish.packet_id)});
                session_->bind(publish.packet_id, to_number(token));
            }
        }
    }

    // Writes the acknowledgements of all that `ledger` (an AckLedger or Pipeline) has settled.
    template <class Ledger>
    void acknowledge(Ledger& ledger, Checksum& sum) {
        actions_.clear();
        ledger.take_acknowledgeable([this](pipeline::AcknowledgementTag tag, pipeline::Token token) {
            session_->acknowledge(mqtt::PacketId{static_cast<std::uint16_t>(tag)}, 1, to_number(token),
                                  static_cast<std::uint32_t>(tag >> 32), actions_);
        });
        sum.add_samples(actions_.send);
        sum.add(session_->held());
    }

    const event::ChunkRef& chunk() const { return chunk_; }
    std::size_t messages() const { return messages_; }
    std::size_t bytes() const { return chunk_->used; }

private:
    static std::uint64_t to_number(pipeline::Token token) { return std::uint64_t{token.slot} << 32 | token.generation; }

    event::MemoryBudget memory_;
    event::ChunkPool chunks_{memory_};
    mqtt::Actions actions_;
    std::unique_ptr<mqtt::Session> session_;
    event::ChunkRef chunk_;
    std::size_t messages_ = 0;
};

// Receive, put into a batch, admit to the ledger, bind; settle; acknowledge in order.
class SourceStage {
public:
    std::uint64_t run() {
        Checksum sum;
        event::BatchRef batch = batches_.take();
        reads_.read_all(
            [&](const event::Event& event, pipeline::AcknowledgementTag tag) {
                sum.add(event.payload);
                auto index = static_cast<std::uint32_t>(batch->events.size());
                batch->add(event, reads_.chunk());
                tokens_.push_back(ledger_.admit(batch, index, true, tag));
                return tokens_.back();
            },
            [&] { batch = batches_.take(); });
        for (pipeline::Token token : tokens_) ledger_.settle(token, pipeline::Outcome::delivered);
        tokens_.clear();
        reads_.acknowledge(ledger_, sum);
        return sum.value();
    }
    const ChunkReads& reads() const { return reads_; }

private:
    ChunkReads reads_;
    event::MemoryBudget memory_;
    event::BatchPool batches_{memory_};
    pipeline::AckLedger ledger_;
    std::vector<pipeline::Token> tokens_;
};

class StoringSink final : public pipeline::Sink {
public:
    void start(pipeline::SinkListener& listener) override { listener_ = &listener; }
    void set_destination(std::string_view) override {}
    bool is_up() const override { return true; }
    std::size_t room() const override { return 1'000'000; }
    void stop(std::function<void()> on_stopped) override { on_stopped(); }
    std::size_t pending() const override { return stored_.size(); }
    pipeline::SinkCounts counts() const override { return {}; }
    void turn() override {
        listener_->on_stored(stored_);
        stored_.clear();
    }
    void push(event::Batch&, std::span<const pipeline::SinkRecord> records) override {
        for (const pipeline::SinkRecord& record : records) {
            sum.add(record.record.keys);
            sum.add(record.record.tags);
            sum.add(record.record.body);
            stored_.push_back(record.token);
        }
    }
    std::size_t held_bytes() const override { return 0; }
    std::string condition() const override { return {}; }

    Checksum sum;

private:
    pipeline::SinkListener* listener_ = nullptr;
    std::vector<pipeline::Token> stored_;
};

// The same with filter and mapping: all that one core does for a message besides reading and writing sockets and
// encoding requests.
class Engine {
public:
    explicit Engine(transform::ProgramSource source)
        : program_(transform::Program::compile(std::move(source), diagnostics_)),
          pipeline_(memory_, program_, sink_, nullptr, {}, [](pipeline::Stop, std::string_view) {}) {
        pipeline_.start();
    }

    std::uint64_t run() {
        sink_.sum = {};
        reads_.read_all(
            [this](const event::Event& event, pipeline::AcknowledgementTag tag) {
                return pipeline_.admit(event, reads_.chunk(), true, tag, {});
            },
            [this] { pipeline_.end_of_read({}); });
        pipeline_.turn({});
        reads_.acknowledge(pipeline_, sink_.sum);
        return sink_.sum.value();
    }

private:
    event::MemoryBudget memory_;
    std::vector<transform::Diagnostic> diagnostics_;
    std::shared_ptr<const transform::Program> program_;
    ChunkReads reads_;
    StoringSink sink_;
    pipeline::Pipeline pipeline_;
};

inline std::vector<Workload> all() {
    auto source = std::make_shared<SourceStage>();
    auto plain = std::make_shared<Engine>(transform::workload::pass_through());
    auto filtered = std::make_shared<Engine>(transform::workload::filter_key_tag());
    std::size_t messages = source->reads().messages();
    std::size_t bytes = source->reads().bytes();
    return {
        {"source_stage/256B", 0x29D903B2ADA91921, messages, bytes, [=] { return source->run(); }},
        {"engine/256B_pass_through", 0x827F0295D1A0B1B7, messages, bytes, [=] { return plain->run(); }},
        {"engine/256B_filter_key_tag", 0xAD7BD5895F1D0B64, messages, bytes, [=] { return filtered->run(); }},
    };
}

}  // namespace outflow::connectors::workload
