// A pattern as an explanation reads it: its fields in the order of the text, its `$or`s, and the tree of its paths.
// Internal to this folder.
//
//   {"data":{"a":{"b":[1]},"$or":[{"a.c":[2]},{"d":[3]}]}}     group: field a.b, choice of {a.c} and {d}
//
//   paths: data -+- a -+- b: field 0       combination 0: fields 0 1
//                |     `- c: field 1       combination 1: fields 0 2
//                `- d: field 2
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "pattern/condition.h"

namespace outflow::pattern {

// Of the field's array all alternatives together.
struct ExplainedField {
    std::string pointer;  // JSON pointer of the array
    std::string path;     // data.body.temperature
    const json::Node* alternatives = nullptr;
    Conditions conditions;
};

struct Branch;

// A field, or, with branches, a `$or`.
struct GroupItem {
    std::size_t field = 0;
    std::vector<Branch> branches;
};

// All of its items have to hold. In the order of the text.
struct Group {
    std::vector<GroupItem> items;
    std::size_t combinations = 1;  // at most limits::pattern_conjunctions_max are counted
};

struct Branch {
    std::string pointer;  // /data/$or/1
    std::string path;     // data.$or[1]
    const json::Node* pattern = nullptr;
    Group group;
};

// A group with one branch chosen in each of its `$or`s, in the branches too.
struct Combination {
    std::vector<std::size_t> fields;
    std::vector<const Branch*> branches;
};

class FieldTree {
public:
    // A pattern that compiles; it must live as long as the tree.
    explicit FieldTree(const json::Node& pattern);
    FieldTree(const FieldTree&) = delete;  // combinations point into it
    FieldTree& operator=(const FieldTree&) = delete;

    const Group& root() const { return root_; }
    const std::vector<ExplainedField>& fields() const { return fields_; }

    // `number` is below group.combinations.
    static Combination combination(const Group& group, std::size_t number);

    // One step of some path. 0 is the top.
    struct Step {
        std::map<std::string, std::uint32_t, std::less<>> children;
        std::uint32_t parent = 0;
        bool is_end = false;           // of some field's path
        bool names_are_whole = false;  // below data.userProperties a dot is a part of the name
    };
    const std::vector<Step>& steps() const { return steps_; }
    std::uint32_t step_of(std::size_t field) const { return ends_[field]; }

    // Where the name of a member leads, its object standing at `step`: to a child or, by its dots, further. 0: nowhere.
    std::uint32_t find(std::uint32_t step, std::string_view name) const;

private:
    // `path` is the way to the object, its names with dots between.
    void add_object(const json::Node& object, const std::string& pointer, const std::string& path, Group& group);
    void add_field(const json::Node& alternatives, std::string pointer, std::string path, Group& group);
    void add_branches(const json::Node& branches, const std::string& pointer, const std::string& path, Group& group);
    std::uint32_t add_steps(std::string_view path);
    std::uint32_t add_child(std::uint32_t step, std::string_view name);

    Group root_;
    std::vector<ExplainedField> fields_;
    std::vector<std::uint32_t> ends_;  // the step of each field
    std::vector<Step> steps_;
};

}  // namespace outflow::pattern
