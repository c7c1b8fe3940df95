#include "app/preview_task.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "app/make_version.h"
#include "app/event_text.h"
#include "connectors/rocketmq_record.h"
#include "mqtt/topic.h"
#include "rocketmq/compress.h"
#include "rocketmq/instance_namespace.h"
#include "rocketmq/validate.h"

namespace outflow::app {

void remark_on_topic(event::OwnedEvent& owned, const task::MqttSourceDefinition& source) {
    if (mqtt::matches(source.topic, owned.event.topic)) return;
    owned.remarks.push_back(fmt::format("The task would not get it: its topic filter is {}.", source.topic));
}

std::string_view to_string(TaskPreview::Verdict verdict) {
    switch (verdict) {
    case TaskPreview::Verdict::record: return "record";
    case TaskPreview::Verdict::filtered: return "filtered";
    case TaskPreview::Verdict::undeliverable: return "undeliverable";
    }
    return "unknown";
}

// In place of sink and dead letters: keeps what they would be given.
class PreviewEnd final : public pipeline::Sink, public pipeline::DeadLetters {
public:
    PreviewEnd(const task::TaskDefinition& task, const std::optional<task::Instance>& instance)
        : sink_(std::get_if<task::RocketmqSinkDefinition>(&task.sink)),
          instance_(instance ? std::get_if<task::RocketmqInstance>(&instance->kind) : nullptr) {}

    std::vector<PreviewedRecord> records;
    std::string reason;                 // why the event, or a part of it, is undeliverable
    bool was_used = false;              // it has got records
    std::size_t bytes_left = SIZE_MAX;  // of records

    // --- Sink
    void start(pipeline::SinkListener& listener) override { listener_ = &listener; }
    void set_destination(std::string_view topic) override { is_topic_computed_ = topic.empty(); }
    bool is_up() const override { return true; }
    // Few at once: each may have megabytes.
    std::size_t room() const override { return bytes_left > 0 ? 8 : 0; }
    void push(event::Batch&, std::span<const pipeline::SinkRecord> pushed) override {
        was_used = true;
        for (const pipeline::SinkRecord& each : pushed) {
            auto stored = store(each.record);
            refusals_.push_back({each.token, stored ? std::string() : stored.error().context});
            if (!stored) continue;
            bytes_left -= std::min(bytes_left, stored->body.size() + stored->properties.size());
            records.push_back(std::move(*stored));
        }
    }
    void turn() override {
        for (const auto& [token, refusal] : std::exchange(refusals_, {})) {
            if (refusal.empty()) listener_->on_stored({&token, 1});
            else listener_->on_poison(token, refusal);
        }
    }
    void stop(std::function<void()> on_stopped) override { on_stopped(); }
    std::size_t pending() const override { return refusals_.size(); }
    pipeline::SinkCounts counts() const override { return {}; }

    // --- DeadLetters
    void start(pipeline::DeadLetterListener& listener) override { letter_listener_ = &listener; }
    void push(pipeline::Token token, const event::Event&, std::string_view its_reason) override {
        reason = its_reason;
        letters_.push_back(token);
    }
    void turn(platform::Clock::time_point) override { letter_listener_->on_kept(std::exchange(letters_, {})); }
    std::optional<platform::Clock::time_point> deadline() const override { return std::nullopt; }
    void reopen() override {}

    // --- of both
    std::size_t held_bytes() const override { return 0; }
    std::string condition() const override { return {}; }

private:
    // As RocketMQ would store it; for other kinds of sinks what they are given. Errors: rocketmq_record_illegal.
    Result<PreviewedRecord> store(const transform::Record& record) const {
        const std::string_view instance_namespace =
            instance_ == nullptr ? std::string_view() : rocketmq::name_prefix(instance_->namespace_name);
        Status legal;
        if (is_topic_computed_ && sink_ != nullptr)
            legal = connectors::check_computed_topic(record, instance_namespace);
        PreviewedRecord stored;
        rocketmq::PropertyChanges changes;
        connectors::append_record_properties(stored.properties, record, instance_namespace, changes);
        if (legal && sink_ != nullptr) legal = rocketmq::check_record(record.body, stored.properties);
        if (!legal) return failed(std::move(legal).error());
        stored.topic = rocketmq::wrap_namespace(instance_namespace, record.destination);
        stored.sharding_key = record.order_key;
        stored.body = record.body;
        const auto limit = sink_ == nullptr ? std::nullopt : sink_->compress_above_bytes;
        stored.is_compressed = limit && stored.body.size() > *limit && rocketmq::compress_body(stored.body).has_value();
        return stored;
    }

