// Workloads of what happens to a message between the sockets, in one thread and without I/O: the session, what
// MqttSource does for it, and the pipeline with a sink that stores whatever it gets.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "base/workload.h"
#include "connectors/mqtt_intake.h"
#include "mqtt/workload.h"
#include "platform/clock.h"
#include "transform/workload.h"

namespace outflow::connectors::workload {

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

// A chunk full of PUBLISHes, received again and again: all that one core does for a message besides reading and writing
// sockets and encoding requests.
class Engine final : private mqtt::Receiver {
public:
    explicit Engine(transform::ProgramDefinition source)
        : program_(transform::Program::compile(std::move(source), diagnostics_)),
          pipeline_(memory_, program_, sink_, nullptr, {}, [](pipeline::Stop, std::string_view) {}) {
        pipeline_.start();
        mqtt::workload::Stream stream = mqtt::workload::publish_stream();
        std::memcpy(chunk_->data(), stream.bytes.data(), stream.bytes.size());
        chunk_->used = stream.bytes.size();
        messages_ = stream.messages;
    }

    std::uint64_t run() {
        sink_.sum = {};
        const std::uint64_t filtered = pipeline_.counts().filtered;
        for (std::size_t at = 0; at < chunk_->used && session_->is_subscribed();) {
            actions_.clear();
            read_ = {session_->epoch(), platform::unix_ms(), {}};
            std::string_view unread(chunk_->data() + at, std::min(chunk_->used - at, mqtt::workload::read_bytes));
            at += session_->receive(unread, {}, actions_);
            pipeline_.end_of_read({});
        }
        pipeline_.turn({});
        actions_.clear();
        intake_.acknowledge(*session_, actions_);
        sink_.sum.add(pipeline_.counts().filtered - filtered);
        sink_.sum.add_samples(actions_.send);
        sink_.sum.add(session_->held());
        return sink_.sum.value();
    }

    std::size_t messages() const { return messages_; }
    std::size_t bytes() const { return chunk_->used; }

private:
    std::uint64_t on_message(const mqtt::Arrival& arrival) override { return intake_.take(arrival, chunk_, read_); }

    event::MemoryBudget memory_;
    event::ChunkPool chunks_{memory_};
    std::vector<transform::Diagnostic> diagnostics_;
    std::shared_ptr<const transform::Program> program_;
    StoringSink sink_;
    pipeline::Pipeline pipeline_;
    mqtt::Actions actions_;
    std::unique_ptr<mqtt::Session> session_ = mqtt::workload::running_session(*this, actions_);
    MqttIntake intake_{pipeline_};
    MqttIntake::Read read_;
    event::ChunkRef chunk_ = chunks_.take();
    std::size_t messages_ = 0;
};

// The source's part alone: a filter that needs only the topic rejects every message.
inline transform::ProgramDefinition filter_all_out() {
    transform::ProgramDefinition source = transform::workload::pass_through();
    source.filter = json::parse_document(R"({"data":{"topic":["none"]}})")->root;
    return source;
}

inline std::vector<Workload> all() {
    auto source = std::make_shared<Engine>(filter_all_out());
    auto plain = std::make_shared<Engine>(transform::workload::pass_through());
    auto filtered = std::make_shared<Engine>(transform::workload::filter_key_tag());
    std::size_t messages = source->messages();
    std::size_t bytes = source->bytes();
    return {
        {"source_stage/256B", 0x9BFF6C8417CDE5A4, messages, bytes, [=] { return source->run(); }},
        {"engine/256B_pass_through", 0xD7B8DF76E342202D, messages, bytes, [=] { return plain->run(); }},
        {"engine/256B_filter_key_tag", 0xE07738A8FAA38065, messages, bytes, [=] { return filtered->run(); }},
    };
}

}  // namespace outflow::connectors::workload
