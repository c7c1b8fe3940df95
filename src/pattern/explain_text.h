// What explanations say. Internal to this folder.
#pragma once

#include <string>

#include "json/document.h"

namespace outflow::pattern {

// `"x"`, `a text that starts with "a" or a number > 5`: what a field's array asks for, in words. Long ones are cut.
std::string wanted_text(const json::Node& alternatives);

// The value as JSON, cut after some bytes.
std::string shown_text(const json::Node& value);

// ", a string": said behind a value whose kind no alternative can meet; else empty.
std::string kind_note(const json::Node& alternatives, const json::Node& value);

}  // namespace outflow::pattern
