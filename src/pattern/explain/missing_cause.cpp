#include "pattern/explain/missing_cause.h"

#include <algorithm>
#include <vector>

#include "base/spelling.h"
#include "pattern/explain/text.h"
#include "pattern/explain/look_alike.h"
#include "pattern/explain/relevant_values.h"

namespace outflow::pattern {

using json::Kind;
using json::Node;

namespace {

constexpr std::size_t elements_max = 100;  // of an array that are looked at

// Goes along the path of a field as far as the event has it.
class PathWalk {
public:
    PathWalk(const FieldTree& tree, std::size_t field) : tree_(tree) {
        for (std::uint32_t step = tree.step_of(field); step != 0; step = tree.steps()[step].parent) {
            steps_.push_back(step);
        }
        steps_.push_back(0);
        std::reverse(steps_.begin(), steps_.end());
    }

    void walk(const Node& value, std::size_t depth) {
        bool leads_on = false;
        for (const json::Member& member : value.members) {
            const std::uint32_t step = tree_.find(steps_[depth], member.name);
            const auto next = std::find(steps_.begin() + static_cast<std::ptrdiff_t>(depth) + 1, steps_.end(), step);
            if (next == steps_.end()) continue;
            leads_on = true;
            descend(member.value, static_cast<std::size_t>(next - steps_.begin()), {member.name, nullptr, 0});
        }
        for (std::size_t i = 0; i < std::min(value.items.size(), elements_max); ++i) {
            leads_on = true;
            descend(value.items[i], depth, {{}, &value, i});
        }
        if (leads_on || (value_ != nullptr && depth <= depth_)) return;
        value_ = &value;
        depth_ = depth;
        place_ = way_;
    }

    // What stands where the path is lost.
    const Node& value() const { return *value_; }
    std::string place() const { return to_string(place_); }
    bool is_at_end() const { return depth_ + 1 == steps_.size(); }
    bool is_last() const { return depth_ + 2 == steps_.size(); }

    // The name that the object lacks.
    std::string_view missing_name() const {
        for (const auto& [name, step] : tree_.steps()[steps_[depth_]].children) {
            if (step == steps_[depth_ + 1]) return name;
        }
        return {};
    }
    // A name of the object that the pattern does not ask for and that was probably meant; empty: there is none.
    std::string_view meant_name() const;

private:
    void descend(const Node& value, std::size_t depth, PlaceStep step) {
        way_.push_back(step);
        walk(value, depth);
        way_.pop_back();
    }

    const FieldTree& tree_;
    std::vector<std::uint32_t> steps_;
    Place way_;
    const Node* value_ = nullptr;
    std::size_t depth_ = 0;
    Place place_;
};

// A number in a name is no slip of the hand: t1 is not t2.
std::string digits_of(std::string_view name) {
    std::string digits(name);
    std::erase_if(digits, [](char c) { return c < '0' || c > '9'; });
    return digits;
}

std::string_view PathWalk::meant_name() const {
    const std::string_view missing = missing_name();
    std::vector<std::string_view> names;
    for (const json::Member& member : value_->members) {
        if (look_alike(missing, member.name)) return member.name;
        const bool is_asked_for = tree_.find(steps_[depth_], member.name) != 0;
        if (!is_asked_for && digits_of(member.name) == digits_of(missing)) names.push_back(member.name);
    }
    return nearest_word(missing, names);
}

std::string scalar_text(const Node& value) {
    if (value.is(Kind::number)) return "the number " + shown_text(value);
    if (!value.is(Kind::string)) return shown_text(value);
    const bool may_be_json = value.text.starts_with('{') || value.text.starts_with('[');
    return may_be_json ? "a text; JSON in a text is not looked into" : "a text";
}

MissingCause cause_at_end(const PathWalk& walk) {
    if (walk.value().is(Kind::array)) return {"found an empty array, which has no value", false};
    std::string text = "found an object, which is no value";
    if (walk.value().members.empty()) return {text, false};
    return {text + "; a field in it is `" + walk.place() + "." + walk.value().members[0].name + "`", false};
}

}  // namespace

MissingCause missing_cause(const FieldTree& tree, std::size_t field, const Node& event) {
    PathWalk walk(tree, field);
    walk.walk(event, 0);
    if (walk.is_at_end()) return cause_at_end(walk);
    const std::string missing = "the field is missing";
    const std::string where = walk.place().empty() ? "the event" : "`" + walk.place() + "`";
    if (walk.value().is(Kind::array)) return {missing + ": " + where + " is an empty array", true};
    if (!walk.value().is(Kind::object)) return {missing + ": " + where + " is " + scalar_text(walk.value()), false};
    const std::string_view meant = walk.meant_name();
    if (meant.empty()) {
        if (walk.is_last()) return {missing, true};
        return {missing + ": " + where + " has no `" + std::string(walk.missing_name()) + "`", true};
    }
    std::string there = "`" + (walk.place().empty() ? "" : walk.place() + ".") + std::string(meant) + "`";
    if (look_alike(walk.missing_name(), meant)) {
        there = escaped_text(meant) + ", which only looks like " + escaped_text(walk.missing_name());
    }
    return {missing + "; there is " + there, false};
}

}  // namespace outflow::pattern
