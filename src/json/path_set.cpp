#include <algorithm>
#include <functional>

#include "json/scan.h"
#include "json/walker.h"

namespace outflow::json {

NameKey NameKey::of(std::string_view name) {
    char first[sizeof head] = {};
    const std::size_t bytes = std::min(name.size(), sizeof first);
    std::copy_n(name.begin(), bytes, first);
    NameKey key{name.size(), load_word(first), ~std::uint64_t{0}, 0};
    if (bytes < sizeof first) key.mask = (std::uint64_t{1} << 8 * bytes) - 1;
    if (name.size() > sizeof tail) key.tail = load_word(name.data() + name.size() - sizeof tail);
    return key;
}

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
    std::vector<std::uint32_t> way = {2};
    for (const std::string& name : names) way.push_back(child_of_name(way.back(), name));
    for (std::size_t i = 0; i + 2 < way.size(); ++i) nodes_[way[i]].has_grandchildren = true;
    std::int32_t& end = nodes_[way.back()].end;
    if (end >= 0) return static_cast<std::size_t>(end);
    end = static_cast<std::int32_t>(leaves_++);
    for (std::uint32_t node : way) {
        LeafRange& range = nodes_[node].leaves;
        if (range.last == 0) range.first = static_cast<std::uint32_t>(end);
        range.last = static_cast<std::uint32_t>(end) + 1;
    }
    return static_cast<std::size_t>(end);
}

std::uint32_t PathSet::child_of_name(std::uint32_t node, const std::string& name) {
    auto& names = nodes_[node].names;
    auto place = std::lower_bound(names.begin(), names.end(), name, std::mem_fn(&Child::is_before));
    if (place != names.end() && place->name == name) return place->node;
    auto child = static_cast<std::uint32_t>(nodes_.size());
    nodes_[node].sizes |= size_bit(name.size());
    names.insert(place, {name, NameKey::of(name), child});
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
