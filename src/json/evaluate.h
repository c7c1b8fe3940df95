// Runs JSONPath queries over a payload. The nodes are views into it, so numbers keep their spelling.
//
//   Evaluator evaluator;                                    // one a thread, kept: it reuses its memory
//   Status opened = evaluator.open(payload);                // reads the payload once, for any number of queries
//   auto nodes = evaluator.select(query);                   // span of Value, in the order of RFC 9535
//   append_json(out, (*nodes)[0]);  evaluator.location(0);  // 12345678901234567890, $['a'][3]['id']
//
// In a task whose Walker has resolved query.leading_steps() to `value`:
//   evaluator.open(value);  evaluator.select(query, query.leading_steps().size());
// which is right unless query.refers_to_root(): then the whole text is opened and all of the query selected.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "json/query.h"
#include "json/value.h"

namespace outflow::json {

struct Segment;

// What one evaluation may cost. Over it there is an error, never a part of the result.
struct EvaluationLimits {
    std::size_t values_max = limits::jsonpath_values_max;  // in the text
    std::size_t nodes_max = limits::jsonpath_nodes_max;    // in a result
    std::size_t steps_max = limits::jsonpath_steps_max;    // about one value looked at each; a second has 10^8
};

// One thread. Allocates nothing once its memory fits the payloads.
class Evaluator {
public:
    explicit Evaluator(EvaluationLimits limits = {});
    Evaluator(Evaluator&&) noexcept;
    Evaluator& operator=(Evaluator&&) noexcept;
    ~Evaluator();

    // Reads a JSON text, and checks all of its grammar. The text must live as long as what is selected.
    // Of a repeated name the first counts, as in a walk. Errors: payload_unfit, json_too_deep, with the byte offset.
    Status open(std::string_view text);
    // The same for a value that a walk has given; of a missing one nothing is selected.
    Status open(const Value& value);

    // The nodes of `query`, from its segment `first` on, as if those before had led to what was opened. Valid until
    // the next call of open or select. Not before open. Errors: payload_unfit if it costs more than the limits allow.
    Result<std::span<const Value>> select(const Query& query, std::size_t first = 0);
    // Whether `query` has nodes, from its segment `first` on; stops at one.
    Result<bool> finds(const Query& query, std::size_t first = 0);
    // The same, as if what was opened were an element or member that the filters of segment `first` look at.
    Result<bool> passes(const Query& query, std::size_t first);

    // The same of a value of which only what query.asked_paths(first) leads to is known: query.numbers() values.
    // Whether a filter is true for it; nothing if that is not enough to tell. Opens nothing.
    Result<std::optional<bool>> passes_by(const Query& query, std::size_t first, std::span<const Value> values);

    // For people: how far a query that finds nothing gets.
    struct Miss {
        std::size_t segments = 0;  // at the start of the query, which find something
        std::size_t nodes = 0;     // so many
        std::string location;      // of the first, a normalised path
        Value node;                // the first
        // If filters follow:
        std::size_t candidates = 0;   // that they look at
        std::string seen;             // in the first: "`@.a` is 5 and `@.b` is missing"
        bool holds_for_node = false;  // they would be true for a node itself
    };
    // Not before open. Errors: as select.
    Result<Miss> find_miss(const Query& query);
    // Where the node with that number of the last result stands: its normalised path, with `$` for what was opened.
    std::string location(std::size_t node) const;

private:
    struct Memory;
    Result<std::span<const Value>> select_segments(std::span<const Segment> segments);

    EvaluationLimits limits_;
    std::unique_ptr<Memory> memory_;
};

}  // namespace outflow::json
