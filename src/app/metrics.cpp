#include "app/metrics.h"

#include <array>
#include <cstdint>
#include <iterator>

#include <fmt/format.h>

#include "app/build_info.h"
#include "base/format.h"
#include "json/value.h"

namespace outflow::app {

namespace {

enum class Type : std::uint8_t { counter, gauge };

struct Metric {
    std::string_view name;  // without "outflow_", and "_total" of counters
    Type type;
    std::string_view help;
    std::uint64_t (*value)(const TaskSnapshot&);
};

using S = const TaskSnapshot&;

constexpr std::array metrics{
    // Events: received + recovered + replayed = delivered + filtered + dead_lettered + discarded +
    // returned + spooled + in_flight.
    Metric{"received", Type::counter, "Messages taken from the MQTT broker, without recognised redeliveries.",
           [](S s) { return s.events.received; }},
    Metric{"delivered", Type::counter, "Events of which RocketMQ has stored every record.",
           [](S s) { return s.events.delivered; }},
    Metric{"filtered", Type::counter, "Events that the filter rejected, or that gave no record.",
           [](S s) { return s.events.filtered; }},
    Metric{"dead_lettered", Type::counter, "Events that went to dead letter.",
           [](S s) { return s.events.dead_lettered; }},
    Metric{"discarded", Type::counter, "Events dropped because the task's policy says so.",
           [](S s) { return s.events.discarded; }},
    Metric{"recovered", Type::counter, "Events found in the spool at the start.", [](S) { return std::uint64_t{0}; }},
    Metric{"replayed", Type::counter, "Dead letters taken up again.", [](S) { return std::uint64_t{0}; }},
    Metric{"spooled", Type::gauge, "Events in the spool.", [](S) { return std::uint64_t{0}; }},
    Metric{"in_flight", Type::gauge, "Events that are not settled yet.", [](S s) { return s.events.in_flight; }},
    Metric{
        "returned", Type::counter,
        "Events in flight when a change or a pause stopped the task: the MQTT broker has them still, and they come again.",
        [](S s) { return s.returned; }},
    Metric{"redeliveries", Type::counter,
           "Recognised redeliveries of messages that were there already; not part of received.",
           [](S s) { return s.events.redeliveries; }},
    // Records
    Metric{"records_made", Type::counter, "Records made of events.", [](S s) { return s.records.made; }},
    Metric{"records_stored", Type::counter, "Records that RocketMQ has stored.", [](S s) { return s.records.stored; }},
    Metric{"records_dead_lettered", Type::counter, "Records that RocketMQ will never take.",
           [](S s) { return s.records.dead_lettered; }},
    Metric{"records_pending", Type::gauge, "Records that wait to be stored.", [](S s) { return s.pending_records; }},
    // RocketMQ
    Metric{"send_requests", Type::counter, "Send requests, single and batch.", [](S s) { return s.sink.requests; }},
    Metric{"lost_answers", Type::counter, "Send requests without a response; their records are sent again.",
           [](S s) { return s.sink.lost_answers; }},
    Metric{"refused_requests", Type::counter, "Send requests that RocketMQ did not store.",
           [](S s) { return s.sink.refused_requests; }},
    Metric{"batch_splits", Type::counter, "Batch requests sent again in halves.", [](S s) { return s.sink.splits; }},
    Metric{"stored_unflushed", Type::counter,
           "Send requests stored without the durability that the broker strives for.",
           [](S s) { return s.sink.not_flushed; }},
    Metric{"properties_renamed", Type::counter, "Properties carried as mqtt.<name> because RocketMQ reserves the name.",
           [](S s) { return s.sink.properties_renamed; }},
    Metric{"properties_left_out", Type::counter, "Properties left out because name or value is empty.",
           [](S s) { return s.sink.properties_left_out; }},
    Metric{"properties_cleaned", Type::counter,
           "Properties, keys and tags in which the bytes 0x01 and 0x02 became spaces.",
           [](S s) { return s.sink.properties_cleaned; }},
    // MQTT
    Metric{"source_bytes", Type::counter, "Bytes read from the MQTT broker.", [](S s) { return s.source.bytes; }},
    Metric{"source_connects", Type::counter, "Connections to the MQTT broker that were accepted.",
           [](S s) { return s.source.connects; }},
    Metric{"source_sessions_lost", Type::counter, "MQTT sessions that were expected and were gone.",
           [](S s) { return s.source.sessions_lost; }},
    Metric{"source_overruns", Type::counter, "Times that the MQTT broker sent more than Receive Maximum allows.",
           [](S s) { return s.source.overruns; }},
    Metric{"source_stale_acknowledgements", Type::counter,
           "Acknowledgements that were not sent because their connection had ended.",
           [](S s) { return s.source.stale_acknowledgements; }},
    Metric{"source_retained_left_out", Type::counter,
           "Retained messages of an MQTT 3.1.1 broker that the task does not want.",
           [](S s) { return s.source.retained_left_out; }},
    Metric{"waiting", Type::gauge, "Events that Batch Push holds.", [](S s) { return s.waiting; }},
    Metric{"in_stages", Type::gauge, "Events that stages hold, and what was made of events there.",
           [](S s) { return s.in_stages; }},
    Metric{"held_back", Type::gauge, "Events that wait because of rate_limit.", [](S s) { return s.held_back; }},
    Metric{"unacknowledged", Type::gauge, "Messages whose acknowledgement has not left.",
           [](S s) { return s.unacknowledged; }},
    Metric{"held_bytes", Type::gauge, "Memory held for events that are not settled.", [](S s) { return s.held_bytes; }},
};

void append_header(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
    append_format(out, "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void append_task_states(std::string& out, std::span<const TaskView> tasks) {
    append_header(out, "outflow_task_state", "gauge", "1 for the state that the task is in, 0 for the others.");
    for (const TaskView& task : tasks) {
        for (const task::State state : task::all_states) {
            out += "outflow_task_state{task=";
            append_label_value(out, task.name);
            append_format(out, ",state=\"{}\"}} {}\n", task::to_string(state), task.snapshot.state == state ? 1 : 0);
        }
    }
}

void append_process(std::string& out, const ProcessUsage& usage) {
    append_header(out, "process_resident_memory_bytes", "gauge", "Memory in use.");
    append_format(out, "process_resident_memory_bytes {}\n", usage.resident_bytes);
    append_header(out, "process_cpu_seconds_total", "counter", "Processor time used, user and system.");
    append_format(out, "process_cpu_seconds_total {:.6f}\n", usage.cpu_seconds);
    append_header(out, "process_start_time_seconds", "gauge", "When the process started, Unix time.");
    append_format(out, "process_start_time_seconds {:.2f}\n", usage.start_unix_seconds);
    append_header(out, "outflow_build_info", "gauge", "What this program is; always 1.");
    out += "outflow_build_info{version=";
    append_label_value(out, version);
    out += ",commit=";
    append_label_value(out, commit());
    out += ",compiler=";
    append_label_value(out, compiler());
    out += "} 1\n";
}

}  // namespace

std::string with_next_try(std::string condition, std::optional<platform::Clock::duration> wait) {
    if (!wait) return condition;
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
    return seconds > 0 ? fmt::format("{}; next try in {} s", condition, seconds) : condition + "; trying now";
}

void append_label_value(std::string& out, std::string_view value) {
    out += '"';
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
    out += '"';
}

std::string render_metrics(std::span<const TaskView> tasks, const ProcessUsage& usage) {
    std::string out;
    for (const Metric& metric : metrics) {
        const bool is_counter = metric.type == Type::counter;
        const std::string name = fmt::format("outflow_{}{}", metric.name, is_counter ? "_total" : "");
        append_header(out, name, is_counter ? "counter" : "gauge", metric.help);
        for (const TaskView& task : tasks) {
            out += name;
            out += "{task=";
            append_label_value(out, task.name);
            append_format(out, "}} {}\n", metric.value(task.snapshot));
        }
    }
    append_task_states(out, tasks);
    append_process(out, usage);
    return out;
}

std::string render_status_json(std::span<const TaskView> tasks) {
    std::string out = "{\"version\":";
    json::append_json_string(out, version);
    out += ",\"tasks\":[";
    for (const TaskView& task : tasks) {
        if (out.back() != '[') out += ',';
        out += "{\"name\":";
        json::append_json_string(out, task.name);
        out += ",\"state\":";
        json::append_json_string(out, task::to_string(task.snapshot.state));
        out += ",\"condition\":";
        json::append_json_string(out, task.condition);
        out += ",\"client_id\":";
        json::append_json_string(out, task.client_id);
        for (const Metric& metric : metrics) {
            append_format(out, ",\"{}\":{}", metric.name, metric.value(task.snapshot));
        }
        out += '}';
    }
    out += "]}\n";
    return out;
}

}  // namespace outflow::app
