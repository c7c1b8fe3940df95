// Why a field has no value in an event. Internal to this folder.
#pragma once

#include <string>

#include "json/document.h"
#include "pattern/explain/field_tree.h"

namespace outflow::pattern {

struct MissingCause {
    std::string text;         // `the field is missing: \`data.body\` is a text`
    bool is_obvious = false;  // nothing in the event looks as if it were the field
};

// `field`: its number in the tree. No value of the event is at its path.
MissingCause missing_cause(const FieldTree& tree, std::size_t field, const json::Node& event);

}  // namespace outflow::pattern
