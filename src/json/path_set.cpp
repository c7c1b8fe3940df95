#include <algorithm>

#include "json/walker.h"

namespace outflow::json {

PathSet::PathSet() : nodes_(3) {}

std::size_t PathSet::add_value(const Path& path) {
    std::uint32_t node = 1;
    for (const Step& step : path) {
        node = step.kind == Step::Kind::name ? child_of_name(node, step.name) : child_of_index(node, step.index);
    }
    if (nodes_[node].end < 0) nodes_[node].end = static_cast<std::int32_t>(values_++);
    return static_cast<std::size_t>(nodes_[node].end);
}

std::size_t PathSet::add_leaf(std::span<const std::string> names) {
    std::uint32_t node = 2;
    for (const std::string& name : names) node = child_of_name(node, name);
    if (nodes_[node].end < 0) nodes_[node].end = static_cast<std::int32_t>(leaves_++);
    return static_cast<std::size_t>(nodes_[node].end);
}

std::uint32_t PathSet::child_of_name(std::uint32_t node, const std::string& name) {
    auto before = [](const Child& child, const std::string& other) {
        return child.name.size() != other.size() ? child.name.size() < other.size() : child.name < other;
    };
    auto& names = nodes_[node].names;
    auto place = std::lower_bound(names.begin(), names.end(), name, before);
    if (place != names.end() && place->name == name) return place->node;
    auto child = static_cast<std::uint32_t>(nodes_.size());
    names.insert(place, {name, child});
    nodes_.emplace_back();
    return child;
}

std::uint32_t PathSet::child_of_index(std::uint32_t node, std::int64_t index) {
    for (const auto& [known, child] : nodes_[node].indices) {
        if (known == index) return child;
    }
    auto child = static_cast<std::uint32_t>(nodes_.size());
    nodes_[node].indices.emplace_back(index, child);
    if (index < 0) nodes_[node].has_negative = true;
    nodes_.emplace_back();
    return child;
}

}  // namespace outflow::json
