// Verdicts and errors of patterns for people and for programs. Pure. Nothing in the text controls a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/pattern_verdict.h"

namespace outflow::cli {

// "match" or "nomatch", as rows of patterns say it.
std::string_view outcome_name(bool matches);

// A line a decision, under one that does not hold, or holds against expectation, its reason:
//
//     yes data.topic = "factory/press7": {"prefix":"factory/"}
//     no  data.body.temperature = 79: [{"numeric":[">",80]}]
//         Expected a number > 80, found 79.
void append_decisions_text(std::string& out, const std::vector<pattern::Decision>& decisions);

// `[{"pointer":..,"path":..,"holds":true,"condition":..,"value":..,"reason":".."}]`; condition and value are JSON of
// the pattern and the event; value is left out where nothing is.
void append_decisions_json(std::string& out, const std::vector<pattern::Decision>& decisions);

// A line an error, as of task files: `NAME:1:12: error: /data/a: sentence; hint`; behind them, as warnings, what the
// pattern says and hardly means. Empty if all is well.
std::string render_pattern_diagnostics(const GivenPattern& pattern, std::string_view name);

// `[{"pointer":..,"message":..,"hint":..,"line":1,"column":12}]`.
void append_diagnostics_json(std::string& out, const std::vector<pattern::Diagnostic>& diagnostics);

}  // namespace outflow::cli
