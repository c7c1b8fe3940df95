// One evaluation of a query on a tape. Internal to this folder.
//
// Depth first: every node of a segment goes through all later segments before the next one does, which gives the order
// of RFC 9535 without lists in between. Each segment leads at least one level down, so that the recursion is bounded by
// limits::json_depth_max times limits::jsonpath_nesting_max.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/query_tree.h"
#include "json/regexp.h"
#include "json/tape.h"

namespace outflow::json {

// What an Evaluator keeps from one evaluation to the next.
struct EvaluationScratch {
    std::vector<Tape::Id> pile;  // elements of slices that go backwards
    std::string left;            // decoded strings
    std::string right;
    RegexpCache regexps;
};

// Where nodes go.
struct Found {
    std::vector<Tape::Id>* nodes = nullptr;
    std::size_t stop_at = SIZE_MAX;  // nodes; no more are looked for
    std::size_t count = 0;
    Tape::Id first = Tape::none;
};

class Evaluation {
public:
    Evaluation(const Tape& tape, EvaluationScratch& scratch, std::size_t steps_max)
        : tape_(tape), scratch_(scratch), steps_left_(steps_max) {}

    // From now on filters are asked of a value that is known only by these, by the numbers of Query::asked_paths.
    void know_only(std::span<const Value> values) { known_ = values.data(); }
    // They were not enough: an object or array had to be looked into.
    bool lacks_value() const { return lacks_value_; }

    // Goes from `node` through the segments. False: it stopped, at Found::stop_at or because of a limit.
    bool visit(Tape::Id node, std::span<const Segment> segments, Found& found);
    // Whether a filter is true for the value.
    bool holds(const Expression& expression, Tape::Id current);
    // Appends to `out` what the filter has seen there: "`@.a` is 5 and `@.b` is missing".
    void report(const Expression& expression, Tape::Id current, std::string& out);
    // Why an evaluation stopped early; empty: no limit was reached.
    const std::string& fault() const { return fault_; }

private:
    // A value in a filter: of the payload (then with its id), of the query, or counted. Not copyable: `value` may view
    // `digits`.
    struct Item {
        Item() = default;
        Item(const Item&) = delete;
        Item& operator=(const Item&) = delete;

        Value value;
        Tape::Id id = Tape::none;
        std::array<char, 24> digits;
    };

    // evaluation.cpp
    bool visit_children(Tape::Id node, std::span<const Segment> segments, Found& found);
    bool visit_each(Tape::Id node, const Expression* filter, std::span<const Segment> rest, Found& found);
    bool visit_slice(Tape::Id array, const Slice& slice, std::span<const Segment> rest, Found& found);
    Tape::Id find_name(Tape::Id object, std::string_view name);
    Tape::Id find_index(Tape::Id array, std::int64_t index);
    // Pays for `steps`; false if they are used up.
    bool spend(std::size_t steps);
    bool stop(std::string fault);

    // filter.cpp
    bool compares(const Expression& expression, Tape::Id current);
    std::size_t run(const Subquery& query, Tape::Id current, Found& found);
    void read(const Operand& operand, Tape::Id current, Item& item);
    void call(const Call& call, Tape::Id current, Item& item);
    bool call_match(const Call& call, Tape::Id current);
    void set_number(Item& item, std::size_t number);
    void set_node(Item& item, Tape::Id id);
    bool equal(const Item& left, const Item& right);
    bool less(const Item& left, const Item& right);
    bool equal_nodes(Tape::Id left, Tape::Id right);
    bool equal_objects(Tape::Id left, Tape::Id right);
    int compare_strings(const Value& left, const Value& right);

    // evaluation_report.cpp
    void report_operand(const Operand& operand, Tape::Id current, std::string& out);

    const Tape& tape_;
    EvaluationScratch& scratch_;
    std::size_t steps_left_;
    const Value* known_ = nullptr;
    bool lacks_value_ = false;
    std::string fault_;
};

}  // namespace outflow::json
