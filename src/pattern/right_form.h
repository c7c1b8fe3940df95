// What was probably meant, written as it has to be: hints with JSON in them. Internal to this folder.
#pragma once

#include <string>
#include <string_view>

#include "json/document.h"

namespace outflow::pattern {

// All of them are empty if nothing comes to mind, or if it is too long to be shown.

// Of `"v": {"exists": false}`, where the operator stands without its array: `"v": [{"exists":false}]`. Also of an
// operand that was put in brackets, and of signs such as `>` as operators.
std::string operator_in_array(std::string_view field, std::string_view name, const json::Node& operand);

// Of `{"suffix": [".jpg",".png"]}`: an object for each.
std::string one_object_each(std::string_view name, const json::Node& operands);

// Of `{"anything-but": {"numeric": [">",5]}}`, and of other operators that cannot stand there: what says the same.
std::string exclusion(std::string_view name, const json::Node& operand);

// Of `{"anything-but": [{"wildcard": "a*"}]}`: the object without the list.
std::string exclusion_without_list(const json::Node& list);

// Of an MQTT topic filter in a pattern: `wildcard` with stars for its wildcards.
std::string topic_wildcard(std::string_view filter);

// Of `$and`, `$not` and `$nor`, which other languages have: what to write instead.
std::string logic_hint(std::string_view name);

}  // namespace outflow::pattern
