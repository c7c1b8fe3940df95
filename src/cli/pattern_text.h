// Verdicts and errors of patterns for people and for programs. Pure. Nothing in the text controls a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/pattern_verdict.h"

namespace outflow::cli {

// A line a decision, under one that does not hold, or holds against expectation, its reason:
//
//     yes data.topic = "factory/press7": {"prefix":"factory/"}
//     no  data.body.temperature = 79: [{"numeric":[">",80]}]
//         Expected a number > 80, found 79.
void append_decisions_text(std::string& out, const std::vector<pattern::Decision>& decisions);

// A line an error, as of task files: `NAME:1:12: error: /data/a: sentence; hint`; behind them, as warnings, what the
// pattern says and hardly means. Empty if all is well.
std::string render_pattern_diagnostics(const app::GivenPattern& pattern, std::string_view name);

}  // namespace outflow::cli
