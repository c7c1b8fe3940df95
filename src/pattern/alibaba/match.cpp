#include "pattern/alibaba/pattern.h"

#include "json/elements.h"
#include "pattern/alibaba/number.h"
#include "pattern/alibaba/selection.h"

namespace outflow::pattern {

using json::Kind;
using json::Value;

// One event.
class AlibabaMatch {
public:
    AlibabaMatch(const AlibabaPattern& pattern, AlibabaPattern::Scratch& scratch, bool names_repeat)
        : pattern_(pattern), scratch_(scratch), names_repeat_(names_repeat) {
        scratch_.values.clear();
        scratch_.found.assign(pattern.fields_.size(), 0);
    }

    Result<bool> run(const Value& event) {
        if (!go_down(0, event)) {
            if (!has_given_up_) return false;
            return failed(ErrorCode::payload_unfit,
                          "A path of the pattern was given up on: it reads too much of this event.");
        }
        if (pattern_.has_data_fields_ && !has_data_) return false;
        for (std::size_t i = 0; i < pattern_.fields_.size(); ++i) {
            if (scratch_.found[i] == 0 && !pattern_.fields_[i].conditions.hold_for_missing()) return false;
        }
        return true;
    }

private:
    using Field = AlibabaPattern::Field;

    // False: some field does not hold.
    bool go_down(std::uint32_t node_number, const Value& value) {
        const AlibabaPattern::Node& node = pattern_.nodes_[node_number];
        for (std::uint32_t number : node.fields) {
            if (!judge(number, value)) return false;
        }
        if (node.branches.empty() || value.kind != Kind::object) return true;
        const std::size_t base = scratch_.values.size();
        scratch_.values.resize(base + node.branches.size(), Value{});
        json::ElementReader reader(value);
        for (Value name, member; reader.next(name, member);) {
            const auto found = node.branches.find(json::string_text(name, scratch_.text));
            if (found != node.branches.end()) scratch_.values[base + found->second.number] = member;
        }
        bool holds = true;
        for (const auto& [name, branch] : node.branches) {
            const Value member = scratch_.values[base + branch.number];
            if (member.kind == Kind::missing) continue;
            if (node_number == 0 && name == "data") has_data_ = true;
            holds = go_down(branch.node, member);
            if (!holds) break;
        }
        scratch_.values.resize(base);
        return holds;
    }

    bool judge(std::uint32_t number, const Value& value) {
        const Field& field = pattern_.fields_[number];
        if (field.path.steps.empty()) {
            scratch_.found[number] = 1;
            return holds_for_value(field, value, field.in_data);
        }
        Judgement judgement{this, &field};
        AlibabaSelection selection(field.path, cost_, names_repeat_);
        const bool is_found = selection.select(value, true, {&judgement, &Judgement::take});
        has_given_up_ = selection.has_given_up();
        if (has_given_up_) return false;
        if (!is_found) return true;
        scratch_.found[number] = 1;
        return judgement.holds && !judgement.has_container;
    }

    // What a path selects: one value, or a list that is judged as an array with these elements is.
    struct Judgement {
        AlibabaMatch* match;
        const Field* field;
        bool holds = false;
        bool has_container = false;

        static void take(void* context, const Value& value, bool is_member) {
            auto& self = *static_cast<Judgement*>(context);
            if (self.field->path.is_definite()) {
                self.holds = self.match->holds_for_value(*self.field, value, is_member);
            } else if (!value.is_leaf()) {
                self.has_container = true;
            } else if (!self.holds) {
                self.holds = self.match->holds_for_leaf(*self.field, value, is_member);
            }
        }
    };

    // Objects hold for nothing, nor do arrays with containers in them; of other arrays one element has to hold.
    bool holds_for_value(const Field& field, const Value& value, bool is_read) {
        if (value.kind == Kind::object) return false;
        if (value.kind != Kind::array) return holds_for_leaf(field, value, is_read);
        bool holds = false;
        json::ElementReader reader(value);
        for (Value element; reader.next(element);) {
            if (!element.is_leaf()) return false;
            if (!holds) holds = holds_for_leaf(field, element, false);
        }
        return holds;
    }

    // `is_read`: a number counts as the engine reads it, else as it is spelled.
    bool holds_for_leaf(const Field& field, const Value& value, bool is_read) {
        AlibabaLeaf leaf{value.kind, value.raw, 0};
        if (value.kind == Kind::string) {
            leaf.text = json::string_text(value, scratch_.text);
        } else if (value.kind == Kind::number && is_read) {
            const AlibabaNumber number = read_alibaba_number(value.raw, scratch_.text);
            leaf.text = number.text;
            leaf.number = number.value;
        } else if (value.kind == Kind::number) {
            leaf.number = nearest_double(value.raw);
        }
        return field.conditions.hold_for(leaf);
    }

    const AlibabaPattern& pattern_;
    AlibabaPattern::Scratch& scratch_;
    bool names_repeat_;
    std::size_t cost_ = 0;
    bool has_data_ = false;
    bool has_given_up_ = false;
};

Result<bool> AlibabaPattern::matches(std::string_view event_json, Scratch& scratch) const {
    constexpr std::string_view spaces = " \t\n\r";
    Status good = scratch.walker.open(event_json);
    if (good) good = scratch.walker.check(json::RepeatedNames::allowed);
    if (!good) return failed(std::move(good).error());
    const std::size_t start = event_json.find_first_not_of(spaces);
    const Value event{Kind::object, false, event_json.substr(start, event_json.find_last_not_of(spaces) + 1 - start)};
    if (!event.raw.starts_with('{')) return failed(ErrorCode::payload_unfit, "An event is a JSON object.");
    const bool names_repeat = visits_members_ && !scratch.walker.check(json::RepeatedNames::refused);
    return AlibabaMatch(*this, scratch, names_repeat).run(event);
}

}  // namespace outflow::pattern
