// app/make_stage.h for the simulation: the task's own stages, behind a wait that may turn their order round.
#include <algorithm>
#include <map>
#include <utility>

#include "app/make_stage.h"
#include "random.h"
#include "transform/split.h"
#include "world.h"

namespace outflow::app {

namespace {

class LateStage final : public transform::Stage {
public:
    LateStage(std::unique_ptr<transform::Stage> stage, sim::Duration delay_max)
        : stage_(std::move(stage)),
          delay_max_(std::chrono::duration_cast<std::chrono::microseconds>(delay_max)),
          random_(sim::World::current().seed(), "late_stage"),
          suspended_max_(1 + random_.below(100)) {}

    void start(transform::StageListener& listener, event::BatchPool& batches) override {
        stage_->start(listener, batches);
    }
    std::size_t room() const override {
        return std::min(stage_->room(), suspended_max_ - std::min(suspended_max_, suspended_.size()));
    }
    std::size_t push(const event::BatchRef& batch, std::span<const transform::StageEvent> events) override {
        for (const transform::StageEvent& event : events) {
            const auto due = sim::World::current().now() + random_.between(std::chrono::microseconds(0), delay_max_);
            suspended_.emplace(due, Suspended{batch, event});
        }
        return events.size();
    }
    void turn(TimePoint now) override {
        while (!suspended_.empty() && suspended_.begin()->first <= now) {
            const auto first = suspended_.extract(suspended_.begin());
            stage_->push(first.mapped().batch, {&first.mapped().event, 1});
        }
    }
    std::optional<TimePoint> deadline() const override {
        return suspended_.empty() ? std::nullopt : std::optional<TimePoint>(suspended_.begin()->first);
    }
    std::size_t held_bytes() const override { return suspended_.size() * sizeof(Suspended); }
    std::string condition() const override { return {}; }

private:
    struct Suspended {
        event::BatchRef batch;
        transform::StageEvent event;
    };

    const std::unique_ptr<transform::Stage> stage_;
    const std::chrono::microseconds delay_max_;
    sim::Random random_;
    const std::size_t suspended_max_;
    std::multimap<TimePoint, Suspended> suspended_;
};

}  // namespace

std::unique_ptr<transform::Stage> make_stage(const task::StageDefinition& definition,
                                             const event::EventContext& context,
                                             std::vector<transform::Diagnostic>& faults) {
    auto stage = transform::Split::compile(std::get<transform::SplitDefinition>(definition), context, faults);
    const sim::Duration delay_max = sim::World::current().stage_delay_max;
    if (!stage || delay_max == sim::Duration::zero()) return stage;
    return std::make_unique<LateStage>(std::move(stage), delay_max);
}

}  // namespace outflow::app
