// The stage `split`: of one event as many as an array in it has elements.
//
//   {"at":7,"items":[{"t":81.50},{"t":12}]}   $.data.body.items   ->   {"t":81.50}  id ...-0     {"t":12}  id ...-1
//
// An element is the payload of its event as it is spelled in the array, not copied; all else is the event's.
#pragma once

#include <memory>
#include <vector>

#include "event/event.h"
#include "json/walker.h"
#include "transform/diagnostic.h"
#include "transform/field.h"
#include "transform/scratch.h"
#include "transform/stage.h"
#include "transform/value_source.h"

namespace outflow::transform {

struct SplitDefinition {
    ValuePath array;  // of names and indices only

    bool operator==(const SplitDefinition&) const = default;
};

// Completes each event at once. Undeliverable: nothing, or no array, is there. Of an empty array nothing comes.
class Split final : public Stage {
public:
    // Null if there is any error; all of them are appended, with the pointers "/path" and "/json". `warnings` as for a
    // Program.
    static std::unique_ptr<Split> compile(const SplitDefinition& source, const event::EventContext& context,
                                          std::vector<Diagnostic>& diagnostics,
                                          std::vector<Diagnostic>* warnings = nullptr);

    void start(StageListener& listener, event::BatchPool& batches) override;
    std::size_t room() const override { return limits::stage_events_max; }
    std::size_t push(const event::BatchRef& batch, std::span<const StageEvent> events) override;
    void turn(TimePoint) override {}
    std::optional<TimePoint> deadline() const override { return std::nullopt; }
    std::size_t held_bytes() const override { return 0; }
    std::string condition() const override { return {}; }

private:
    explicit Split(const event::EventContext& context) : context_(context) {}
    bool compile_source(const SplitDefinition& source, std::vector<Diagnostic>& diagnostics,
                        std::vector<Diagnostic>& warnings);
    Completion split(const event::Event& event, Ticket ticket, event::Batch& made);
    bool read_array(const event::Event& event, event::Arena& arena, json::Value& array, std::string_view& reason);

    const event::EventContext context_;
    json::PathSet paths_;  // inside of the payload
    ValueSource array_;
    bool reads_text_ = false;
    Scratch scratch_;
    StageListener* listener_ = nullptr;
    event::BatchPool* batches_ = nullptr;
    std::vector<Completion> completions_;  // of one push
};

}  // namespace outflow::transform
