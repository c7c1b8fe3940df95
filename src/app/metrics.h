// Numbers of all tasks for machines: Prometheus text (format 0.0.4) and JSON. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "app/process_usage.h"
#include "task/task_manager.h"

namespace outflow::app {

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

using task::TaskSnapshot;
// A task as it was at one moment: every number out of one snapshot, so that they add up (docs/delivery.md, point 2).
using task::TaskView;

// "STARTING: MQTT broker ... unreachable ...; next try in 3 s"; without a `wait` the condition alone.
std::string with_next_try(std::string condition, std::optional<platform::Clock::duration> wait);

// Every metric with its HELP and TYPE lines, then a sample for each task.
std::string render_metrics(std::span<const TaskView> tasks, const ProcessUsage& usage);

// {"version":"..","tasks":[{"name":"..","state":"RUNNING","condition":"..","client_id":"..","received":1, ...}]} with
// the metrics' names.
std::string render_status_json(std::span<const TaskView> tasks);

// Appends a label's value with its quotes; backslash, quote and line feed are escaped.
void append_label_value(std::string& out, std::string_view value);

}  // namespace outflow::app
