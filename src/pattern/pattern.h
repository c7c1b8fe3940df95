// Event patterns: parsed and checked once, then matched against events without materialising them.
//
// In this version: exact values, prefix, suffix, contains, exactly, anything-but (value, list, prefix, suffix),
// numeric, exists, null, "". Conditions of an array are ORed, keys of an object ANDed, operators in one condition
// object ANDed. Arrays of the event are walked through: a field matches if any of its leaf values does; that several
// fields below one array match in the same element is not asked for yet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "event/memory.h"
#include "event/target.h"
#include "json/document.h"
#include "json/walker.h"
#include "pattern/condition.h"

namespace outflow::pattern {

struct Fault {
    std::string pointer;  // JSON pointer into the pattern, "" for the whole
    std::string message;  // what was expected, a sentence
    std::string hint;     // e.g. the operator that was probably meant; may be empty
    std::uint32_t line = 0;  // in the text of the pattern, 0: unknown
    std::uint32_t column = 0;
};

// What matching one event needs to remember; reused from event to event.
struct MatchState {
    std::vector<std::uint8_t> fields;
    std::string text;  // of the string that is looked at, if it has escapes
};

// Immutable.
class Pattern {
public:
    // Every event matches.
    Pattern() = default;

    // Nothing if there is any fault; all of them are appended.
    static std::optional<Pattern> compile(const json::Node& pattern, const event::EventContext& context,
                                          std::vector<Fault>& faults);

    bool matches_everything() const { return fields_.empty(); }
    // Some condition is on `data.body` or inside it.
    bool reads_payload() const { return reads_payload_; }
    // Some condition needs the payload walked: only in JSON events.
    bool walks_payload() const { return payload_fields_ != 0; }

    // Matching, in this order; Program does it together with its own paths in one walk of the payload:
    // 1. once: register the paths inside the payload. Leaf i of `paths` is then leaf i of take_leaf; the set must not
    //    have had leaves before.
    void add_paths(json::PathSet& paths) const;
    // 2. for each event (a Text payload must be UTF-8 if reads_payload()): the conditions outside of the
    //    payload. False: no match, whatever the payload is.
    bool matches_envelope(const event::Event& event, const event::EventContext& context, event::Arena& arena,
                          MatchState& state) const;
    // 3. for each leaf that the walk finds.
    void take_leaf(std::size_t leaf, const json::Value& value, MatchState& state) const;
    // 4. the verdict.
    bool matches_payload(const MatchState& state) const;

private:
    struct Field {
        std::string pointer;              // for explanations
        event::Target target;
        std::vector<std::string> names;   // inside the payload
        Conditions conditions;
    };
    friend class Compiler;
    static void take_value(const Field& field, std::uint8_t& seen, const json::Value& value, std::string& text);
    static void take_user_properties(const Field& field, const event::Event& event, std::uint8_t& seen, std::string& text);
    static bool is_satisfied(const Field& field, std::uint8_t seen);

    std::vector<Field> fields_;  // those inside the payload first, in the order of their leaves
    std::size_t payload_fields_ = 0;
    bool reads_payload_ = false;
};

// The verdict on one event by itself: for previews and tests. Errors: payload_unfit, json_too_deep.
Result<bool> match_event(const Pattern& pattern, const event::Event& event, const event::EventContext& context,
                         json::Walker& walker);

}  // namespace outflow::pattern
