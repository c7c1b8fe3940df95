// Event patterns: parsed and checked once, then matched against events without materialising them. docs/pattern.md says
// what they mean.
//
// `$or` is multiplied out: a pattern is up to limits::pattern_conjunctions_max conjunctions, each a set of fields with
// conditions, and matches when one of them holds. All are judged at once, a bit each:
//
//   {"a":{"b":["x"]}, "$or":[{"a":{"c":[1]}}, {"d":[2]}]}     conjunction 0: a.b a.c     1: a.b d
//
//   event {"a":[{"b":"x","c":2},{"b":"y","c":1}],"d":2}
//     scope a[0]  b holds for 0 and 1, c fails for 0  ->  chosen {1}
//     scope a[1]  b fails for 0 and 1                 ->  chosen {}          a: {1}      whole: {0 1} & {1}, d holds
//     for 1: match
//
// A match chooses at most one element of each array, so an array holds for the conjunctions that one of its elements
// holds for, and an object for those that all of its fields hold for. A field that may be missing is missing from an
// array only if it is in no element, unless another field chose the element.
#pragma once

#include <bit>
#include <cstdint>
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

struct Diagnostic {
    std::string pointer;     // JSON pointer into the pattern, "" for the whole
    std::string message;     // what was expected, a sentence
    std::string hint;        // e.g. the operator that was probably meant; may be empty
    std::uint32_t line = 0;  // in the text of the pattern, 0: unknown
    std::uint32_t column = 0;
};

class Pattern;

// What matching one event needs to remember; reused from event to event.
struct MatchState {
    using Bits = std::uint64_t;  // a bit a conjunction; Pattern::words_ of them

    // The event, or an element of an array in it.
    struct Scope {
        std::uint32_t number = 0;  // told apart by it
        json::LeafRange below;     // the fields that belong to it
        bool had_element = false;  // of the array
        bool had_empty = false;    // an element with none of the fields: all such are alike
        std::uint32_t seen = 0;    // fields in the current element
    };
    const Pattern* pattern = nullptr;
    std::vector<Scope> scopes;
    std::size_t depth = 0;   // scopes in use; 1: the event
    Scope* scope = nullptr;  // the innermost
    Bits* sets = nullptr;    // of it
    // Six sets a scope: holds, chosen, absent; asks (of the array's fields); of its elements so far: chosen, absent.
    std::vector<Bits> bits;
    std::vector<std::uint32_t> seen;  // for each field: the scope that it was last seen in
    std::uint32_t scope_number = 0;
    std::vector<std::uint32_t> open;  // for each conjunction: its fields that the event has not shown yet
    bool is_matched = false;          // a conjunction holds whatever is to come
    std::string text;                 // of the string that is looked at, if it has escapes
};

// Calls `visit` with the number of each conjunction that is in a set of so many words.
template <class Visit>
void each_conjunction(const MatchState::Bits* set, std::size_t words, Visit visit) {
    for (std::size_t i = 0; i < words; ++i) {
        for (MatchState::Bits left = set[i]; left != 0; left &= left - 1) {
            visit(i * 64 + static_cast<std::size_t>(std::countr_zero(left)));
        }
    }
}

// Immutable.
class Pattern {
public:
    // Every event matches.
    Pattern() = default;

    // For events of the context. Nothing if there is any error; all of them are appended.
    static std::optional<Pattern> compile(const json::Node& pattern, const event::EventContext& context,
                                          std::vector<Diagnostic>& diagnostics);
    // For whole events as JSON text, with whatever names below `data`.
    static std::optional<Pattern> compile_for_text(const json::Node& pattern, std::vector<Diagnostic>& diagnostics);

    bool matches_everything() const { return fields_.empty(); }
    // Some condition is on `data.body` or inside it.
    bool reads_payload() const { return reads_payload_; }
    // Some condition needs the payload walked: only in JSON events.
    bool walks_payload() const { return payload_fields_ != 0; }

    // Matching, in this order; Program does it together with its own paths in one walk of the payload:
    // 1. once: register the paths inside the payload; the set must not have had leaves before.
    void add_paths(json::PathSet& paths) const;
    // 2. for each event (a Text payload must be UTF-8 if reads_payload()): the conditions outside of the payload.
    //    False: no match, whatever the payload is.
    bool matches_envelope(const event::Event& event, const event::EventContext& context, event::Arena& arena,
                          MatchState& state) const;
    // 3. if walks_payload(): the walk with this sink, which wants no more when the verdict is clear: nothing if there
    // can
    //    be no match.
    //    Valid as long as `state`.
    json::LeafSink sink(MatchState& state) const;
    // 4. the verdict.
    bool matches_payload(MatchState& state) const;

private:
    friend class Assembler;
    template <std::size_t fixed>
    friend class Match;

    template <std::size_t fixed>
    bool match_envelope(const event::Event& event, const event::EventContext& context, event::Arena& arena,
                        MatchState& state) const;

    // One array of the pattern, with the conjunctions that it belongs to.
    struct Asked {
        Conditions conditions;
        std::size_t mask = 0;  // where its set stands in masks_
    };
    struct Field {
        event::Target target;
        std::vector<std::string> names;  // inside the payload
        std::vector<Asked> asked;        // usually one
        std::size_t mask = 0;  // in masks_: the conjunctions that ask for it, and those that hold if it is missing
    };

    std::vector<Field> fields_;  // those inside the payload first, in the order of their names
    std::size_t payload_fields_ = 0;
    std::vector<MatchState::Bits> masks_;
    std::size_t words_ = 1;                    // of a set
    std::vector<MatchState::Bits> all_;        // the conjunctions that there are
    std::vector<std::uint32_t> field_counts_;  // of each conjunction
    bool reads_payload_ = false;
};

// The verdict on one event by itself: for previews and tests. Errors: payload_unfit, json_too_deep.
Result<bool> match_event(const Pattern& pattern, const event::Event& event, const event::EventContext& context,
                         json::Walker& walker);
// The same for an event as JSON text, with limits::chunk_padding readable bytes behind it, and a pattern of
// compile_for_text. A JSON text that is no object is no event: payload_unfit.
Result<bool> match_text(const Pattern& pattern, std::string_view event, json::Walker& walker);

}  // namespace outflow::pattern
