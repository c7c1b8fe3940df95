#include "pattern/explain/explain.h"

#include <algorithm>

#include "pattern/compiler.h"
#include "pattern/explain/element_choice.h"
#include "pattern/explain/text.h"
#include "pattern/explain/field_tree.h"
#include "pattern/explain/missing_cause.h"

namespace outflow::pattern {

namespace {

using json::Kind;
using json::Node;

std::string compact(const Node& node) {
    std::string text;
    json::append_json(text, node);
    return text;
}

// With its place if that says more than the field's path does: with indices in it.
std::string shown_at(const Observation& observation) {
    std::string text = shown_text(*observation.value);
    bool in_array = std::any_of(observation.place.begin(), observation.place.end(),
                                [](const PlaceStep& step) { return step.array != nullptr; });
    return in_array ? text + " (" + to_string(observation.place) + ")" : text;
}

// An array with the first alternative that holds for the leaf or, if there is none, for nothing.
Node held_alternative(const ExplainedField& field, const Node* leaf) {
    Node held = Node::array();
    for (const Node& alternative : field.alternatives->items) {
        held.items.assign(1, alternative);
        Conditions conditions;
        std::vector<Diagnostic> diagnostics;
        DiagnosticList list(diagnostics);
        compile_conditions(held, field.pointer, conditions, list);
        if (leaf == nullptr ? conditions.missing_allowed() : conditions.hold_for(leaf_of(*leaf))) break;
    }
    return held;
}

std::string joined(std::string_view word, const std::string& cause) {
    return (cause.starts_with("found") ? "" : std::string(word)) + cause;
}

// Decides group by group, in the order of the pattern's text.
class Decider {
public:
    Decider(const FieldTree& tree, const Node& event, std::vector<Decision>& decisions)
        : tree_(tree), event_(event), choice_(tree, event), decisions_(decisions) {}

    // The group as a pattern of its own; whether it holds.
    bool decide(const Group& group) {
        Combination best = best_combination(group);
        Chosen chosen{std::move(best.branches), choice_.look(best.fields), 0};
        return decide_items(group, chosen);
    }

    // The combination of which the most holds; the first of these.
    Combination best_combination(const Group& group) {
        Combination best = FieldTree::combination(group, 0);
        if (group.combinations == 1) return best;
        std::size_t missed = choice_.missed(best.fields);
        for (std::size_t i = 1; i < group.combinations && missed > 0; ++i) {
            Combination other = FieldTree::combination(group, i);
            std::size_t other_missed = choice_.missed(other.fields);
            if (other_missed >= missed) continue;
            missed = other_missed;
            best = std::move(other);
        }
        return best;
    }

private:
    // The branches of a combination, and what is seen of its fields, which are decided in their order.
    struct Chosen {
        std::vector<const Branch*> branches;
        std::vector<FieldSight> sights;
        std::size_t next = 0;
    };

    bool decide_items(const Group& group, Chosen& chosen) {
        bool all_hold = true;
        for (const GroupItem& item : group.items) {
            bool holds = item.branches.empty() ? decide_field(item.field, chosen.sights[chosen.next++])
                                               : decide_branches(item.branches, chosen);
            all_hold = all_hold && holds;
        }
        return all_hold;
    }

    bool decide_branches(const std::vector<Branch>& branches, Chosen& chosen) {
        std::vector<std::size_t> places;
        bool holds = false;
        for (const Branch& branch : branches) {
            places.push_back(decisions_.size());
            decisions_.push_back({branch.pointer, branch.path, false, compact(*branch.pattern), "", "", false});
            const auto& taken = chosen.branches;
            bool is_chosen = std::find(taken.begin(), taken.end(), &branch) != taken.end();
            bool branch_holds = is_chosen ? decide_items(branch.group, chosen) : decide(branch.group);
            holds = holds || (is_chosen && branch_holds);
            Decision& decision = decisions_[places.back()];
            decision.holds = branch_holds;
            decision.reason = branch_holds ? "All of this branch holds." : "Not all of this branch holds.";
        }
        if (holds) return true;
        for (std::size_t place : places) {
            Decision& decision = decisions_[place];
            if (!decision.holds) continue;
            decision.reason = "This branch holds by itself, not together with what is outside of it.";
            decision.holds = false;
        }
        return false;
    }

