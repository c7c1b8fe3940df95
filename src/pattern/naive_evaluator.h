// What a pattern means, said as plainly as can be, for tests to compare with. Takes exponential time: for small events.
// Numbers must be exact in a long double; case is ignored for ASCII, é and σ.
#pragma once

#include <algorithm>
#include <bitset>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "json/document.h"

namespace outflow::pattern::naive {

using json::Kind;
using json::Node;
using Text = std::string;
using Address = std::pair<bool, std::bitset<128>>;  // IPv6?, its bits; of IPv4 the last 32
std::optional<Address> parse_ip(const Text& text);  // by the user of this header, who may ask the system for it

inline Text fold(Text text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    for (auto [from, to] : {std::pair{"É", "é"}, {"Σ", "σ"}, {"ς", "σ"}}) {
        while (text.find(from) != text.npos) text.replace(text.find(from), 2, to);
    }
    return text;
}

inline bool is_like(const Text& text, const Text& like) {
    if (like.empty()) return text.empty();
    if (like[0] == '*') return is_like(text, like.substr(1)) || (!text.empty() && is_like(text.substr(1), like));
    std::size_t at = like[0] == '\\' ? 1 : 0;
    return !text.empty() && text[0] == like[at] && is_like(text.substr(1), like.substr(at + 1));
}

inline bool is_in_network(const Text& text, const Text& network) {
    std::size_t slash = network.find('/');
    auto base = parse_ip(network.substr(0, slash)), address = parse_ip(text);
    if (!address || address->first != base->first) return false;
    std::size_t size = base->first ? 128 : 32, bits = slash == text.npos ? size : std::stoul(network.substr(slash + 1));
    return ((address->second ^ base->second) >> (size - bits)).none();
}

inline long double number(const Node& node) { return std::stold(node.text); }
inline bool equals(const Node& value, const Node& leaf) {
    if (value.kind != leaf.kind) return false;
    return value.is(Kind::number) ? number(value) == number(leaf) : value.text == leaf.text;
}

inline bool compares(long double value, const Text& name, long double bound) {
    if (name == "=" || name == "!=") return (value == bound) == (name == "=");
    return name == "<" ? value < bound : name == "<=" ? value <= bound : name == ">" ? value > bound : value >= bound;
}

// One operator of a condition object; `value` is our name for equality.
inline bool holds(const Text& name, const Node& value, const Node& leaf) {
    const Node& operand = value.is(Kind::object) ? value.members[0].value : value;
    if (name == "exists") return value.text == "true";
    if (name == "anything-but") return !holds(value.is(Kind::object) ? value.members[0].name : "value", operand, leaf);
    if (name == "numeric") {
        auto is_met = [&](const Node* term) { return compares(number(leaf), term[0].text, number(term[1])); };
        return leaf.is(Kind::number) && is_met(&value.items[0]) && (value.items.size() == 2 || is_met(&value.items[2]));
    }
    auto item_holds = [&](const Node& item) { return holds(name, item, leaf); };
    if (value.is(Kind::array)) return std::any_of(value.items.begin(), value.items.end(), item_holds);
    if (name == "value") return equals(value, leaf);
    if (!leaf.is(Kind::string)) return false;
    bool folds = value.is(Kind::object) || name == "equals-ignore-case";
    Text wanted = folds ? fold(operand.text) : operand.text, text = folds ? fold(leaf.text) : leaf.text;
    if (name == "prefix") return text.starts_with(wanted);
    if (name == "suffix") return text.ends_with(wanted);
    if (name == "contains") return text.find(wanted) != text.npos;
    if (name == "wildcard") return is_like(text, wanted);
    return name == "cidr" ? is_in_network(text, wanted) : text == wanted;
}

inline bool alternative_holds(const Node& alternative, const Node& leaf) {
    auto member_holds = [&](const auto& member) { return holds(member.name, member.value, leaf); };
    const auto& all = alternative.members;
    return alternative.is(Kind::object) ? std::all_of(all.begin(), all.end(), member_holds) : equals(alternative, leaf);
}

inline bool wants_missing(const Node& alternative) {
    const auto& all = alternative.members;
    return all.size() == 1 && all[0].name == "exists" && all[0].value.text == "false";
}

using Elements = std::map<const Node*, std::size_t>;  // array: its element
struct Leaf {
    Text path;          // .a.b.c
    Elements elements;  // those it stands in
    const Node* value;
};
// A part of the pattern that has to hold: its path; an object or an array, of alternatives or, if true, of branches.
using Wanted = std::tuple<Text, const Node*, bool>;

inline bool agree(const Elements& left, const Elements& right) {
    return std::all_of(left.begin(), left.end(),
                       [&](const auto& in) { return right.count(in.first) == 0 || right.at(in.first) == in.second; });
}

// Of a repeated name the first counts.
inline void collect(const Node& value, const Text& path, Elements elements, std::vector<Leaf>& leaves) {
    for (const Node& item : value.items) {
        elements[&value] = static_cast<std::size_t>(&item - value.items.data());
        collect(item, path, elements, leaves);
    }
    for (const auto& [name, member] : value.members) {
        if (value.find(name) == &member) collect(member, path + "." + name, elements, leaves);
    }
    if (!value.is(Kind::array) && !value.is(Kind::object)) leaves.push_back({path, elements, &value});
}

// Tries all branches, alternatives and leaves that agree with the elements chosen before; judges what is to be missing
// last. `held`: the alternatives that held.
inline bool search(std::vector<Wanted> wanted, const Elements& chosen, const std::vector<Leaf>& leaves,
                   std::vector<std::pair<Text, const Node*>>& held) {
    if (wanted.empty())
        return std::none_of(leaves.begin(), leaves.end(), [&](const Leaf& leaf) {
            auto is_against = [&](const auto& each) { return each.first == leaf.path && wants_missing(*each.second); };
            return agree(leaf.elements, chosen) && std::any_of(held.begin(), held.end(), is_against);
        });
    const auto [path, part, is_or] = wanted.back();
    wanted.pop_back();
    for (const auto& [name, value] : part->members) {
        wanted.emplace_back(name == "$or" ? path : path + "." + name, &value, name == "$or");
    }
    if (part->is(Kind::object)) return search(wanted, chosen, leaves, held);
    for (const Node& item : part->items) {
        std::vector<Wanted> more = wanted;
        if (is_or) more.emplace_back(path, &item, false);
        if (is_or && search(more, chosen, leaves, held)) return true;
        if (is_or) continue;
        held.emplace_back(path, &item);
        if (wants_missing(item) && search(wanted, chosen, leaves, held)) return true;
        for (const Leaf& leaf : leaves) {
            if (leaf.path != path || !agree(leaf.elements, chosen) || !alternative_holds(item, *leaf.value)) continue;
            Elements all = chosen;
            all.insert(leaf.elements.begin(), leaf.elements.end());
            if (search(wanted, all, leaves, held)) return true;
        }
        held.pop_back();
    }
    return false;
}

}  // namespace outflow::pattern::naive
