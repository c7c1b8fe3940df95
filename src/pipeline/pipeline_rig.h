// What the tests of the pipeline share: a sink and dead letters that keep what they are given, and a pipeline between
// them.
#pragma once

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "json/document.h"
#include "pipeline/pipeline.h"

namespace outflow::pipeline {

// Keeps what it is given; the test decides each record.
class FakeSink final : public Sink {
public:
    void start(SinkListener& its_listener) override { listener = &its_listener; }
    void set_destination(std::string_view topic) override {
        destination = topic;
        destinations.emplace_back(topic);
    }
    bool is_up() const override { return true; }
    std::size_t room() const override { return room_max - std::min(room_max, waiting.size()); }
    void turn() override {
        if (!std::exchange(refuses_next_turn, false)) return;
        const Token token = waiting.front();
        waiting.pop_front();
        listener->on_poison(token, "illegal");
    }
    void stop(std::function<void()> on_stopped) override { on_stopped(); }
    std::size_t pending() const override { return waiting.size(); }
    SinkCounts counts() const override { return {}; }
    void push(event::Batch&, std::span<const SinkRecord> records) override {
        ++pushes;
        for (const SinkRecord& record : records) {
            waiting.push_back(record.token);
            bodies.emplace_back(record.record.body);
            keys.emplace_back(record.record.keys);
            views.push_back(record.record.body);
        }
    }
    std::size_t held_bytes() const override { return held; }
    std::string condition() const override { return {}; }

    SinkListener* listener = nullptr;
    std::size_t room_max = 1'000'000;
    int pushes = 0;
    bool refuses_next_turn = false;  // the first of those that wait
    std::size_t held = 0;
    std::string destination;
    std::deque<Token> waiting;
    std::vector<std::string> bodies;
    std::vector<std::string> keys;
    std::vector<std::string_view> views;  // of bodies: valid until the record is decided
    std::vector<std::string> destinations;
};

class FakeDeadLetters final : public DeadLetters {
public:
    void start(DeadLetterListener& its_listener) override { listener = &its_listener; }
    void push(Token token, const event::Event& event, std::string_view reason) override {
        letters.push_back(std::string(event.payload) + ": " + std::string(reason));
        tokens.push_back(token);
    }
    void turn(Clock::time_point) override {
        if (!is_slow) listener->on_kept(std::exchange(tokens, {}));
    }
    std::optional<Clock::time_point> deadline() const override { return again_at; }
    void reopen() override {}
    std::size_t held_bytes() const override { return held; }
    std::string condition() const override { return {}; }

    DeadLetterListener* listener = nullptr;
    std::vector<std::string> letters;
    std::vector<Token> tokens;  // not kept yet
    std::size_t held = 0;
    bool is_slow = false;  // it keeps nothing for now
    std::optional<Clock::time_point> again_at;
};

struct Fixture {
    explicit Fixture(std::string_view filter = "{}", bool with_dead_letters = true, PipelineOptions options = {})
        : Fixture(source_of(filter), limits::held_bytes_max, with_dead_letters, options) {}
    Fixture(transform::ProgramDefinition source, std::size_t memory_bytes_max, bool with_dead_letters = true,
            PipelineOptions options = {})
        : memory(memory_bytes_max), chunks(memory) {
        program = compile(std::move(source));
        pipeline =
            std::make_unique<Pipeline>(memory, program, sink, with_dead_letters ? &dead_letters : nullptr, options,
                                       [this](Stop, std::string_view reason) { stops.emplace_back(reason); });
        pipeline->start();
        chunk = chunks.take();
    }

    static std::shared_ptr<const transform::Program> compile(transform::ProgramDefinition source) {
        std::vector<transform::Diagnostic> diagnostics;
        std::shared_ptr<const transform::Program> compiled =
            transform::Program::compile(std::move(source), diagnostics);
        EXPECT_TRUE(compiled) << (diagnostics.empty() ? "" : diagnostics.front().message);
        return compiled;
    }
    static transform::ProgramDefinition source_of(std::string_view filter) {
        transform::ProgramDefinition source;
        source.filter = json::parse_document(filter)->root;
        source.topic = transform::Field::constant("t");
        return source;
    }
    void receive(std::string_view payload, AcknowledgementTag tag) {
        event::Event event;
        event.topic = "a/b";
        char* place = chunk->data() + chunk->used;
        std::copy(payload.begin(), payload.end(), place);
        chunk->used += payload.size();
        event.payload = {place, payload.size()};
        pipeline->admit(event, chunk, true, tag, now);
    }
    void read(std::initializer_list<std::string_view> payloads) {
        for (std::string_view payload : payloads) receive(payload, ++last_tag);
        end_read();
    }
    void end_read() {
        pipeline->end_of_read(now);
        pipeline->turn(now);
        check();
    }
    void store(std::size_t count) {
        for (; count > 0; --count) {
            Token token = sink.waiting.front();
            sink.waiting.pop_front();
            sink.listener->on_stored({&token, 1});
        }
        pipeline->turn(now);
        check();
    }
    std::vector<AcknowledgementTag> acknowledged() {
        std::vector<AcknowledgementTag> tags;
        pipeline->take_acknowledgeable([&tags](AcknowledgementTag tag, Token) { tags.push_back(tag); });
        return tags;
    }
    void check() {
        const LedgerCounts& counts = pipeline->counts();
        EXPECT_EQ(counts.received,
                  counts.delivered + counts.filtered + counts.dead_lettered + counts.discarded + counts.in_flight);
    }

    event::MemoryBudget memory;
    FakeSink sink;
    FakeDeadLetters dead_letters;
    event::ChunkPool chunks;
    std::shared_ptr<const transform::Program> program;
    std::vector<std::string> stops;
    std::unique_ptr<Pipeline> pipeline;
    event::ChunkRef chunk;
    AcknowledgementTag last_tag = 0;
    Clock::time_point now{};
};

using Tags = std::vector<AcknowledgementTag>;

}  // namespace outflow::pipeline
