// Which elements of an event's arrays let the most conditions of a pattern hold, and what is seen there. Internal to
// this folder.
//
// A match chooses at most one element of every array, and all conditions with a value take theirs from that choice. So a
// value under a step of the path tree is worth, counted in fields that hold:
//
//   a leaf      the fields of its step that it satisfies, and those below that may be missing
//   an object   the sum over its members, and the fields of other names that may be missing
//   an array    as much as its best element; or, if none is chosen, the fields that are in none of its elements and may be
//
// Both sums are kept, with a value taken and with none; all fields hold together exactly if the better one counts all.
// One pass over the event a combination. Of names in one object of which one is the beginning of the other (`a` and
// `a.b`) the first counts, as of repeated ones.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/document.h"
#include "pattern/field_tree.h"

namespace outflow::pattern {

// A step on the way to a value: a member's name or an element's index.
struct PlaceStep {
    std::string_view name;
    const json::Node* array = nullptr;  // null: a name
    std::size_t index = 0;
};
using Place = std::vector<PlaceStep>;

std::string to_string(const Place& place);  // data.body.items[1].sku

// Null, true, false as spelled. Valid as long as the node, which is no object and no array.
Leaf leaf_of(const json::Node& node);

// A value with its place; null: there is none. Valid as long as the event.
struct Sighting {
    const json::Node* value = nullptr;
    Place place;
};

// What is to be known of one field under a choice.
struct FieldSight {
    Sighting taken;             // the leaf that the choice takes for it
    Sighting in_choice;         // the first leaf in the chosen elements
    Sighting anywhere;          // the first leaf in the event
    Sighting satisfying;        // the first leaf that satisfies it, in the chosen elements or not
    Place parting;              // the first array on the way to that one of which another element is chosen, if any
    std::size_t leaves = 0;     // in the chosen elements
    json::Kind container = json::Kind::missing;  // an object or empty array stands where a leaf was looked for
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
    struct Worth {
        int taken = -1;
        int missing = 0;

        bool takes() const { return taken >= 0 && taken >= missing; }
        int best() const { return takes() ? taken : missing; }
    };
    // What is asked of a step's fields and of those below it, in the present combination.
    struct Asked {
        int fields = 0;
        int missing_allowed = 0;
    };
    struct Child {
        const json::Member* member;
        std::uint32_t step;
    };

    void ask(const std::vector<std::size_t>& fields);
    Worth worth(std::uint32_t step, const json::Node& value);
    Worth worth_of_leaf(std::uint32_t step, const json::Node& value) const;
    Worth worth_of_object(std::uint32_t step, const json::Node& object);
    Worth worth_of_array(std::uint32_t step, const json::Node& array);
    void take(std::uint32_t step, const json::Node& value);
    void survey(std::uint32_t step, const json::Node& value, bool is_chosen);
    void survey_leaf(std::uint32_t step, const json::Node& leaf, bool is_chosen);
    // The members that lead to something asked for.
    std::vector<Child> children(std::uint32_t step, const json::Node& object);
    bool is_first(std::uint32_t from, std::uint32_t to);
    Place parting(const Place& place) const;

    const FieldTree& tree_;
    const json::Node& event_;
    std::vector<Asked> asked_;                     // for each step
    std::vector<bool> is_asked_;                   // for each field
    std::vector<std::uint64_t> found_, passed_;    // for each step: the object whose names led to it or further below
    std::uint64_t object_ = 0;
    std::unordered_map<const json::Node*, std::size_t> chosen_;  // array: element
    Place place_;
    std::unordered_map<std::size_t, FieldSight> sights_;
};

}  // namespace outflow::pattern
