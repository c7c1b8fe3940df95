// Runs rows in the form of the compliance suite of RFC 9535: {"tests": [{"name", "selector", "document", "result" or
// "results", "result_paths" or "results_paths", or "invalid_selector": true}, ...]}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace outflow::json {

struct SuiteReport {
    std::size_t rows = 0;
    std::vector<std::string> disagreements;  // a sentence each, with the row's name

    std::size_t agreed() const { return rows - disagreements.size(); }
};

// `results` are allowed answers, of which one must be given, with the places that stand in the same order in
// `results_paths`, if there are any. Members of objects may come in any order, numbers in any spelling.
// Errors: json_malformed; a row without `selector`, or without what is expected.
Result<SuiteReport> run_suite(std::string_view text);

}  // namespace outflow::json
