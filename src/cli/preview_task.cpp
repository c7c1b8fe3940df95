#include "cli/preview_task.h"

#include <utility>

#include "cli/event_input.h"
#include "connectors/rocketmq_record.h"
#include "rocketmq/compress.h"
#include "rocketmq/instance_namespace.h"
#include "rocketmq/validate.h"

namespace outflow::cli {

std::string_view to_string(TaskPreview::Verdict verdict) {
    switch (verdict) {
    case TaskPreview::Verdict::record: return "record";
    case TaskPreview::Verdict::filtered: return "filtered";
    case TaskPreview::Verdict::undeliverable: return "undeliverable";
    }
    return "unknown";
}

event::EventContext TaskPreviewer::context_of(const task::TaskDefinition& task, const task::MqttInstance& mqtt) {
    return task::program_source(task, mqtt).context;
}

Result<std::unique_ptr<TaskPreviewer>> TaskPreviewer::create(const task::TaskDefinition& task,
                                                             const task::MqttInstance& mqtt,
                                                             const task::RocketmqInstance& rocketmq,
                                                             const event::EventContext& context) {
    std::unique_ptr<TaskPreviewer> previewer(new TaskPreviewer(task, rocketmq));
    transform::ProgramSource source = task::program_source(task, mqtt);
    source.context = context;
    std::vector<transform::Fault> faults;
    previewer->program_ = transform::Program::compile(std::move(source), faults);
    if (!previewer->program_) {
        return failed(ErrorCode::task_invalid, "Task " + task.name + ": " + faults[0].field + faults[0].pointer + ": " +
                                                   faults[0].message);
    }
    const bool is_own = task.filter_dialect == pattern::Dialect::outflow;
    previewer->explainer_ = std::make_unique<FilterExplainer>(is_own ? &task.filter : nullptr, task.filter_path);
    return previewer;
}

TaskPreview TaskPreviewer::preview(const event::Event& event) {
    TaskPreview preview;
    bool fits = true;
    preview.event = event_line(event, program_->context(), &fits);
    event::Arena arena;
    std::vector<transform::Record> records;
    const transform::Outcome outcome = program_->run(event, arena, scratch_, records);
    if (outcome.verdict == transform::Verdict::undeliverable) {
        preview.verdict = TaskPreview::Verdict::undeliverable;
        preview.reason = outcome.reason;
        return preview;
    }
    if (outcome.verdict == transform::Verdict::filtered) preview.verdict = TaskPreview::Verdict::filtered;
    if (fits) {
        auto decisions = explainer_->explain(preview.event);
        if (decisions) preview.decisions = std::move(*decisions);
    } else {
        preview.reason = "The payload does not fit the data format, but the task does not read as far as that.";
    }
    for (const transform::Record& record : records) {
        auto stored = store(record);
        if (stored) {
            preview.records.push_back(std::move(*stored));
        } else {
            preview.verdict = TaskPreview::Verdict::undeliverable;
            preview.reason = stored.error().context;
        }
    }
    return preview;
}

// Errors: rocketmq_record_illegal.
Result<PreviewedRecord> TaskPreviewer::store(const transform::Record& record) const {
    const std::string& instance_namespace = rocketmq_.namespace_name;
    Status legal;
    if (program_->topic_is_computed()) legal = connectors::check_computed_topic(record, instance_namespace);
    PreviewedRecord stored;
    rocketmq::PropertyChanges changes;
    connectors::append_record_properties(stored.properties, record, instance_namespace, changes);
    if (legal) legal = rocketmq::check_record(record.body, stored.properties);
    if (!legal) return failed(std::move(legal).error());
    stored.topic = rocketmq::wrap_namespace(instance_namespace, record.topic);
    stored.sharding_key = record.sharding_key;
    stored.body = record.body;
    const auto& limit = task_.sink.compress_above_bytes;
    stored.is_compressed = limit && stored.body.size() > *limit && rocketmq::compress_body(stored.body).has_value();
    return stored;
}

}  // namespace outflow::cli
