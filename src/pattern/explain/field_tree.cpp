#include "pattern/explain/field_tree.h"

#include <algorithm>

#include "base/limits.h"
#include "pattern/compiler.h"

namespace outflow::pattern {

namespace {

using json::Kind;
using json::Node;

std::size_t combinations_of(const GroupItem& item) {
    std::size_t count = item.branches.empty() ? 1 : 0;
    for (const Branch& branch : item.branches) count += branch.group.combinations;
    return std::min(count, limits::pattern_conjunctions_max);
}

void collect(const Group& group, std::size_t number, Combination& to) {
    for (const GroupItem& item : group.items) {
        if (item.branches.empty()) {
            to.fields.push_back(item.field);
            continue;
        }
        std::size_t rest = number % combinations_of(item);
        number /= combinations_of(item);
        for (const Branch& branch : item.branches) {
            if (rest < branch.group.combinations) {
                to.branches.push_back(&branch);
                collect(branch.group, rest, to);
                break;
            }
            rest -= branch.group.combinations;
        }
    }
}

// The names of user properties hold dots that are no nesting.
constexpr std::string_view whole_names = "data.userProperties.";

}  // namespace

FieldTree::FieldTree(const Node& pattern) : steps_(1) { add_object(pattern, "", "", root_); }

void FieldTree::add_object(const Node& object, const std::string& pointer, const std::string& path, Group& group) {
    for (const auto& [name, value] : object.members) {
        std::string inner_pointer = pointer;
        json::append_pointer(inner_pointer, name);
        if (name == "$or") {
            add_branches(value, inner_pointer, path, group);
            continue;
        }
        std::string inner_path = path.empty() ? name : path + "." + name;
        if (value.is(Kind::object)) {
            add_object(value, inner_pointer, inner_path, group);
        } else {
            add_field(value, std::move(inner_pointer), std::move(inner_path), group);
        }
    }
}

void FieldTree::add_field(const Node& alternatives, std::string pointer, std::string path, Group& group) {
    ExplainedField field;
    std::vector<Diagnostic> diagnostics;  // none: the pattern compiles
    DiagnosticList list(diagnostics);
    compile_conditions(alternatives, pointer, field.conditions, list);
    ends_.push_back(add_steps(path));
    steps_[ends_.back()].is_end = true;
    group.items.push_back({fields_.size(), {}});
    field.pointer = std::move(pointer);
    field.path = std::move(path);
    field.alternatives = &alternatives;
    fields_.push_back(std::move(field));
}

void FieldTree::add_branches(const Node& branches, const std::string& pointer, const std::string& path, Group& group) {
    GroupItem item;
    for (std::size_t i = 0; i < branches.items.size(); ++i) {
        Branch branch;
        branch.pointer = pointer + "/" + std::to_string(i);
        branch.path = (path.empty() ? "" : path + ".") + "$or[" + std::to_string(i) + "]";
        branch.pattern = &branches.items[i];
        add_object(*branch.pattern, branch.pointer, path, branch.group);
        item.branches.push_back(std::move(branch));
    }
    group.combinations = std::min(group.combinations * combinations_of(item), limits::pattern_conjunctions_max);
    group.items.push_back(std::move(item));
}

std::uint32_t FieldTree::add_steps(std::string_view path) {
    std::size_t whole_from = path.starts_with(whole_names) ? whole_names.size() : path.size();
    std::uint32_t step = 0;
    std::size_t start = 0;
    for (std::size_t dot = path.find('.'); dot < whole_from; dot = path.find('.', start)) {
        step = add_child(step, path.substr(start, dot - start));
        start = dot + 1;
    }
    if (start == whole_names.size() && whole_from == start) steps_[step].names_are_whole = true;
    return add_child(step, path.substr(start));
}

std::uint32_t FieldTree::add_child(std::uint32_t step, std::string_view name) {
    auto added = static_cast<std::uint32_t>(steps_.size());
    auto [place, is_new] = steps_[step].children.try_emplace(std::string(name), added);
    std::uint32_t child = place->second;
    if (is_new) {
        steps_.emplace_back();
        steps_[child].parent = step;
    }
    return child;
}

Combination FieldTree::combination(const Group& group, std::size_t number) {
    Combination all;
    collect(group, number, all);
    return all;
}

std::uint32_t FieldTree::find(std::uint32_t step, std::string_view name) const {
    while (true) {
        auto child = steps_[step].children.find(name);
        if (child != steps_[step].children.end()) return child->second;
        std::size_t dot = name.find('.');
        if (dot == std::string_view::npos || steps_[step].names_are_whole) return 0;
        child = steps_[step].children.find(name.substr(0, dot));
        if (child == steps_[step].children.end()) return 0;
        step = child->second;
        name.remove_prefix(dot + 1);
    }
}

}  // namespace outflow::pattern
