// The values of an event that the paths of a pattern lead to. Internal to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "pattern/explain/field_tree.h"

namespace outflow::pattern {

// A step on the way to a value: a member's name or an element's index.
struct PlaceStep {
    std::string_view name;
    const json::Node* array = nullptr;  // null: a name
    std::size_t index = 0;
};
using Place = std::vector<PlaceStep>;

std::string to_string(const Place& place);  // data.body.items[1].sku

// Found once for an event; each combination is judged on them. Valid as long as tree and event.
class RelevantValues {
public:
    // A value, with what is relevant in it behind it: its children are
    //   for (child = spot + 1; child < spots()[spot].end; child = spots()[child].end)
    struct Spot {
        const json::Node* value;
        std::uint32_t step;  // of the FieldTree
        std::uint32_t end;
        PlaceStep place;  // in the value that it is a child of
    };

    // Of a repeated name the first counts; so does the first of two names in one object of which one is the beginning
    // of the other, as of `a` and `a.b`.
    RelevantValues(const FieldTree& tree, const json::Node& event);

    // Starts with the event.
    const std::vector<Spot>& spots() const { return spots_; }

private:
    void add(const json::Node& value, std::uint32_t step, PlaceStep place);
    bool is_first(std::uint32_t from, std::uint32_t to, std::uint64_t object);

    const FieldTree& tree_;
    std::vector<Spot> spots_;
    std::vector<std::uint64_t> found_, passed_;  // for each step: the object whose names led to it or further below
    std::uint64_t object_ = 0;
};

}  // namespace outflow::pattern
