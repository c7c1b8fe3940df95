// Trees of JSON as text for people: YAML, and JSON on several lines. Pure. Numbers keep their spelling, and nothing in it
// controls a terminal.
#pragma once

#include <string>
#include <string_view>

#include "json/document.h"

namespace outflow::cli {

// Block style; loading it as YAML (task/yaml.h) gives the same tree. With a line feed at the end.
void append_yaml(std::string& out, const json::Node& node);

// Two spaces a level, with a line feed at the end.
void append_pretty_json(std::string& out, const json::Node& node);

// On one line.
std::string compact_json(const json::Node& node);

}  // namespace outflow::cli
