// What the server refuses, as lines for people (RFC 9457). Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "json/document.h"

namespace outflow::cli {

// Its sentence, and a line a fault: `error: /sink/rocketmq/topic: expected ...; write ...`.
std::string render_problem(unsigned status, const json::Node& problem);

// Where a pointer leads to, with what comes between it and the fault: `press.yaml:12:7: `.
using PlaceOf = std::function<std::string(std::string_view pointer)>;

// The lines of its faults alone: `press.yaml:12:7: error: /sink/...`; without `place_of` behind two spaces. Empty when there are
// none.
std::string render_faults(const json::Node& faults, const PlaceOf& place_of = {});

// `press.yaml:12:7: ` of a value that was read from a file.
std::string place_in(std::string_view file, const json::Node& value);

// The value that a pointer (RFC 6901) leads to, or the nearest around it that is there. In a list a step is a place or, before
// that, the name of an object.
const json::Node& nearest_at(const json::Node& root, std::string_view pointer);

}  // namespace outflow::cli
