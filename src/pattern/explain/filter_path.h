// Why a filter_path finds something in an event or does not, beside the decisions of a pattern.
#pragma once

#include <string_view>

#include "base/result.h"
#include "json/evaluate.h"
#include "json/query.h"
#include "pattern/explain/explain.h"

namespace outflow::pattern {

// `event`: a whole event as JSON text. The decision's path is `filter_path`, its condition the path, its value the
// first that is found. Errors: payload_unfit, json_too_deep: what the evaluation says.
Result<Decision> explain_path(const json::Query& path, std::string_view event, json::Evaluator& evaluator);

}  // namespace outflow::pattern
