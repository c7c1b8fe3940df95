// What filters ask of a value, read off their expressions.
#include "json/query.h"
#include "json/query_tree.h"

namespace outflow::json {

namespace {

using AskedPaths = std::vector<Query::Asked>;

bool collect(const Operand& operand, AskedPaths& asked) {
    if (operand.kind == Operand::Kind::literal) return true;
    if (operand.kind == Operand::Kind::call) {
        if (operand.call->function == Function::count || operand.call->function == Function::value) return false;
        for (const auto& argument : operand.call->arguments) {
            if (!collect(*argument, asked)) return false;
        }
        return true;
    }
    if (operand.query.from_root || !operand.query.is_singular()) return false;
    Query::Asked& made = asked.emplace_back();
    made.number = operand.query.number;
    for (const Segment& segment : operand.query.segments) {
        const Selector& selector = segment.selectors[0];
        made.path.push_back(selector.kind == Selector::Kind::name ? Step::of_name(selector.name)
                                                                  : Step::of_index(selector.index));
    }
    return true;
}

bool collect(const Expression& expression, AskedPaths& asked) {
    for (const Expression& each : expression.expressions) {
        if (!collect(each, asked)) return false;
    }
    return (expression.left == nullptr || collect(*expression.left, asked)) &&
           (expression.right == nullptr || collect(*expression.right, asked));
}

}  // namespace

std::optional<std::vector<Query::Asked>> Query::asked_paths(std::size_t segment) const {
    AskedPaths asked;
    for (const Selector& selector : tree_->segments[segment].selectors) {
        if (!collect(*selector.filter, asked)) return std::nullopt;
    }
    return asked;
}

std::size_t Query::numbers() const { return tree_->subqueries; }

}  // namespace outflow::json
