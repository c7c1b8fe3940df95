#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/limits.h"
#include "task/draft.h"
#include "task/load.h"
#include "task/names.h"
#include "task/object.h"

namespace outflow::task {
namespace {

event::DataFormat data_format_of(std::string_view word) {
    if (word == "Text") return event::DataFormat::text;
    return word == "Binary" ? event::DataFormat::binary : event::DataFormat::json;
}

Protocol protocol_of(std::string_view word) {
    if (word == "5") return Protocol::mqtt_5;
    return word == "3.1.1" ? Protocol::mqtt_3_1_1 : Protocol::automatic;
}

Ordering ordering_of(std::string_view word) {
    if (word == "key") return Ordering::key;
    return word == "none" ? Ordering::none : Ordering::topic;
}

void read_mqtt_source(Report& report, const Object& object, TaskDraft& draft) {
    SourceDefinition& source = draft.definition.source;
    source.instance = object.text("instance");
    source.topic = object.text("topic");
    source.qos = static_cast<std::uint8_t>(object.integer("qos", source.qos));
    source.data_format = data_format_of(object.text("data_format"));
    source.protocol = protocol_of(object.text("protocol"));
    source.client_id = object.text("client_id");
    source.session_expiry_seconds = object.integer("session_expiry_seconds", source.session_expiry_seconds);
    source.receive_maximum = static_cast<std::uint16_t>(object.integer("receive_maximum", source.receive_maximum));
    source.keep_alive_seconds =
        static_cast<std::uint16_t>(object.integer("keep_alive_seconds", source.keep_alive_seconds));
    source.retained = object.text("retained") == "never" ? Retained::never : Retained::only_new;
    source.validate = object.text("validate") == "full" ? event::Validate::full : event::Validate::off;
    draft.source_instance_place = object.place("instance");
    draft.client_id_place = object.place("client_id");
    if (object.has("topic")) {
        const std::string diagnostic = check_topic_filter(source.topic);
        if (!diagnostic.empty()) report.error(object.place("topic"), object.path("topic"), diagnostic);
        if (diagnostic.empty() && is_shared(source.topic) && source.protocol == Protocol::mqtt_3_1_1) {
            report.warning(object.place("topic"), object.path("topic"),
                            "$share belongs to MQTT 5: several brokers grant it in 3.1.1 and never send anything",
                            "leave out protocol: 3.1.1, or write the filter without $share");
        }
    }
    if (object.has("client_id") && source.client_id.size() > 65'535) {
        report.error(object.place("client_id"), object.path("client_id"), "a client id has at most 65,535 bytes");
    }
    if (source.session_expiry_seconds == 0) {
        report.warning(object.place("session_expiry_seconds"), object.path("session_expiry_seconds"),
                        "with 0 the broker drops what is unacknowledged whenever the connection ends",
                        "leave the field out to keep it for 7 days");
    }
}

void read_batch(Report& report, const Object& object, const Object& mqtt, TaskDefinition& task) {
    BatchDefinition batch;
    batch.messages = object.integer("messages", batch.messages);
    const double seconds = object.decimal("interval_seconds", 3);
    batch.interval = std::chrono::milliseconds(std::llround(seconds * 1'000));
    task.batch = batch;
    const bool is_window_reported = task.source.protocol != Protocol::mqtt_3_1_1;  // 3.1.1 has no Receive Maximum
    if (is_window_reported && batch.messages > task.source.receive_maximum) {
        report.error(mqtt.place("receive_maximum"), mqtt.path("receive_maximum"),
                     fmt::format("{} is less than the {} messages of a batch, which could never fill",
                                 task.source.receive_maximum, batch.messages),
                     "raise receive_maximum or lower batch.messages");
    }
}

void check_ordering(Report& report, const Object& object, const Object& mqtt, const TaskDefinition& task) {
    const SinkDefinition& sink = task.sink;
    const bool has_key = object.has("sharding_key");
    const bool is_shared_source = is_shared(task.source.topic);
    if (is_shared_source && sink.ordering != Ordering::none) {
        report.error(object.place("ordering"), object.path("ordering"),
                     "a $share subscription gives an MQTT topic's messages to several receivers, so no order is kept",
                     "write ordering: none");
    } else if (sink.ordering == Ordering::key && !has_key) {
        report.error(object.place("ordering"), object.path("ordering"), "ordering: key needs a sharding_key",
                     "add sharding_key: $.data.topic, or any other path");
    } else if (sink.ordering != Ordering::key && has_key) {
        report.warning(object.place("sharding_key"), object.path("sharding_key"),
                        "the sharding key orders nothing without ordering: key");
    } else if (sink.ordering == Ordering::key && sink.sharding_key.constant_text()) {
        report.warning(object.place("sharding_key"), object.path("sharding_key"),
                        "a constant sharding key sends every record to one RocketMQ queue");
    } else if (sink.ordering == Ordering::topic && mqtt.has("topic") && !has_wildcard(task.source.topic)) {
        report.warning(mqtt.place("topic"), mqtt.path("topic"),
                        "one MQTT topic in its order means that one RocketMQ queue takes every record",
                        "ordering: none or ordering: key uses all queues");
    }
}

void read_sink(Report& report, const Object& object, const Object& mqtt, TaskDraft& draft) {
    TaskDefinition& task = draft.definition;
    SinkDefinition& sink = task.sink;
    sink.instance = object.text("instance");
    read_value(report, object, "topic", sink.topic, draft.refused_fields);
    read_value(report, object, "body", sink.body, draft.refused_fields);
    read_value(report, object, "properties", sink.properties, draft.refused_fields);
    read_value(report, object, "keys", sink.keys, draft.refused_fields);
    read_value(report, object, "tags", sink.tags, draft.refused_fields);
    read_value(report, object, "sharding_key", sink.sharding_key, draft.refused_fields);
    sink.ordering = ordering_of(object.text("ordering"));
    if (object.has("compress_above_bytes")) sink.compress_above_bytes = object.integer("compress_above_bytes", 0);
    sink.producer_group = object.text("producer_group");
    if (sink.producer_group.empty()) sink.producer_group = default_producer_group(task.name);
    sink.send_timeout = std::chrono::seconds(object.integer("send_timeout_seconds", 10));
    if (task.source.data_format == event::DataFormat::binary && !object.has("body")) {
        report.warning(mqtt.place("data_format"), mqtt.path("data_format"),
                        "with Binary the body of a record is the Base64 of the payload",
                        "write body: { form: RAW } for the bytes themselves, or body: $.data.body for Base64");
    }
    draft.sink_instance_place = object.place("instance");
    draft.sink_topic_place = object.place("topic");
    if (object.has("producer_group")) {
        const std::string diagnostic = check_rocketmq_name(sink.producer_group, limits::rocketmq_group_bytes_max);
        if (!diagnostic.empty()) report.error(object.place("producer_group"), object.path("producer_group"), diagnostic);
    }
}

// The object `name` in `parent`; an empty one without a report when it is absent or was refused.
Object read_child(Report& report, const Object& parent, std::string_view name, std::string_view object) {
    const YamlNodePtr node = parent.find(name);
    return node == nullptr ? Object() : Object::read(report, node, parent.path(name), object);
}

// This version stops at an undeliverable event (NONE) unless a dead-letter file takes it (ALL).
void check_fault_tolerance(Report& report, const Object& property, bool has_dead_letter) {
    const std::string word = property.text("fault_tolerance");
    const bool acted_on = word.empty() || (word == "ALL") == has_dead_letter;
    if (acted_on) return;
    report.error(property.place("fault_tolerance"), property.path("fault_tolerance"),
                 fmt::format("`{}` {} dead_letter is not supported yet", word, has_dead_letter ? "with" : "without"),
                 has_dead_letter ? "leave dead_letter out to stop at an undeliverable event"
                                 : "add dead_letter: { file: PATH }; without it an undeliverable event stops the task");
}

// An event of any task can be undeliverable: its payload may be too large, its properties may be malformed. A task with
// errors of its own is reported of these first, and who writes NONE means it.
void warn_about_dead_letter(Report& report, const Object& task, const Object& property) {
    const bool is_answered = property.has("dead_letter") || property.has("fault_tolerance");
    if (is_answered || !task.is_clean() || !property.is_clean()) return;
    report.warning(task.place("property"), task.path("property") + ".dead_letter",
                    "without it one undeliverable message ends the task within its grace period",
                    "write property: { dead_letter: { file: PATH } }, or { fault_tolerance: NONE } if that is meant");
}

void read_property(Report& report, const Object& task, TaskDraft& draft) {
    const Object property = read_child(report, task, "property", "task.property");
    if (const YamlNodePtr letter = property.find("dead_letter"); letter != nullptr) {
        const Object dead_letter =
            Object::read(report, letter, property.path("dead_letter"), "task.property.dead_letter");
        draft.dead_letter_place = dead_letter.place("file");
        if (dead_letter.has("file")) draft.definition.property.dead_letter_file = dead_letter.text("file");
        else if (dead_letter.is_clean()) report.error(letter->place, dead_letter.path(), "expected { file: PATH }");
    }
    check_fault_tolerance(report, property, property.has("dead_letter"));
    warn_about_dead_letter(report, task, property);
}

// What compiling the filter has found; its place is inside of a filter written in YAML.
void report_filter(Report& report, Severity severity, const Object& task, const transform::Diagnostic& diagnostic,
                   bool from_text) {
    Position place = task.place("filter");
    std::string sentence = diagnostic.message;
    if (sentence.ends_with('.')) sentence.pop_back();  // more may come behind it
    if (diagnostic.line != 0 && !from_text) place = {diagnostic.line, diagnostic.column};
    if (diagnostic.line != 0 && from_text) {
        sentence += fmt::format(" (line {}, column {} of the pattern)", diagnostic.line, diagnostic.column);
    }
    report.add(severity, place, task.path("filter") + (diagnostic.pointer.empty() ? "" : " at " + diagnostic.pointer),
               std::move(sentence), diagnostic.hint);
}

// Compiles filter and fields as the task will.
void check_program(Report& report, const Object& task, const Object& sink, const TaskDraft& draft,
                   bool filter_from_text) {
    std::vector<transform::Diagnostic> diagnostics;
    std::vector<transform::Diagnostic> warnings;
    const transform::ProgramSource source = program_source(draft.definition, MqttInstance{});
    if (draft.definition.transform.empty()) {
        transform::Program::compile(source, diagnostics, &warnings);
    } else {
        transform::Program::compile(source.filter_half(), diagnostics, &warnings);
        transform::Program::compile(source.mapping_half(), diagnostics, &warnings);
    }
    const std::vector<std::string_view>& refused = draft.refused_fields;
    const auto add = [&](Severity severity, const transform::Diagnostic& diagnostic) {
        if (diagnostic.field == "filter") return report_filter(report, severity, task, diagnostic, filter_from_text);
        if (diagnostic.field == "filter_path") return report_value(report, severity, task, diagnostic);
        const bool is_reported = std::find(refused.begin(), refused.end(), diagnostic.field) != refused.end();
        if (!is_reported) report_value(report, severity, sink, diagnostic);
    };
    for (const transform::Diagnostic& each : warnings) add(Severity::warning, each);
    if (diagnostics.empty()) check_constants(report, sink, draft);
    for (const transform::Diagnostic& each : diagnostics) add(Severity::error, each);
}

}  // namespace

void read_task(Report& report, const YamlNodePtr& node, std::size_t index, Draft& draft) {
    TaskDraft made;
    made.path = fmt::format("tasks[{}]", index);
    made.file_number = report.file_number();
    for (const YamlNode::Entry& entry : node->entries) {
        const bool is_name = entry.name == "name" && entry.value->kind == YamlNode::Kind::scalar;
        if (!is_name || entry.value->text.empty()) continue;
        made.path = "tasks." + path_name(entry.value->text);
        break;
    }
    const Object task = Object::read(report, node, made.path, "task");
    TaskDefinition& definition = made.definition;
    definition.name = task.text("name");
    definition.enabled = task.boolean("enabled", true);
    definition.description = task.text("description");
    definition.file = report.file();
    made.name_place = task.place("name");
    if (task.has("name")) {
        const std::string diagnostic = check_name(definition.name);
        if (!diagnostic.empty()) report.error(task.place("name"), task.path("name"), diagnostic);
    }
    const Object source = read_child(report, task, "source", "task.source");
    const Object mqtt = read_child(report, source, "mqtt", "task.source.mqtt");
    read_mqtt_source(report, mqtt, made);
    if (source.has("batch")) {
        read_batch(report, read_child(report, source, "batch", "task.source.batch"), mqtt, definition);
    }
    const Object sink = read_child(report, task, "sink", "task.sink");
    const Object rocketmq = read_child(report, sink, "rocketmq", "task.sink.rocketmq");
    read_sink(report, rocketmq, mqtt, made);
    if (sink.has("rocketmq")) check_ordering(report, rocketmq, mqtt, definition);
    read_transform(report, task, definition);
    read_property(report, task, made);
    const std::string dialect = task.text("filter_dialect");
    definition.filter_dialect = pattern::dialect_of(dialect).value_or(pattern::Dialect::outflow);
    definition.filter_path = task.text("filter_path");
    bool filter_from_text = false;
    if (const YamlNodePtr filter = task.find("filter"); filter != nullptr) {
        definition.filter = read_filter(report, *filter, task.path("filter"), filter_from_text);
    }
    check_program(report, task, rocketmq, made, filter_from_text);
    draft.tasks.push_back(std::move(made));
}

}  // namespace outflow::task
