#include "pattern/explain/element_choice.h"

#include <algorithm>
#include <limits>

namespace outflow::pattern {

using json::Kind;
using json::Node;

namespace {

constexpr int impossible = std::numeric_limits<int>::max();

}  // namespace

Leaf leaf_of(const Node& node) { return {node.kind, node.is(Kind::null) ? std::string_view("null") : node.text}; }

ElementChoice::ElementChoice(const FieldTree& tree, const Node& event)
    : tree_(tree), values_(tree, event), asked_(tree.steps().size()) {}

std::size_t ElementChoice::missed(const std::vector<std::size_t>& fields) {
    ask(fields);
    return fields.size() - static_cast<std::size_t>(score(0).best());
}

std::vector<FieldSight> ElementChoice::look(const std::vector<std::size_t>& fields) {
    ask(fields);
    chosen_.clear();
    sights_.assign(fields.size(), {});
    if (score(0).takes()) take(0);
    survey(0, true);
    for (FieldSight& sight : sights_) sight.parting = parting(sight.satisfying.place);
    return std::move(sights_);
}

Place ElementChoice::parting(const Place& place) const {
    for (std::size_t i = 0; i < place.size(); ++i) {
        if (place[i].array == nullptr) continue;
        auto chosen = chosen_.find(place[i].array);
        if (chosen == chosen_.end() || chosen->second == place[i].index) continue;
        return {place.begin(), place.begin() + static_cast<std::ptrdiff_t>(i)};
    }
    return {};
}

void ElementChoice::ask(const std::vector<std::size_t>& fields) {
    for (std::uint32_t step : asked_steps_) {
        asked_[step].fields = asked_[step].missing_allowed = 0;
        asked_[step].here.clear();
    }
    asked_steps_.clear();
    fields_ = fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const int allowed = conditions(i).missing_allowed() ? 1 : 0;
        std::uint32_t step = tree_.step_of(fields[i]);
        asked_[step].here.push_back(i);
        while (true) {
            Asked& asked = asked_[step];
            if (asked.fields++ == 0) asked_steps_.push_back(step);
            asked.missing_allowed += allowed;
            if (step == 0) break;
            step = tree_.steps()[step].parent;
        }
    }
}

ElementChoice::Score ElementChoice::score(std::uint32_t spot) const {
    const Spot& at = values_.spots()[spot];
    if (asked_[at.step].fields == 0) return {};
    if (at.value->is(Kind::object)) return score_of_object(spot);
    if (at.value->is(Kind::array)) return score_of_array(spot);
    return score_of_leaf(at);
}

ElementChoice::Score ElementChoice::score_of_leaf(const Spot& spot) const {
    const Asked& asked = asked_[spot.step];
    Score score{-1, asked.missing_allowed};
    int held = 0;
    const Leaf leaf = leaf_of(*spot.value);
    for (std::size_t i : asked.here) {
        if (conditions(i).hold_for(leaf)) ++held;
        if (conditions(i).missing_allowed()) --score.missing;
    }
    if (held > 0) score.taken = score.missing + held;
    return score;
}

ElementChoice::Score ElementChoice::score_of_object(std::uint32_t spot) const {
    const auto& spots = values_.spots();
    Score all{-1, asked_[spots[spot].step].missing_allowed};
    int best = all.missing;
    int cost = impossible;
    for (std::uint32_t child = spot + 1; child < spots[spot].end; child = spots[child].end) {
        const Score part = score(child);
        const int if_absent = asked_[spots[child].step].missing_allowed;
        all.missing += part.missing - if_absent;
        best += part.best() - if_absent;
        if (part.taken >= 0) cost = std::min(cost, part.cost());
    }
    if (cost != impossible) all.taken = best - cost;
    return all;
}

ElementChoice::Score ElementChoice::score_of_array(std::uint32_t spot) const {
    const auto& spots = values_.spots();
    Score all{-1, asked_[spots[spot].step].missing_allowed};
    for (std::uint32_t child = spot + 1; child < spots[spot].end; child = spots[child].end) {
        const Score element = score(child);
        all.taken = std::max(all.taken, element.taken);
        all.missing = std::min(all.missing, element.missing);
    }
    return all;
}

// Chooses elements so that a leaf in the value is taken; there is one.
void ElementChoice::take(std::uint32_t spot) {
    const Spot& at = values_.spots()[spot];
    if (at.value->is(Kind::object)) return take_in_object(spot);
    if (at.value->is(Kind::array)) return take_in_array(spot);
    const Leaf leaf = leaf_of(*at.value);
    for (std::size_t i : asked_[at.step].here) {
        if (conditions(i).hold_for(leaf)) sights_[i].taken.value = at.value;
    }
}

void ElementChoice::take_in_object(std::uint32_t spot) {
    const auto& spots = values_.spots();
    std::vector<std::uint32_t> taking;
    std::uint32_t cheapest = 0;
    int cost = impossible;
    for (std::uint32_t child = spot + 1; child < spots[spot].end; child = spots[child].end) {
        const Score part = score(child);
        if (part.takes()) taking.push_back(child);
        if (part.taken < 0 || part.cost() >= cost) continue;
        cost = part.cost();
        cheapest = child;
    }
    if (taking.empty() && cost != impossible) taking.push_back(cheapest);
    for (std::uint32_t child : taking) take(child);
}

void ElementChoice::take_in_array(std::uint32_t spot) {
    const auto& spots = values_.spots();
    std::uint32_t best = 0;
    int most = -1;
    for (std::uint32_t child = spot + 1; child < spots[spot].end; child = spots[child].end) {
        const int taken = score(child).taken;
        if (taken > most) best = child;
        most = std::max(most, taken);
    }
    if (most < 0) return;
    chosen_[spots[spot].value] = spots[best].place.index;
    take(best);
}

void ElementChoice::survey(std::uint32_t spot, bool is_chosen) {
    const auto& spots = values_.spots();
    const Spot& at = spots[spot];
    if (asked_[at.step].fields == 0) return;
    const bool is_array = at.value->is(Kind::array);
    if (!is_array && !at.value->is(Kind::object)) survey_leaf(at, is_chosen);
    const auto chosen = is_array ? chosen_.find(at.value) : chosen_.end();
    for (std::uint32_t child = spot + 1; child < at.end; child = spots[child].end) {
        place_.push_back(spots[child].place);
        survey(child, is_chosen && (chosen == chosen_.end() || chosen->second == spots[child].place.index));
        place_.pop_back();
    }
}

void ElementChoice::survey_leaf(const Spot& spot, bool is_chosen) {
    for (std::size_t i : asked_[spot.step].here) {
        FieldSight& sight = sights_[i];
        if (sight.taken.value == spot.value) sight.taken.place = place_;
        if (sight.anywhere.value == nullptr) sight.anywhere = {spot.value, place_};
        if (is_chosen && sight.leaves++ == 0) sight.in_choice = {spot.value, place_};
        if (sight.satisfying.value == nullptr && conditions(i).hold_for(leaf_of(*spot.value))) {
            sight.satisfying = {spot.value, place_};
        }
    }
}

}  // namespace outflow::pattern
