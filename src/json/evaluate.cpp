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

Result<std::span<const Value>> Evaluator::select(const Query& query, std::size_t first) {
    const std::vector<Segment>& segments = query.tree().segments;
    OUTFLOW_ASSERT(first <= segments.size());
    Memory& memory = *memory_;
    memory.nodes.clear();
    memory.values.clear();
    memory.scratch.pile.clear();
    if (memory.tape.size() == 0) return std::span<const Value>();
    Evaluation evaluation(memory.tape, memory.scratch, limits_.steps_max);
    Found found{.nodes = &memory.nodes, .stop_at = limits_.nodes_max < SIZE_MAX ? limits_.nodes_max + 1 : SIZE_MAX};
    evaluation.visit(0, std::span(segments).subspan(first), found);
    std::string fault = evaluation.fault();
    if (found.count > limits_.nodes_max) fault = "it gives more than " + std::to_string(limits_.nodes_max) + " nodes";
    if (!fault.empty()) {
        memory.nodes.clear();
        return failed(ErrorCode::payload_unfit, "A JSONPath query was given up on this payload: " + fault + ".");
    }
    for (Tape::Id id : memory.nodes) memory.values.push_back(memory.tape.value(id));
    return std::span<const Value>(memory.values);
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
