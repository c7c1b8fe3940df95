// What a pattern says and hardly means: the one home of such warnings, for task files, `outflow pattern` and previews.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "event/event.h"
#include "json/document.h"
#include "pattern/dialect.h"
#include "pattern/pattern.h"

namespace outflow::pattern {

// In the order of the pattern, for events of the context. Of what has one of the `diagnostics`, nothing else is said.
std::vector<Diagnostic> find_warnings(const json::Node& pattern, Dialect dialect, const event::EventContext& context,
                                      const std::vector<Diagnostic>& diagnostics);

// Of names that a pattern written as JSON repeats (json::Document::repeated).
std::vector<Diagnostic> warn_about_repeated(std::span<const std::string> pointers);

}  // namespace outflow::pattern
