#include "pattern/element_choice.h"

#include <algorithm>
#include <limits>

namespace outflow::pattern {

using json::Kind;
using json::Node;

Leaf leaf_of(const Node& node) { return {node.kind, node.is(Kind::null) ? std::string_view("null") : node.text}; }

std::string to_string(const Place& place) {
    std::string text;
    for (const PlaceStep& step : place) {
        if (step.array != nullptr) {
            text += "[" + std::to_string(step.index) + "]";
        } else {
            if (!text.empty()) text += '.';
            text += step.name;
        }
    }
    return text;
}

ElementChoice::ElementChoice(const FieldTree& tree, const Node& event)
    : tree_(tree), event_(event), asked_(tree.steps().size()), is_asked_(tree.fields().size()),
      found_(tree.steps().size()), passed_(tree.steps().size()) {}

std::size_t ElementChoice::missed(const std::vector<std::size_t>& fields) {
    ask(fields);
    return fields.size() - static_cast<std::size_t>(worth(0, event_).best());
}

std::vector<FieldSight> ElementChoice::look(const std::vector<std::size_t>& fields) {
    ask(fields);
    chosen_.clear();
    sights_.clear();
    place_.clear();
    if (worth(0, event_).takes()) take(0, event_);
    survey(0, event_, true);
    std::vector<FieldSight> sights;
    for (std::size_t field : fields) {
        FieldSight& sight = sights.emplace_back(std::move(sights_[field]));
        sight.parting = parting(sight.satisfying.place);
    }
    return sights;
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
    std::fill(asked_.begin(), asked_.end(), Asked{});
    std::fill(is_asked_.begin(), is_asked_.end(), false);
    for (std::size_t field : fields) {
        is_asked_[field] = true;
        int allowed = tree_.fields()[field].conditions.missing_allowed() ? 1 : 0;
        for (std::uint32_t step = tree_.step_of(field);; step = tree_.steps()[step].parent) {
            asked_[step].fields += 1;
            asked_[step].missing_allowed += allowed;
            if (step == 0) break;
        }
    }
}

ElementChoice::Worth ElementChoice::worth(std::uint32_t step, const Node& value) {
    if (value.is(Kind::object)) return worth_of_object(step, value);
    if (value.is(Kind::array)) return worth_of_array(step, value);
    return worth_of_leaf(step, value);
}

ElementChoice::Worth ElementChoice::worth_of_leaf(std::uint32_t step, const Node& value) const {
    Worth worth;
    worth.missing = asked_[step].missing_allowed;
    int held = 0;
    const Leaf leaf = leaf_of(value);
    for (std::size_t field : tree_.steps()[step].fields) {
        if (!is_asked_[field]) continue;
        const Conditions& conditions = tree_.fields()[field].conditions;
        if (conditions.hold_for(leaf)) ++held;
        if (conditions.missing_allowed()) --worth.missing;
    }
    if (held > 0) worth.taken = worth.missing + held;
    return worth;
}

ElementChoice::Worth ElementChoice::worth_of_object(std::uint32_t step, const Node& object) {
    Worth worth;
    worth.missing = asked_[step].missing_allowed;
    int best = worth.missing;
    int cost = std::numeric_limits<int>::max();  // of taking a leaf
    for (const Child& child : children(step, object)) {
        const Worth part = this->worth(child.step, child.member->value);
        int if_absent = asked_[child.step].missing_allowed;
        worth.missing += part.missing - if_absent;
        best += part.best() - if_absent;
        if (part.taken >= 0) cost = std::min(cost, part.best() - part.taken);
    }
    if (cost != std::numeric_limits<int>::max()) worth.taken = best - cost;
    return worth;
}

ElementChoice::Worth ElementChoice::worth_of_array(std::uint32_t step, const Node& array) {
    Worth worth;
    worth.missing = asked_[step].missing_allowed;
    for (const Node& item : array.items) {
        const Worth element = this->worth(step, item);
        worth.taken = std::max(worth.taken, element.taken);
        worth.missing = std::min(worth.missing, element.missing);
    }
    return worth;
}

// Chooses elements below `value`, of which a leaf is to be taken.
void ElementChoice::take(std::uint32_t step, const Node& value) {
    if (value.is(Kind::object)) {
        const std::vector<Child> all = children(step, value);
        std::size_t cheapest = all.size();
        int cost = std::numeric_limits<int>::max();
        std::vector<bool> takes;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const Worth part = worth(all[i].step, all[i].member->value);
            takes.push_back(part.takes());
            if (part.taken < 0 || part.best() - part.taken >= cost) continue;
            cost = part.best() - part.taken;
            cheapest = i;
        }
        if (cheapest < all.size()) takes[cheapest] = true;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (takes[i]) take(all[i].step, all[i].member->value);
        }
    } else if (value.is(Kind::array)) {
        std::size_t best = 0;
        int most = -1;
        for (std::size_t i = 0; i < value.items.size(); ++i) {
            int taken = worth(step, value.items[i]).taken;
            if (taken > most) best = i;
            most = std::max(most, taken);
        }
        if (most < 0) return;
        chosen_[&value] = best;
        take(step, value.items[best]);
    } else {
        const Leaf leaf = leaf_of(value);
        for (std::size_t field : tree_.steps()[step].fields) {
            if (is_asked_[field] && tree_.fields()[field].conditions.hold_for(leaf)) sights_[field].taken.value = &value;
        }
    }
}

