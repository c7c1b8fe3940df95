// What the server refuses, as lines for people (RFC 9457). Pure.
#pragma once

#include <string>
#include <string_view>

#include "json/document.h"

namespace outflow::cli {

// Its sentence, and a line a fault: `error: /sink/rocketmq/topic: expected ...; write ...`. `has_key`: what to do about a 401.
std::string render_problem(unsigned status, const json::Node& problem, bool has_key);

// The lines of its faults alone, each with two spaces before it; empty when there are none.
std::string render_faults(const json::Node& faults);

// The same with the places in a file whose tree is `source`: `press.yaml:12:7: error: /sink/...`.
std::string render_faults_in(const json::Node& faults, const json::Node& source, std::string_view file);

// The value that a pointer (RFC 6901) leads to, or the nearest around it that is there.
const json::Node& nearest_at(const json::Node& root, std::string_view pointer);

}  // namespace outflow::cli
