// What explanations say. Internal to this folder.
#pragma once

#include <string>
#include <string_view>

#include "json/document.h"

namespace outflow::pattern {

// `"x"`, `a text that starts with "a" or a number > 5`: what a field's array asks for, in words. Long ones are cut.
std::string wanted_text(const json::Node& alternatives);

// The value as JSON, cut after some bytes.
std::string shown_text(const json::Node& value);
std::string shown_text(const json::Value& value);

// The text in quotes, in ASCII: what is not becomes escapes. Cut too.
std::string escaped_text(std::string_view text);

// Of the texts that the alternatives ask for one that looks like the value and differs; null: there is none.
const json::Node* alike_text(const json::Node& alternatives, const json::Node& value);

// ", a string": said behind a value whose kind no alternative can meet; else empty.
std::string kind_note(const json::Node& alternatives, const json::Node& value);

}  // namespace outflow::pattern