    const task::RocketmqSinkDefinition* sink_;  // null: another kind of sink
    const task::RocketmqInstance* instance_;
    pipeline::SinkListener* listener_ = nullptr;
    pipeline::DeadLetterListener* letter_listener_ = nullptr;
    bool is_topic_computed_ = false;
    std::vector<std::pair<pipeline::Token, std::string>> refusals_;  // of records to be decided; empty: it is stored
    std::vector<pipeline::Token> letters_;
};

event::EventContext TaskPreviewer::context_of(const task::TaskDefinition& task,
                                              const std::optional<task::Instance>& source_instance) {
    return task::program_source(task, source_instance).context;
}

TaskPreviewer::TaskPreviewer(const task::TaskDefinition& task, const std::optional<task::Instance>& sink_instance,
                             const event::EventContext& context)
    : context_(context), end_(std::make_unique<PreviewEnd>(task, sink_instance)) {
    const bool is_own = task.filter_dialect == pattern::Dialect::outflow;
    explainer_ = std::make_unique<FilterExplainer>(is_own ? &task.filter : nullptr, task.filter_path);
}

TaskPreviewer::~TaskPreviewer() = default;

Result<std::unique_ptr<TaskPreviewer>> TaskPreviewer::create(const task::TaskDefinition& task,
                                                             const std::optional<task::Instance>& source_instance,
                                                             const std::optional<task::Instance>& sink_instance,
                                                             const event::EventContext& context) {
    std::unique_ptr<TaskPreviewer> previewer(new TaskPreviewer(task, sink_instance, context));
    transform::ProgramDefinition source = task::program_source(task, source_instance);
    source.context = context;
    TRY(pipeline::Version version, make_version(task, source));
    previewer->filter_ = version.filter;
    pipeline::PipelineOptions options = pipeline_options(task);
    options.batch_push.reset();  // nothing follows that it could wait for
    options.rate_limit.reset();
    PreviewEnd& end = *previewer->end_;
    previewer->pipeline_ = std::make_unique<pipeline::Pipeline>(previewer->memory_, std::move(version), end, &end,
                                                                options, [](pipeline::Stop, std::string_view) {});
    previewer->pipeline_->start();
    return previewer;
}

TaskPreview TaskPreviewer::preview(const event::Event& event, const PreviewLimits& limits) {
    TaskPreview preview;
    bool fits = true;
    preview.event = event_line(event, context_, &fits);
    end_->records.clear();
    end_->reason.clear();
    end_->was_used = false;
    end_->bytes_left = limits.record_bytes_max;
    const std::uint64_t filtered_before = pipeline_->counts().filtered;
    const auto now = platform::Clock::now();
    pipeline_->number_from(event.number);
    pipeline_->admit(event, {}, false, 0, now);
    pipeline_->end_of_read(now);
    const auto is_over = [&] { return end_->bytes_left == 0 || platform::Clock::now() - now > limits.duration_max; };
    while (pipeline_->counts().in_flight > 0 && !is_over()) pipeline_->turn(platform::Clock::now());
    preview.is_cut = pipeline_->counts().in_flight > 0 || end_->bytes_left == 0;
    if (preview.is_cut) return preview;
    preview.records = std::move(end_->records);
    preview.reason = end_->reason;
    if (!preview.reason.empty()) preview.verdict = TaskPreview::Verdict::undeliverable;
    if (!preview.reason.empty() && !end_->was_used) return preview;
    if (pipeline_->counts().filtered > filtered_before) {
        preview.verdict = TaskPreview::Verdict::filtered;
        preview.has_passed_filter = passes_filter(event);
        if (preview.has_passed_filter) preview.reason = "The transform makes no event of it.";
    }
    if (fits) {
        auto decisions = explainer_->explain(preview.event);
        if (decisions) preview.decisions = std::move(*decisions);
    } else if (preview.reason.empty()) {
        preview.reason = "The payload does not fit the data format, but the task does not read as far as that.";
    }
    return preview;
}

// Of a task with stages.
bool TaskPreviewer::passes_filter(const event::Event& event) {
    if (filter_ == nullptr) return false;
    event::Arena arena;
    std::vector<transform::Record> none;
    return filter_->run(event, arena, scratch_, none).verdict == transform::Verdict::records;
}

}  // namespace outflow::app
