// A policy stands between pipeline and sink and is a sink itself: it may hold records longer than their events live,
// and give them on under tokens of its own.
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "pipeline/pipeline_rig.h"
#include "transform/record.h"

namespace outflow::pipeline {
namespace {

// Keeps what it is given, says at once that it is safe, and gives it on when it is told to.
class Keeper final : public Sink, private SinkListener {
public:
    Keeper(Sink& next, event::MemoryBudget& memory) : next_(next), batches_(memory) {}

    void start(SinkListener& listener) override {
        listener_ = &listener;
        next_.start(*this);
    }
    void set_destination(std::string_view destination) override { next_.set_destination(destination); }
    bool is_up() const override { return true; }
    std::size_t room() const override { return 1'000; }
    void push(event::Batch&, std::span<const SinkRecord> records) override {
        for (const SinkRecord& record : records) {
            kept_.push_back({transform::OwnedRecord(record.record), std::string(record.original().topic)});
            bytes_ += kept_.back().record.bytes();
            safe_.push_back(record.token);
        }
    }
    void turn() override {
        listener_->on_stored(std::exchange(safe_, {}));
        next_.turn();
    }
    void stop(std::function<void()> on_stopped) override { next_.stop(std::move(on_stopped)); }
    std::size_t pending() const override { return safe_.size(); }
    std::size_t held_bytes() const override { return bytes_ + next_.held_bytes(); }
    SinkCounts counts() const override { return next_.counts(); }
    std::string condition() const override { return kept_.empty() ? "" : "records are kept"; }

    void give_on() {
        event::BatchRef batch = batches_.take();
        std::vector<SinkRecord> records;
        for (std::size_t i = given_.size(); i < kept_.size(); ++i) {
            event::Event event;
            event.topic = kept_[i].topic;
            batch->add(event, {});
            records.push_back({{static_cast<std::uint32_t>(i), 7},
                               kept_[i].record.view(),
                               batch.get(),
                               static_cast<std::uint32_t>(batch->events.size() - 1)});
            given_.push_back(batch);
        }
        next_.push(*batch, records);
    }
    std::vector<std::uint32_t> stored;  // by the next sink

private:
    struct Kept {
        transform::OwnedRecord record;
        std::string topic;
    };
    void on_stored(std::span<const Token> tokens) override {
        for (Token token : tokens) stored.push_back(token.slot);
    }
    void on_poison(Token, std::string_view) override {}
    void on_stopped(Stop stop, std::string_view reason) override { listener_->on_stopped(stop, reason); }

    Sink& next_;
    event::BatchPool batches_;
    SinkListener* listener_ = nullptr;
    std::deque<Kept> kept_;  // stays where it is: the next sink views it
    std::vector<event::BatchRef> given_;
    std::vector<Token> safe_;
    std::size_t bytes_ = 0;
};

TEST(SinkWrapper, records_outlive_their_events_and_go_on_under_tokens_of_the_wrapper) {
    event::MemoryBudget memory(limits::held_bytes_max);
    event::ChunkPool chunks(memory);
    FakeSink sink;
    Keeper keeper(sink, memory);
    Pipeline pipeline(memory, Fixture::compile(Fixture::source_of("{}")), keeper, nullptr, {},
                      [](Stop, std::string_view) {});
    pipeline.start();
    for (AcknowledgementTag tag = 1; tag <= 3; ++tag) {
        event::ChunkRef chunk = chunks.take();
        const std::string payload = "payload " + std::to_string(tag);
        payload.copy(chunk->data(), payload.size());
        chunk->used = payload.size();
        event::Event event;
        event.topic = "a/b";
        event.payload = {chunk->data(), payload.size()};
        pipeline.admit(event, chunk, true, tag, {});
        pipeline.end_of_read({});
    }
    pipeline.turn({});
    EXPECT_EQ(pipeline.counts().delivered, 3u);
    EXPECT_EQ(pipeline.counts().in_flight, 0u);
    EXPECT_TRUE(sink.bodies.empty());
    for (int i = 0; i < 3; ++i) {  // what the events lay in is used again
        event::ChunkRef chunk = chunks.take();
        std::fill_n(chunk->data(), 64, 'x');
    }
    keeper.give_on();
    EXPECT_EQ(sink.bodies, (std::vector<std::string>{"payload 1", "payload 2", "payload 3"}));
    sink.listener->on_stored(std::vector<Token>(sink.waiting.begin(), sink.waiting.end()));
    EXPECT_EQ(keeper.stored, (std::vector<std::uint32_t>{0, 1, 2}));
    EXPECT_EQ(pipeline.counts().delivered, 3u);
}

}  // namespace
}  // namespace outflow::pipeline
