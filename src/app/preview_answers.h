// Previews of tasks and verdicts of patterns for the API. Pure; a few megabytes at most come out.
#pragma once

#include <string>

#include "api/preview_routes.h"

namespace outflow::app {

api::Previewed answer_preview(const task::Document& document, const api::GivenEvent& given);
api::Previewed answer_pattern_test(const std::string& pattern, pattern::Dialect dialect, const std::string& event);

}  // namespace outflow::app
