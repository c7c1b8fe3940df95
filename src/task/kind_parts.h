// What the kinds of connectors (task/kinds.h) and the generic part of task files tell each other.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "platform/secret.h"
#include "task/fields.h"
#include "task/yaml.h"

namespace outflow::task {

class Object;
class Report;
struct Instance;

// Batch Push: events wait until `messages` of them are there or the oldest has waited for `interval`.
struct BatchDefinition {
    std::uint32_t messages = 100;               // 1 to 10,000
    std::chrono::milliseconds interval{3'000};  // 0 to 15 seconds; 0: push what the last read brought

    bool operator==(const BatchDefinition&) const = default;
};

// The instance that a source or sink names.
struct InstanceReference {
    std::string_view kind;  // that it must be of; empty: it needs no instance
    std::string_view name;
};

// The secret of an instance, which is read when a task runs.
struct InstanceSecret {
    std::string_view meaning;  // "MQTT password"
    const std::optional<platform::SecretSource>& source;
    bool may_be_empty = true;
};

// What no two tasks may have.
struct Exclusive {
    std::string what;           // the same for two tasks: they have the same
    std::string_view field;     // where it stands
    std::string_view sentence;  // of the other task, behind its name
    std::string_view hint;
};

// A value of a field in the file.
struct FieldPlace {
    Position place;
    std::string path;
};

// What a sink's checks need to know of the source, of whatever kind it is.
struct SourceTraits {
    std::string_view why_no_order;         // empty: it gives the events of a topic in their order
    std::optional<FieldPlace> only_topic;  // where it says so, if all events have the same topic
    event::DataFormat data_format = event::DataFormat::json;
    FieldPlace data_format_place;
};

// What reading a sink needs besides its own fields, and what it gives besides the definition.
struct SinkReading {
    std::string_view task;  // its name
    SourceTraits source;
    std::vector<std::string_view> refused_fields;  // of a record: absent, or with errors that are reported
};

}  // namespace outflow::task