    bool decide_field(std::size_t number, const FieldSight& sight) {
        const ExplainedField& field = tree_.fields()[number];
        Decision& decision = decisions_.emplace_back();
        decision.pointer = field.pointer;
        decision.path = field.path;
        const Node* leaf = sight.taken.value;
        decision.holds = leaf != nullptr || (sight.leaves == 0 && field.conditions.missing_allowed());
        if (!decision.holds) {
            say_why_not(number, sight, decision);
            return false;
        }
        const Node held = held_alternative(field, leaf);
        decision.condition = compact(held.items[0]);
        decision.reason = "Expected " + wanted_text(held) + ", ";
        if (leaf != nullptr) {
            decision.value = compact(*leaf);
            decision.reason += "found " + shown_at(sight.taken) + ".";
        } else if (sight.anywhere.value != nullptr) {
            decision.reason += "and the field is missing in the chosen elements.";
        } else {
            const MissingCause cause = cause_of(number);
            decision.reason += joined("and ", cause.text) + ".";
            decision.is_surprising = !cause.is_obvious;
        }
        return true;
    }

    // Finding a cause goes through the event once more, so that of many missing fields only the first are given one.
    MissingCause cause_of(std::size_t field) {
        constexpr std::size_t causes_max = 100;
        if (++causes_ > causes_max) return {"the field is missing", true};
        return missing_cause(tree_, field, event_);
    }

    void say_why_not(std::size_t number, const FieldSight& sight, Decision& decision) {
        const ExplainedField& field = tree_.fields()[number];
        decision.condition = compact(*field.alternatives);
        const Observation& seen = sight.in_choice.value != nullptr ? sight.in_choice : sight.anywhere;
        if (sight.in_choice.value != nullptr || sight.satisfying.value == nullptr) {
            if (seen.value != nullptr) decision.value = compact(*seen.value);
        }
        std::string& reason = decision.reason;
        reason = "Expected " + wanted_text(*field.alternatives);
        const Node* alike = seen.value != nullptr ? alike_text(*field.alternatives, *seen.value) : nullptr;
        if (!sight.parting.empty()) {
            reason += "; it holds only in another element of `" + to_string(sight.parting) + "`: ";
            reason += shown_at(sight.satisfying);
        } else if (sight.satisfying.value != nullptr) {
            reason += "; it holds by itself, not together with the other fields: " + shown_at(sight.satisfying);
        } else if (seen.value == nullptr) {
            reason += ", " + joined("but ", cause_of(number).text);
        } else if (sight.leaves > 1) {
            reason += ", found " + std::to_string(sight.leaves) + " values, the first is " + shown_at(seen);
        } else {
            reason += ", found " + shown_at(seen) + kind_note(*field.alternatives, *seen.value);
        }
        if (alike != nullptr) {
            reason += ", which only looks the same: " + escaped_text(seen.value->text);
            reason += " is not " + escaped_text(alike->text);
        }
        reason += ".";
    }

    const FieldTree& tree_;
    const Node& event_;
    ElementChoice choice_;
    std::vector<Decision>& decisions_;
    std::size_t causes_ = 0;
};

}  // namespace

Explainer::Explainer(const Node& pattern) : tree_(std::make_unique<FieldTree>(pattern)) {}
Explainer::~Explainer() = default;

Explanation Explainer::explain(const Node& event) const {
    Explanation explanation;
    explanation.matches = Decider(*tree_, event, explanation.decisions).decide(tree_->root());
    return explanation;
}

bool Explainer::matches(const Node& event) const {
    ElementChoice choice(*tree_, event);
    const Group& root = tree_->root();
    for (std::size_t i = 0; i < root.combinations; ++i) {
        if (choice.missed(FieldTree::combination(root, i).fields) == 0) return true;
    }
    return false;
}

Explanation explain(const Node& pattern, const Node& event) { return Explainer(pattern).explain(event); }

}  // namespace outflow::pattern
