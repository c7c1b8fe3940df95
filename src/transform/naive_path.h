// What a filter_path means, said as plainly as can be, and random ones: for tests to compare with. A part of JSONPath:
// names, indices, `*`, `..name` and filters with comparisons, existence, length, `&&`, `||` and `!`.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "pattern/naive_evaluator.h"
#include "pattern/value_generator.h"

namespace outflow::transform::naive {

using json::Kind;
using json::Node;
using Nodes = std::vector<const Node*>;

struct Test;

struct Step {
    enum class Kind : std::uint8_t { name, index, all, anywhere, filter };
    Kind kind = Kind::name;
    std::string name;  // also of `anywhere`
    int index = 0;
    std::vector<Test> tests;  // of a filter: one
};

struct Path {
    bool from_root = true;
    std::vector<Step> steps;
};

struct Test {
    enum class Kind : std::uint8_t { exists, compares, all, any, none };
    Kind kind = Kind::exists;
    Path left;
    bool is_length = false;  // of what is at `left`
    std::string sign;
    std::vector<Path> right;  // one, or none:
    Node literal;
    std::vector<Test> tests;
};

// Of a repeated name the first counts.
inline Nodes children(const Node& node) {
    Nodes all;
    for (const Node& item : node.items) all.push_back(&item);
    for (const auto& member : node.members) {
        if (node.find(member.name) == &member.value) all.push_back(&member.value);
    }
    return all;
}

inline bool equals(const Node* left, const Node* right) {
    if (left == nullptr || right == nullptr) return left == right;
    if (left->kind != right->kind) return false;
    if (!left->is(Kind::array) && !left->is(Kind::object)) return pattern::naive::equals(*left, *right);
    const Nodes mine = children(*left), others = children(*right);
    if (mine.size() != others.size()) return false;
    for (std::size_t i = 0; i < left->items.size(); ++i) {
        if (!equals(mine[i], others[i])) return false;
    }
    return std::all_of(left->members.begin(), left->members.end(), [&](const json::Member& member) {
        return equals(left->find(member.name), right->find(member.name));
    });
}

inline bool is_less(const Node* left, const Node* right) {
    if (left == nullptr || right == nullptr || left->kind != right->kind) return false;
    if (left->is(Kind::number)) return pattern::naive::number(*left) < pattern::naive::number(*right);
    return left->is(Kind::string) && left->text < right->text;
}

inline Nodes find(const Path& path, const Node& current, const Node& root);

inline bool holds(const Test& test, const Node& current, const Node& root) {
    auto inner = [&](const Test& each) { return holds(each, current, root); };
    if (test.kind == Test::Kind::all) return std::all_of(test.tests.begin(), test.tests.end(), inner);
    if (test.kind == Test::Kind::any) return std::any_of(test.tests.begin(), test.tests.end(), inner);
    if (test.kind == Test::Kind::none) return !inner(test.tests[0]);
    const Nodes found = find(test.left, current, root);
    if (test.kind == Test::Kind::exists) return !found.empty();
    const Node* left = found.empty() ? nullptr : found[0];
    Node length;
    if (test.is_length && left != nullptr) {
        const bool is_text = left->is(Kind::string);
        const auto is_first = [](char c) { return (c & 0xc0) != 0x80; };
        const auto starts = std::count_if(left->text.begin(), left->text.end(), is_first);
        const bool has_length = is_text || left->is(Kind::array) || left->is(Kind::object);
        length = Node::number(std::to_string(is_text ? static_cast<std::size_t>(starts) : children(*left).size()));
        left = has_length ? &length : nullptr;
    }
    const Nodes others = test.right.empty() ? Nodes{&test.literal} : find(test.right[0], current, root);
    const Node* right = others.empty() ? nullptr : others[0];
    if (test.sign == "==" || test.sign == "!=") return equals(left, right) == (test.sign == "==");
    const bool is_strict = test.sign.size() == 1;
    return (test.sign[0] == '<' ? is_less(left, right) : is_less(right, left)) || (!is_strict && equals(left, right));
}

inline void find_anywhere(const Node& node, const std::string& name, Nodes& to) {
    if (const Node* member = node.is(Kind::object) ? node.find(name) : nullptr) to.push_back(member);
    for (const Node* child : children(node)) find_anywhere(*child, name, to);
}

inline Nodes find(const Path& path, const Node& current, const Node& root) {
    Nodes nodes = {path.from_root ? &root : &current};
    for (const Step& step : path.steps) {
        Nodes next;
        for (const Node* node : nodes) {
            const Nodes inner = children(*node);
            if (step.kind == Step::Kind::name && node->is(Kind::object) && node->find(step.name) != nullptr) {
                next.push_back(node->find(step.name));
            }
            if (step.kind == Step::Kind::anywhere) find_anywhere(*node, step.name, next);
            const int at = step.index < 0 ? step.index + static_cast<int>(node->items.size()) : step.index;
            const bool is_in = at >= 0 && at < static_cast<int>(node->items.size());
            if (step.kind == Step::Kind::index && is_in) next.push_back(&node->items[static_cast<std::size_t>(at)]);
            for (const Node* child : inner) {
                const bool is_taken = step.kind == Step::Kind::all ||
                                      (step.kind == Step::Kind::filter && holds(step.tests[0], *child, root));
                if (is_taken) next.push_back(child);
            }
        }
        nodes = std::move(next);
    }
    return nodes;
}

}  // namespace outflow::transform::naive
