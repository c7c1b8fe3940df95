// What the tests of stages share: a stage that suspends and answers when the test wants, and tasks with stages.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "pipeline/pipeline_rig.h"
#include "transform/split.h"

namespace outflow::pipeline {

// Suspends what it gets; the test answers each.
class LateStage final : public transform::Stage {
public:
    void start(transform::StageListener& its_listener, event::BatchPool& its_batches) override {
        listener = &its_listener;
        batches = &its_batches;
    }
    std::size_t room() const override { return room_max - std::min(room_max, suspended.size()); }
    std::size_t push(const event::BatchRef& batch, std::span<const transform::StageEvent> events) override {
        const std::size_t taken = std::min(events.size(), takes_max);
        for (const transform::StageEvent& each : events.first(taken)) suspended.push_back({batch, each});
        return taken;
    }
    void turn(TimePoint) override { ++turns; }
    std::optional<TimePoint> deadline() const override { return again_at; }
    std::size_t held_bytes() const override { return held; }
    std::string condition() const override { return suspended.empty() ? "" : "lookup is slow"; }

    std::string payload(std::size_t place) const {
        const auto& [batch, event] = suspended[place];
        return std::string(batch->events[event.index].payload);
    }
    // Of the one at that place in the order of what is suspended: each text becomes an event.
    void answer(std::size_t place, const std::vector<std::string>& payloads) {
        const auto [batch, event] = take(place);
        event::BatchRef made = batches->take();
        made->keep(batch);
        for (const std::string& payload : payloads) {
            event::Event part = batch->events[event.index];
            part.payload = made->arena.copy(payload);
            made->add(part, {});
        }
        const transform::Completion completion{event.ticket, 0, static_cast<std::uint32_t>(payloads.size()), {}};
        listener->on_complete(made, {&completion, 1});
    }
    // As it came.
    void pass(std::size_t place) { answer(place, {payload(place)}); }
    void refuse(std::size_t place, std::string_view reason) {
        const auto [batch, event] = take(place);
        event::BatchRef made = batches->take();
        const transform::Completion completion{event.ticket, 0, 0, made->arena.copy(reason)};
        listener->on_complete(made, {&completion, 1});
    }

    transform::StageListener* listener = nullptr;
    event::BatchPool* batches = nullptr;
    struct Suspended {
        event::BatchRef batch;
        transform::StageEvent event;
    };
    std::vector<Suspended> suspended;
    std::size_t room_max = 1'000;
    std::size_t takes_max = 1'000;  // of one push
    std::size_t held = 0;
    std::optional<TimePoint> again_at;
    int turns = 0;

private:
    Suspended take(std::size_t place) {
        Suspended taken = suspended[place];
        suspended.erase(suspended.begin() + static_cast<std::ptrdiff_t>(place));
        return taken;
    }
};

using Bodies = std::vector<std::string>;
using StageList = std::vector<std::unique_ptr<transform::Stage>>;

struct StageFixture : Fixture {
    explicit StageFixture(std::string_view filter = "{}", std::size_t memory_bytes_max = limits::held_bytes_max,
                          bool with_dead_letters = true)
        : Fixture(source_of(filter), memory_bytes_max, with_dead_letters), source(source_of(filter)) {}

    template <class... Each>
    void set_stages(bool keeps_order, std::unique_ptr<Each>... each) {
        StageList stages;
        (stages.push_back(std::move(each)), ...);
        set_version(keeps_order, std::move(stages));
    }
    void set_version(bool keeps_order, StageList stages) {
        PipelineOptions options;
        options.keeps_order = keeps_order;
        Version version(compile(source.filter_half()), std::move(stages), compile(source.mapping_half()));
        pipeline->change(std::move(version), options);
    }
    LateStage* set_late(bool keeps_order) {
        auto stage = std::make_unique<LateStage>();
        LateStage* late = stage.get();
        set_stages(keeps_order, std::move(stage));
        return late;
    }
    static std::unique_ptr<transform::Stage> split(std::string path = "$.data.body") {
        std::vector<transform::Diagnostic> diagnostics;
        auto made = transform::Split::compile({{std::move(path), {}, false}}, {}, diagnostics);
        EXPECT_TRUE(made) << diagnostics.front().message;
        return made;
    }
    void turn() {
        pipeline->turn(now);
        check();
    }

    transform::ProgramDefinition source;
};

}  // namespace outflow::pipeline
