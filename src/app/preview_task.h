// What a task would do with an event: its filter's verdict and the records that RocketMQ would store. The event goes
// through the task's own pipeline, which has something else at its end. Pure: nothing is connected to, nothing is sent.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/event.h"
#include "event/parse.h"
#include "app/pattern_verdict.h"
#include "pipeline/pipeline.h"
#include "pipeline/version.h"
#include "platform/clock.h"
#include "task/definition.h"
#include "transform/program.h"

namespace outflow::app {

// A record as it would be stored.
struct PreviewedRecord {
    std::string topic;           // with the instance namespace
    std::string sharding_key;    // empty: none
    std::string properties;      // in wire form, without UNIQ_KEY, which every send makes anew
    std::string body;            // not compressed
    bool is_compressed = false;  // it would be stored compressed
};

struct TaskPreview {
    enum class Verdict : std::uint8_t { record, filtered, undeliverable };
    Verdict verdict = Verdict::record;
    std::string event;   // whole, as JSON on one line
    std::string reason;  // why it is undeliverable, or was filtered where the decisions cannot say; a sentence
    std::vector<pattern::Decision> decisions;  // of the filter and its path; none of a pattern of Alibaba's dialect
    std::vector<PreviewedRecord> records;
    bool has_passed_filter = false;  // of what is filtered: the stages made nothing of it
    bool is_cut = false;             // it went over the limits that were given; all else says nothing
};

// Of one preview.
struct PreviewLimits {
    std::size_t record_bytes_max = SIZE_MAX;  // of all its records
    platform::Clock::duration duration_max = platform::Clock::duration::max();
};

// Remarks on an event that the broker would not give to the task.
void remark_on_topic(event::OwnedEvent& owned, const task::MqttSourceDefinition& source);

std::string_view to_string(TaskPreview::Verdict verdict);  // "record", "filtered", "undeliverable"

class PreviewEnd;

// One thread.
class TaskPreviewer {
public:
    // The context that the task gives its events.
    static event::EventContext context_of(const task::TaskDefinition& task,
                                          const std::optional<task::Instance>& source_instance);

    // All outlive the previewer. `context` is that of the events to come: the task's, but for what an event that was
    // written down says of itself. Errors: task_invalid.
    static Result<std::unique_ptr<TaskPreviewer>> create(const task::TaskDefinition& task,
                                                         const std::optional<task::Instance>& source_instance,
                                                         const std::optional<task::Instance>& sink_instance,
                                                         const event::EventContext& context);
    ~TaskPreviewer();

    // One that went over the limits was the last.
    TaskPreview preview(const event::Event& event, const PreviewLimits& limits = {});

private:
    TaskPreviewer(const task::TaskDefinition& task, const std::optional<task::Instance>& sink_instance,
                  const event::EventContext& context);
    bool passes_filter(const event::Event& event);

    const event::EventContext context_;
    event::MemoryBudget memory_;  // before what counts in it
    std::unique_ptr<PreviewEnd> end_;
    std::unique_ptr<pipeline::Pipeline> pipeline_;
    pipeline::ProgramRef filter_;  // null: the task has no stages
    std::unique_ptr<FilterExplainer> explainer_;
    transform::Scratch scratch_;
};

}  // namespace outflow::app
