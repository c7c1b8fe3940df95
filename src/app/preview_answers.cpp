#include "app/preview_answers.h"

#include <chrono>
#include <new>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "app/pattern_verdict.h"
#include "app/preview_json.h"
#include "app/preview_task.h"
#include "base/sentence.h"
#include "platform/clock.h"

namespace outflow::app {

namespace {

// The server does nothing else meanwhile: about a second, whatever is asked for.
constexpr std::size_t answer_bytes_max = 8 * 1024 * 1024;  // of records, and of what decisions show
constexpr std::chrono::seconds pipeline_time_max{1};
constexpr std::uint64_t work_max = 1ULL << 28;  // bytes of a pattern by bytes of an event
constexpr std::size_t staged_bytes_max =
    64 * 1024;  // of an event that a task splits: each part reads the rest of it again
constexpr std::string_view elsewhere =
    "give a smaller one, or try it by the command line: `outflow task preview` or `outflow pattern test`";

tl::unexpected<std::vector<api::Fault>> fault(std::string pointer, std::string detail, std::string hint = {}) {
    return tl::unexpected(
        std::vector<api::Fault>{{std::move(pointer), task::Severity::error, std::move(detail), std::move(hint)}});
}

tl::unexpected<std::vector<api::Fault>> too_large(std::string pointer, std::string_view what) {
    return fault(std::move(pointer), fmt::format("{} over {} MiB", what, answer_bytes_max / 1024 / 1024),
                 std::string(elsewhere));
}

tl::unexpected<std::vector<api::Fault>> too_long(std::string pointer, std::size_t pattern_bytes) {
    return fault(
        std::move(pointer),
        fmt::format("with a pattern of {} bytes it has {} bytes at most here", pattern_bytes, work_max / pattern_bytes),
        std::string(elsewhere));
}

bool takes_long(std::size_t pattern_bytes, std::size_t event_bytes) {
    return std::uint64_t{pattern_bytes} * event_bytes > work_max;
}

std::size_t size_of(const api::GivenEvent& given) {
    if (!given.message) return given.text.size();
    std::size_t bytes = given.message->topic.size() + given.message->payload.size();
    if (given.message->content_type) bytes += given.message->content_type->size();
    for (const auto& [name, value] : given.message->user_properties) bytes += name.size() + value.size();
    return bytes;
}

std::size_t bytes_of(const std::vector<pattern::Decision>& decisions) {
    std::size_t bytes = 0;
    for (const pattern::Decision& each : decisions) bytes += each.value.size() + each.condition.size();
    return bytes;
}

event::OwnedEvent to_event(const api::GivenMessage& message, const event::EventContext& context) {
    event::OwnedEvent owned;
    owned.context = context;
    owned.event.topic = owned.memory.copy(message.topic);
    owned.event.payload = owned.memory.copy(message.payload);
    owned.event.received_ms = platform::unix_ms();
    owned.event.qos = message.qos;
    if (message.user_properties.empty() && !message.content_type) return owned;
    auto* properties = owned.memory.allocate_array<event::MessageProperties>(1);
    owned.event.properties = new (properties) event::MessageProperties{};
    if (message.content_type) properties->content_type = owned.memory.copy(*message.content_type);
    const std::size_t count = message.user_properties.size();
    if (count == 0) return owned;
    auto* user = owned.memory.allocate_array<event::Property>(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto& [name, value] = message.user_properties[i];
        new (user + i) event::Property{owned.memory.copy(name), owned.memory.copy(value)};
    }
    properties->user = {user, count};
    return owned;
}

api::Fault fault_of(const pattern::Diagnostic& diagnostic, task::Severity severity) {
    return {"/pattern" + diagnostic.pointer, severity, diagnostic.message, diagnostic.hint};
}

}  // namespace

api::Previewed answer_preview(const task::Document& document, const api::GivenEvent& given) {
    const task::TaskDefinition& task = document.tasks.front();
    const std::string place = given.message ? "/message" : "/event";
    std::string filter;
    json::append_json(filter, task.filter);
    if (takes_long(filter.size(), size_of(given))) return too_long(place, filter.size());
    if (!task.transform.empty() && size_of(given) > staged_bytes_max) {
        return fault(place, fmt::format("of a task with a transform it has {} bytes at most here", staged_bytes_max),
                     std::string(elsewhere));
    }
    const auto source_instance = document.find(task::instance_of(task.source));
    const auto sink_instance = document.find(task::instance_of(task.sink));
    const event::EventContext context = TaskPreviewer::context_of(task, source_instance);
    Result<event::OwnedEvent> owned = given.message ? Result<event::OwnedEvent>(to_event(*given.message, context))
                                                    : event::parse_event(given.text, context, platform::unix_ms());
    if (!owned) return fault("/event", owned.error().context);
    remark_on_topic(*owned, std::get<task::MqttSourceDefinition>(task.source));
    const auto previewer = TaskPreviewer::create(task, source_instance, sink_instance, owned->context);
    if (!previewer) return fault("", previewer.error().context);
    const TaskPreview preview =
        (*previewer)->preview(owned->event, {.record_bytes_max = answer_bytes_max, .duration_max = pipeline_time_max});
    if (preview.is_cut) return too_large(place, "it takes over a second, or its records are");
    if (bytes_of(preview.decisions) > answer_bytes_max) return too_large(place, "the filter's reasons would be");
    return render_preview_json(preview, owned->remarks);
}

api::Previewed answer_pattern_test(const std::string& pattern, pattern::Dialect dialect, const std::string& event) {
    if (takes_long(pattern.size(), event.size())) return too_long("/event", pattern.size());
    GivenPattern given(pattern, dialect);
    if (!given.is_valid()) {
        std::vector<api::Fault> faults;
        for (const auto& each : given.diagnostics()) faults.push_back(fault_of(each, task::Severity::error));
        for (const auto& each : given.warnings()) faults.push_back(fault_of(each, task::Severity::warning));
        return tl::unexpected(std::move(faults));
    }
    const auto verdict = given.judge(event);
    if (!verdict) return fault("/event", verdict.error().context);
    if (bytes_of(verdict->decisions) > answer_bytes_max) return too_large("/event", "the reasons would be");
    std::string out = fmt::format("{{\"matches\":{},\"decisions\":", verdict->matches);
    append_decisions_json(out, verdict->decisions);
    std::vector<api::Fault> warnings;
    for (const auto& each : given.warnings()) warnings.push_back(fault_of(each, task::Severity::warning));
    api::append_faults(out += ",\"warnings\":", warnings);
    return out + "}";
}

}  // namespace outflow::app
