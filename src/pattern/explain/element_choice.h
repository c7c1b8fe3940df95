// Which elements of an event's arrays let the most conditions of a pattern hold, and what is seen there. Internal to
// this folder.
//
// A match chooses at most one element of every array, and all conditions with a value take theirs from that choice. So
// a value under a step of the path tree is worth, counted in fields that hold:
//
//   a leaf      the fields of its step that it satisfies, and those below that may be missing
//   an object   the sum over its members, and the fields of other names that may be missing
//   an array    as much as its best element; if none is chosen, the fields that are in none of its elements and may be
//
// Both sums are kept, with a value taken and with none; all fields hold together exactly if the better one counts all.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/document.h"
#include "pattern/explain/field_tree.h"
#include "pattern/explain/relevant_values.h"

namespace outflow::pattern {

// Null, true, false as spelled. Valid as long as the node, which is no object and no array.
Leaf leaf_of(const json::Node& node);

// A value with its place; null: there is none. Valid as long as the event.
struct Observation {
    const json::Node* value = nullptr;
    Place place;
};

// What is to be known of one field under a choice.
struct FieldSight {
    Observation taken;       // the leaf that the choice takes for it
    Observation in_choice;   // the first leaf in the chosen elements
    Observation anywhere;    // the first leaf in the event
    Observation satisfying;  // the first leaf that satisfies it, in the chosen elements or not
    Place parting;           // the first array on the way to that one of which another element is chosen, if any
    std::size_t leaves = 0;  // in the chosen elements
};

// One event and one pattern; both must live as long.
class ElementChoice {
public:
    ElementChoice(const FieldTree& tree, const json::Node& event);

    // How many of the fields do not hold, the elements chosen as well as can be. 0: all hold together.
    std::size_t missed(const std::vector<std::size_t>& fields);

    // Chooses the elements for the fields, and looks at each of them; in their order.
    std::vector<FieldSight> look(const std::vector<std::size_t>& fields);

private:
    // In fields that hold; `taken` is negative where no leaf can be taken.
    struct Score {
        int taken = -1;
        int missing = 0;

        bool takes() const { return taken >= 0 && taken >= missing; }
        int best() const { return takes() ? taken : missing; }
        int cost() const { return best() - taken; }  // of taking a leaf, where one can be taken
    };
    // What the present combination asks at a step and below it.
    struct Asked {
        int fields = 0;
        int missing_allowed = 0;
        std::vector<std::size_t> here;  // which of the combination's fields end at the step
    };
    using Spot = RelevantValues::Spot;

    void ask(const std::vector<std::size_t>& fields);
    const Conditions& conditions(std::size_t asked) const { return tree_.fields()[fields_[asked]].conditions; }
    Score score(std::uint32_t spot) const;
    Score score_of_leaf(const Spot& spot) const;
    Score score_of_object(std::uint32_t spot) const;
    Score score_of_array(std::uint32_t spot) const;
    void take(std::uint32_t spot);
    void take_in_object(std::uint32_t spot);
    void take_in_array(std::uint32_t spot);
    void survey(std::uint32_t spot, bool is_chosen);
    void survey_leaf(const Spot& spot, bool is_chosen);
    Place parting(const Place& place) const;

    const FieldTree& tree_;
    const RelevantValues values_;
    std::vector<std::size_t> fields_;                            // of the present combination
    std::vector<Asked> asked_;                                   // for each step
    std::vector<std::uint32_t> asked_steps_;                     // those of which something is asked
    std::unordered_map<const json::Node*, std::size_t> chosen_;  // array: element
    Place place_;                                                // where the survey is
    std::vector<FieldSight> sights_;                             // for each of fields_
};

}  // namespace outflow::pattern
