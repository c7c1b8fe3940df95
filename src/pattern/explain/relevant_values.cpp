#include "pattern/explain/relevant_values.h"

namespace outflow::pattern {

using json::Kind;
using json::Node;

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

RelevantValues::RelevantValues(const FieldTree& tree, const Node& event)
    : tree_(tree), found_(tree.steps().size()), passed_(tree.steps().size()) {
    add(event, 0, {});
    if (spots_.empty()) spots_.push_back({&event, 0, 1, {}});
}

void RelevantValues::add(const Node& value, std::uint32_t step, PlaceStep place) {
    const std::size_t spot = spots_.size();
    spots_.push_back({&value, step, 0, place});
    if (value.is(Kind::object)) {
        const std::uint64_t object = ++object_;
        for (const json::Member& member : value.members) {
            std::uint32_t child = tree_.find(step, member.name);
            if (child != 0 && is_first(step, child, object)) add(member.value, child, {member.name, nullptr, 0});
        }
    }
    for (std::size_t i = 0; i < value.items.size(); ++i) add(value.items[i], step, {{}, &value, i});
    if (spots_.size() == spot + 1 && !tree_.steps()[step].is_end) {
        spots_.pop_back();  // no condition can see it
    } else {
        spots_[spot].end = static_cast<std::uint32_t>(spots_.size());
    }
}

// Notes that a name of the object leads from one step to the other. False: the name, its beginning, or one that it is
// the beginning of, was there before.
bool RelevantValues::is_first(std::uint32_t from, std::uint32_t to, std::uint64_t object) {
    if (found_[to] == object || passed_[to] == object) return false;
    for (std::uint32_t step = tree_.steps()[to].parent; step != from; step = tree_.steps()[step].parent) {
        if (found_[step] == object) return false;
    }
    found_[to] = object;
    for (std::uint32_t step = tree_.steps()[to].parent; step != from; step = tree_.steps()[step].parent) {
        passed_[step] = object;
    }
    return true;
}

}  // namespace outflow::pattern