void ElementChoice::survey(std::uint32_t step, const Node& value, bool is_chosen) {
    if (asked_[step].fields == 0) return;
    if (value.is(Kind::object) || (value.is(Kind::array) && value.items.empty())) {
        for (std::size_t field : tree_.steps()[step].fields) sights_[field].container = value.kind;
    }
    if (value.is(Kind::object)) {
        for (const Child& child : children(step, value)) {
            place_.push_back({child.member->name, nullptr, 0});
            survey(child.step, child.member->value, is_chosen);
            place_.pop_back();
        }
    } else if (value.is(Kind::array)) {
        auto chosen = chosen_.find(&value);
        for (std::size_t i = 0; i < value.items.size(); ++i) {
            place_.push_back({{}, &value, i});
            survey(step, value.items[i], is_chosen && (chosen == chosen_.end() || chosen->second == i));
            place_.pop_back();
        }
    } else {
        survey_leaf(step, value, is_chosen);
    }
}

void ElementChoice::survey_leaf(std::uint32_t step, const Node& leaf, bool is_chosen) {
    for (std::size_t field : tree_.steps()[step].fields) {
        if (!is_asked_[field]) continue;
        FieldSight& sight = sights_[field];
        if (sight.taken.value == &leaf) sight.taken.place = place_;
        if (sight.anywhere.value == nullptr) sight.anywhere = {&leaf, place_};
        if (is_chosen && sight.leaves++ == 0) sight.in_choice = {&leaf, place_};
        if (sight.satisfying.value == nullptr && tree_.fields()[field].conditions.hold_for(leaf_of(leaf))) {
            sight.satisfying = {&leaf, place_};
        }
    }
}

std::vector<ElementChoice::Child> ElementChoice::children(std::uint32_t step, const Node& object) {
    ++object_;
    std::vector<Child> found;
    for (const json::Member& member : object.members) {
        std::uint32_t child = tree_.find(step, member.name);
        if (child != 0 && is_first(step, child) && asked_[child].fields != 0) found.push_back({&member, child});
    }
    return found;
}

// Notes that a name of the present object leads from one step to the other. False: the name, its beginning, or one that
// it is the beginning of, was there before.
bool ElementChoice::is_first(std::uint32_t from, std::uint32_t to) {
    if (found_[to] == object_ || passed_[to] == object_) return false;
    for (std::uint32_t step = tree_.steps()[to].parent; step != from; step = tree_.steps()[step].parent) {
        if (found_[step] == object_) return false;
    }
    found_[to] = object_;
    for (std::uint32_t step = tree_.steps()[to].parent; step != from; step = tree_.steps()[step].parent) {
        passed_[step] = object_;
    }
    return true;
}

}  // namespace outflow::pattern
