// Why an event matches a pattern or does not: field by field, with the value seen. It walks trees and is for people:
// previews and tests of patterns. The verdict is that of the compiled Pattern, found in another way.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "json/document.h"

namespace outflow::pattern {

class FieldTree;

// A field of the pattern or a branch of a `$or`.
struct Decision {
    std::string pointer;  // JSON pointer of the field's array in the pattern; of the branch: /data/$or/1
    std::string path;     // data.body.temperature; of the branch: data.$or[1]
    bool holds = false;
    std::string condition;       // compact JSON: the alternative that held; if none did, the whole array; the branch
    std::string value;           // compact JSON of the value seen that decided; empty: nothing there, or a branch
    std::string reason;          // a sentence: what was expected, what was found; values are cut in it
    bool is_surprising = false;  // it holds as the field has no value, and yet something stands there or nearly there
};

struct Explanation {
    bool matches = false;
    // In the order of the pattern's text; a branch stands before its fields.
    std::vector<Decision> decisions;
};

// All decisions are about one choice of array elements: one that lets everything hold, or, if the event does not match,
// one that lets as much hold as can be. So a field holds if it holds in the chosen elements, and the event matches
// exactly if all fields outside of `$or` hold, and of each `$or` a branch. What is outside and inside of a branch has
// one choice too if the branch is the one that was counted on; other branches are explained as patterns of their own.
class Explainer {
public:
    // A pattern that compiles. It must live as long as the explainer.
    explicit Explainer(const json::Node& pattern);
    ~Explainer();

    // The whole event as a tree. Of a repeated name in it the first counts. In time linear in the event for each of the
    // conjunctions that the pattern's `$or`s make.
    Explanation explain(const json::Node& event) const;
    // The verdict alone.
    bool matches(const json::Node& event) const;

private:
    std::unique_ptr<const FieldTree> tree_;
};

Explanation explain(const json::Node& pattern, const json::Node& event);

}  // namespace outflow::pattern
