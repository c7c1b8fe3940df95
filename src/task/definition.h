// What a task file says, as plain values; those of sources, sinks and what they connect to stand with their kinds.
// Everything here was checked by load.h: names refer to instances that exist, numbers are in range, topics and groups
// are legal, the filter and the paths compile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "json/document.h"
#include "pattern/dialect.h"
#include "task/kinds.h"
#include "transform/program.h"
#include "transform/split.h"

namespace outflow::task {

// A stage between filter and sink.
using StageDefinition = std::variant<transform::SplitDefinition>;

struct TaskProperty {
    // Where undeliverable events go. Absent: an undeliverable event stops the task, unacknowledged.
    std::optional<DeadLetterDefinition> dead_letter;
    // Messages a second that may go on behind the filter, 1 to pipeline::Rate::most. Absent: no limit.
    std::optional<std::uint32_t> rate_limit;

    bool operator==(const TaskProperty&) const = default;
};

struct TaskDefinition {
    std::string name;
    bool enabled = true;  // false: it does not run, and what its session holds stays at the broker
    std::string description;
    std::string file;  // the path of the file that defined it, as it was given
    SourceDefinition source;
    std::optional<BatchDefinition> batch;      // absent: no waiting
    json::Node filter = json::Node::object();  // the event pattern; numbers as they were spelled
    pattern::Dialect filter_dialect = pattern::Dialect::outflow;
    std::string filter_path;                 // a JSONPath that must find something; empty: none
    std::vector<StageDefinition> transform;  // in their order
    SinkDefinition sink;
    TaskProperty property;

    bool operator==(const TaskDefinition&) const = default;
};

struct Document {
    std::vector<Instance> instances;
    std::vector<TaskDefinition> tasks;  // in the order of the files

    // Null when there is none. Valid until the document changes.
    const Instance* find(std::string_view name) const;
    // The one that a source or sink names; none, if it needs none.
    std::optional<Instance> find(const InstanceReference& reference) const;
};

// The filter and the fields of the task with the event context of its source; only EventContext::id_prefix is left to
// the caller, who knows the run. `instance`: the one that the source names.
transform::ProgramDefinition program_source(const TaskDefinition& task, const std::optional<Instance>& instance);

// The client id of worker `slot` of a task that names none: `outflow-<16 hexadecimal digits>-<task>-<slot>`, or what else
// the broker wants a client id to begin with (client_id_prefix). The digits are a hash of host name and absolute path of
// the file, so that the id is the same at every start. At most 64 bytes, besides the prefix of letters, digits, - and _:
// a long task name is cut and the hash covers all of it.
std::string default_client_id(const TaskDefinition& task, std::string_view absolute_file_path,
                              std::string_view host_name, std::uint32_t slot = 0, std::string_view prefix = "outflow-");

}  // namespace outflow::task
