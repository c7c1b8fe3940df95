// What differs between what a test expects and what came, a line each. Pure. Nothing in a line controls a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"

namespace outflow::cli {

using Differences = std::vector<std::string>;

// A text for people: JSON objects and arrays as they are, other texts in quotes, what is no text in Base64. Cut to 200
// bytes, around byte `at`.
std::string show_text(std::string_view text, std::size_t at = 0);

// `what: expected "a", found "b"`, unless they are the same bytes.
void compare_texts(Differences& out, std::string_view what, std::string_view expected, std::string_view found);

// Byte for byte. Where both are JSON it says where they differ, or that only the spelling does.
void compare_bodies(Differences& out, std::string_view what, std::string_view expected, std::string_view found);

// By value: members of objects in any order, numbers in any spelling. At most 20 lines, which begin with `what` and a
// JSON pointer: `body/temperature: expected 81.5, found 80.0`.
void compare_json(Differences& out, std::string_view what, const json::Node& expected, const json::Node& found);

// The same with a body, which may be no JSON.
void compare_json_body(Differences& out, std::string_view what, const json::Node& expected, std::string_view found);

}  // namespace outflow::cli
