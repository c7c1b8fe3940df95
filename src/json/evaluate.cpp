#include "json/evaluate.h"

#include "base/assert.h"
#include "json/evaluation.h"
#include "json/path.h"
#include "json/walker.h"

namespace outflow::json {

struct Evaluator::Memory {
    Walker walker;
    Tape tape;
    EvaluationScratch scratch;
    std::vector<Tape::Id> nodes;
    std::vector<Value> values;

    // Gives back what a result far larger than usual has left.
    void shrink() {
        constexpr std::size_t kept_nodes = 32 * 1024;
        if (nodes.capacity() > kept_nodes) nodes = {};
        if (values.capacity() > kept_nodes) values = {};
        if (scratch.pile.capacity() > kept_nodes) scratch.pile = {};
        constexpr std::size_t kept_bytes = 256 * 1024;
        if (scratch.left.capacity() > kept_bytes) scratch.left = {};
        if (scratch.right.capacity() > kept_bytes) scratch.right = {};
    }
};

Evaluator::Evaluator(EvaluationLimits limits) : limits_(limits), memory_(std::make_unique<Memory>()) {}
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;
Evaluator::~Evaluator() = default;

Status Evaluator::open(std::string_view text) {
    memory_->shrink();
    memory_->tape.shrink(text.size());
    Status good = memory_->walker.open(text);
    if (good) good = memory_->walker.read(memory_->tape, limits_.values_max);
    if (!good) memory_->tape.read_scalar({});
    return good;
}

Status Evaluator::open(const Value& value) {
    if (value.kind == Kind::object || value.kind == Kind::array) return open(value.raw);
    memory_->tape.read_scalar(value);
    return {};
}

namespace {

std::span<const Segment> segments_of(const Query& query, std::size_t first) {
    const std::vector<Segment>& segments = query.tree().segments;
    OUTFLOW_ASSERT(first <= segments.size());
    return std::span(segments).subspan(first);
}

Status given_up(const std::string& fault) {
    if (fault.empty()) return {};
    return failed(ErrorCode::payload_unfit, "A JSONPath query was given up on this payload: " + fault + ".");
}

}  // namespace

Result<std::span<const Value>> Evaluator::select(const Query& query, std::size_t first) {
    return select_segments(segments_of(query, first));
}

Result<std::span<const Value>> Evaluator::select_segments(std::span<const Segment> segments) {
    Memory& memory = *memory_;
    memory.nodes.clear();
    memory.values.clear();
    memory.scratch.pile.clear();
    if (memory.tape.size() == 0) return std::span<const Value>();
    Evaluation evaluation(memory.tape, memory.scratch, limits_.steps_max);
    Found found{.nodes = &memory.nodes, .stop_at = limits_.nodes_max < SIZE_MAX ? limits_.nodes_max + 1 : SIZE_MAX};
    evaluation.visit(0, segments, found);
    std::string fault = evaluation.fault();
    if (found.count > limits_.nodes_max) fault = "it gives more than " + std::to_string(limits_.nodes_max) + " nodes";
    if (Status good = given_up(fault); !good) {
        memory.nodes.clear();
        return failed(std::move(good).error());
    }
    for (Tape::Id id : memory.nodes) memory.values.push_back(memory.tape.value(id));
    return std::span<const Value>(memory.values);
}

Result<bool> Evaluator::finds(const Query& query, std::size_t first) {
    Memory& memory = *memory_;
    memory.scratch.pile.clear();
    if (memory.tape.size() == 0) return false;
    Evaluation evaluation(memory.tape, memory.scratch, limits_.steps_max);
    Found found{.stop_at = 1};
    evaluation.visit(0, segments_of(query, first), found);
    if (Status good = given_up(evaluation.fault()); !good) return failed(std::move(good).error());
    return found.count > 0;
}

Result<bool> Evaluator::passes(const Query& query, std::size_t first) {
    Memory& memory = *memory_;
    memory.scratch.pile.clear();
    if (memory.tape.size() == 0) return false;
    const std::span<const Segment> segments = segments_of(query, first);
    Evaluation evaluation(memory.tape, memory.scratch, limits_.steps_max);
    Found found{.stop_at = 1};
    for (const Selector& selector : segments.front().selectors) {
        if (found.count == 0 && evaluation.holds(*selector.filter, 0)) evaluation.visit(0, segments.subspan(1), found);
    }
    if (Status good = given_up(evaluation.fault()); !good) return failed(std::move(good).error());
    return found.count > 0;
}

Result<std::optional<bool>> Evaluator::passes_by(const Query& query, std::size_t first, std::span<const Value> values) {
    Evaluation evaluation(memory_->tape, memory_->scratch, limits_.steps_max);
    evaluation.know_only(values);
    bool is_true = false;
    for (const Selector& selector : segments_of(query, first).front().selectors) {
        is_true = is_true || evaluation.holds(*selector.filter, 0);
    }
    if (Status good = given_up(evaluation.fault()); !good) return failed(std::move(good).error());
    return evaluation.lacks_value() ? std::nullopt : std::optional(is_true);
}

Result<Evaluator::Miss> Evaluator::find_miss(const Query& query) {
    const std::span<const Segment> segments = segments_of(query, 0);
    // What finds nothing finds nothing with more segments either.
    std::size_t good = 0;
    for (std::size_t bad = segments.size() + 1; bad - good > 1;) {
        const std::size_t middle = good + (bad - good) / 2;
        TRY(const std::span<const Value> nodes, select_segments(segments.first(middle)));
        (nodes.empty() ? bad : good) = middle;
    }
    TRY(const std::span<const Value> nodes, select_segments(segments.first(good)));
    Miss miss;
    miss.segments = good;
    miss.nodes = nodes.size();
    if (nodes.empty()) return miss;
    miss.location = location(0);
    miss.node = nodes[0];
    if (good == segments.size() || !query.is_filter(good)) return miss;
    const Tape& tape = memory_->tape;
    const Expression& filter = *segments[good].selectors[0].filter;
    Evaluation evaluation(tape, memory_->scratch, limits_.steps_max);
    for (Tape::Id node : memory_->nodes) {
        if (tape[node].count > 0 && miss.candidates == 0) evaluation.report(filter, node + 1, miss.seen);
        miss.candidates += tape[node].count;
        miss.holds_for_node = miss.holds_for_node || (!is_leaf(tape[node].kind) && evaluation.holds(filter, node));
    }
    if (Status reported = given_up(evaluation.fault()); !reported) return failed(std::move(reported).error());
    return miss;
}

std::string Evaluator::location(std::size_t node) const {
    OUTFLOW_ASSERT(node < memory_->nodes.size());
    const Tape& tape = memory_->tape;
    Path path;
    for (Tape::Id id = memory_->nodes[node]; tape[id].parent != Tape::none; id = tape[id].parent) {
        const bool is_member = tape[tape[id].parent].kind == Kind::object;
        path.push_back(is_member ? Step::of_name(std::string(tape.name(id))) : Step::of_index(tape[id].place));
    }
    return render_path({path.rbegin(), path.rend()});
}

}  // namespace outflow::json
