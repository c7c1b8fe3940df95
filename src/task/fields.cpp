#include "task/fields.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

#include "base/assert.h"
#include "pipeline/rate.h"
#include "task/kinds.h"

namespace outflow::task {
namespace {

using enum FieldType;

constexpr std::string_view until_retry = "an outage is waited for without end; a refused event goes to dead_letter";

// What no kind of connector says of itself.
// clang-format off
constexpr FieldRule own_rules[] = {
    {"file", "instances", named, false, "MQTT brokers and RocketMQ clusters by name"},
    {"file", "tasks", list, false, "The outflows"},

    {"secret", "env", text, false, "The environment variable that holds the secret", {}, 1},
    {"secret", "file", text, false, "The file that holds the secret", {}, 1},

    {"task", "name", text, true, "1 to 127 letters, digits, - and _, first a letter or digit", {}, 1},
    {"task", "enabled", boolean, false, "false: the task does not run, or pauses; its MQTT session keeps what arrives", {}, 0, 0, "true"},
    {"task", "description", text, false, "For people"},
    {"task", "source", object, true, "Where events come from"},
    {"task", "filter", pattern, false, "The event pattern; {} matches everything", {}, 0, 0, "{}"},
    {"task", "filter_dialect", word, false,
     "Whose answers the filter gives: outflow, this product's; alibaba, those of the open-source EventBridge",
     "outflow|alibaba", 0, 0, "\"outflow\""},
    {"task", "filter_path", text, false, "Beside the filter: a JSONPath that must find something in the event", {}, 1},
    {"task", "transform", list, false, "Stages between filter and sink"},
    {"task", "sink", object, true, "Where records go"},
    {"task", "property", object, false, "What happens in trouble"},

    {"task.source", "batch", object, false, "Batch Push: wait for more messages; left out, there is no waiting"},

    {"task.source.batch", "messages", integer, false, "Push when so many wait", {}, 1, 10'000, "100"},
    {"task.source.batch", "interval_seconds", decimal, false, "Push when the oldest has waited so long", {}, 0, 15,
     "3"},

    {"task.transform", "split", object, false, "One event into as many as an array in it has elements"},
    {"task.transform", "map", anything, false, "Replace by regular expressions", {}, 0, 0, {}, "leave it out"},
    {"task.transform", "enrich", anything, false, "Add what a lookup says", {}, 0, 0, {}, "leave it out"},
    {"task.transform", "route", anything, false, "Choose topics by rules", {}, 0, 0, {},
     "a topic can be computed by a JSONPath in sink.rocketmq.topic"},
    {"task.transform", "filter", anything, false, "A second filter", {}, 0, 0, {}, "use the task's own filter"},
    {"task.transform", "function", anything, false, "A function of your own", {}, 0, 0, {}, "leave it out"},

    {"task.transform.split", "path", text, true, "A JSONPath of names and indices that leads to the array", {}, 1},
    {"task.transform.split", "json", text, false, "The same, going on inside of the JSON that the text there is", {}, 1},

    {"value", "form", word, true, "How the field gets its value", "ORIGINAL|JSONPATH|CONSTANT|TEMPLATE|RAW"},
    {"value", "value", variables, false,
     "The path of a JSONPATH, the text of a CONSTANT, or the variables of a TEMPLATE as a map or JSON text"},
    {"value", "template", text, false, "The text of a TEMPLATE with ${NAME} in it"},

    {"path", "path", text, true, "A JSONPath", {}, 1},
    {"path", "json", text, false, "A JSONPath that goes on inside of the JSON that the text there is", {}, 1},
    {"path", "take", word, false, "first: one of several values; left out, they become an array", "first"},

    {"task.property", "retry", anything, false, "The retry policy", {}, 0, 0, {}, until_retry},
    {"task.property", "fault_tolerance", word, false, "ALL: go on after an undeliverable event; NONE: stop at it",
     "ALL|NONE"},
    {"task.property", "dead_letter", object, false, "Where undeliverable events go; left out, they stop the task"},
    {"task.property", "rate_limit", integer, false,
     "How many messages a second go on behind the filter; others wait; left out, there is no limit", {}, 1,
     pipeline::Rate::most},
    {"task.property", "max_tasks", integer, false, "How many workers share the load", {}, 1, 1, "1", {}, 1'000},

    {"task.property.dead_letter", "rocketmq", anything, false, "A RocketMQ topic", {}, 0, 0, {}, "use file"},
    {"task.property.dead_letter", "kafka", anything, false, "A Kafka topic", {}, 0, 0, {}, "use file"},
    {"task.property.dead_letter", "http", anything, false, "An HTTP endpoint", {}, 0, 0, {}, "use file"},
};
// clang-format on

// Objects one after the other, so that fields_of() is a range; `X.*` are all inside of X, those of kinds first.
constexpr std::string_view order[] = {
    "file",        "instance",      "instance.*",     "secret",           "task",
    "task.source", "task.source.*", "task.transform", "task.transform.*", "task.sink",
    "task.sink.*", "value",         "path",           "task.property",    "task.property.*"};

// Where several kinds may stand none of them is required by itself.
bool is_one_of_several(const FieldRule& rule) {
    const auto& sources = Kinds<SourceDefinition>::names;
    if (rule.object == "task.sink") return Kinds<SinkDefinition>::names.size() > 1;
    const bool is_source =
        rule.object == "task.source" && std::find(sources.begin(), sources.end(), rule.name) != sources.end();
    return is_source && sources.size() > 1;
}

std::vector<FieldRule> make_rules() {
    std::vector<FieldRule> given;
    const auto give = [&given](std::span<const FieldRule> rules) {
        given.insert(given.end(), rules.begin(), rules.end());
    };
    give(Kinds<InstanceKind>::fields());
    give(Kinds<SourceDefinition>::fields());
    give(Kinds<SinkDefinition>::fields());
    give(Kinds<DeadLetterDefinition>::fields());
    give(own_rules);
    std::vector<FieldRule> made;
    const auto add = [&](std::string_view object) {
        for (const FieldRule& rule : given) {
            if (rule.object != object) continue;
            made.push_back(rule);
            if (is_one_of_several(rule)) made.back().required = false;
        }
    };
    for (std::string_view place : order) {
        if (!place.ends_with(".*")) {
            add(place);
            continue;
        }
        place.remove_suffix(1);
        std::set<std::string_view> added;
        for (const FieldRule& rule : given) {
            if (rule.object.starts_with(place) && added.insert(rule.object).second) add(rule.object);
        }
    }
    OUTFLOW_ASSERT(made.size() == given.size());  // every object has its place
    return made;
}

}  // namespace

std::span<const FieldRule> all_fields() {
    static const std::vector<FieldRule> rules = make_rules();
    return rules;
}

std::span<const FieldRule> fields_of(std::string_view object, std::span<const FieldRule> table) {
    const auto is_other = [object](const FieldRule& rule) { return rule.object != object; };
    const auto first = std::find_if_not(table.begin(), table.end(), is_other);
    return {first, std::find_if(first, table.end(), is_other)};
}

std::string_view object_of(const FieldRule& rule) {
    if (rule.type == value || rule.type == values) return "value";
    if (rule.type == secret) return "secret";
    if (rule.name == "instances") return "instance";
    if (rule.name == "tasks") return "task";
    if (rule.type != object && rule.type != named && rule.type != list) return {};
    for (const FieldRule& other : all_fields()) {
        const std::string_view name = other.object;
        if (name.size() == rule.object.size() + 1 + rule.name.size() && name.starts_with(rule.object) &&
            name.ends_with(rule.name) && name[rule.object.size()] == '.') {
            return name;
        }
    }
    return {};
}

}  // namespace outflow::task
