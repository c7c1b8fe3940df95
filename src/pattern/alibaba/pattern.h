// The Alibaba dialect: event patterns with the answers of the open-source engine of Alibaba's EventBridge,
// apache/rocketmq-eventbridge, defects included. docs/pattern.md has the differences from our own patterns.
//
// Patterns match whole events as JSON text. What the engine would fail on at match time is an error of the pattern
// here.
//
//   {"source":["s"],"data":{"a.b":["x"],"a":{"c[0]":[1]}}}
//
//   event --+-- source  field 0             The leading names of all paths make one tree. A match goes down it once;
//           +-- data -- a --+-- b  field 1  what stands behind them in a path (steps) is followed from there. Of a
//                           +-- c  field 2  repeated name of an event the last counts, as with the engine.
//                                  [0]
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/document.h"
#include "json/walker.h"
#include "pattern/alibaba/condition.h"
#include "pattern/alibaba/path.h"
#include "pattern/pattern.h"

namespace outflow::pattern {

// Immutable. Movable only.
class AlibabaPattern {
public:
    // What matching needs beside the pattern. One thread; reused from event to event, allocates nothing once warm, but
    // for patterns that go through all members (`*`, `..`): then repeated names are looked for.
    struct Scratch {
        json::Walker walker;
        std::vector<json::Value> values;
        std::vector<std::uint8_t> found;
        std::string text;  // of the value or name that is looked at
    };

    // Nothing if there is any error; all of them are appended.
    static std::optional<AlibabaPattern> compile(const json::Node& pattern, std::vector<Diagnostic>& diagnostics);

    bool matches_everything() const { return fields_.empty(); }

    // `event_json`: the whole event, limits::chunk_padding readable bytes behind it.
    // Errors: payload_unfit if it is no JSON object or a path costs too much in it; json_too_deep.
    Result<bool> matches(std::string_view event_json, Scratch& scratch) const;

private:
    friend class AlibabaCompiler;
    friend class AlibabaMatch;

    struct Field {
        AlibabaPath path;  // its names are those of the tree
        AlibabaConditions conditions;
        bool in_data = false;
    };
    struct Branch {
        std::uint32_t node = 0;
        std::uint32_t number = 0;  // among the branches of its node
    };
    struct Node {
        std::map<std::string, Branch, std::less<>> branches;
        std::vector<std::uint32_t> fields;
    };
    AlibabaPattern() = default;
    std::uint32_t add_node(std::uint32_t from, std::string_view name);

    std::vector<Node> nodes_;  // the first is the event
    std::vector<Field> fields_;
    bool has_data_fields_ = false;
    bool visits_members_ = false;
};

}  // namespace outflow::pattern
