// The pattern of the commands below `outflow pattern`.
#pragma once

#include <memory>
#include <string>

#include "cli/command.h"
#include "app/pattern_verdict.h"

namespace outflow::cli {

struct PatternOptions {
    std::string pattern;      // text or @file; empty: every event
    std::string filter_path;  // empty: none
    pattern::Dialect dialect = pattern::Dialect::outflow;
};

// Adds -p, --filter-path and --dialect; gives -p.
Option add_pattern_options(Command& command, PatternOptions& options);

// Throws unless a pattern or a filter_path is given.
void check_pattern_options(const PatternOptions& options, bool may_have_rows = false);

// The pattern, valid or not; with a context for events of that. Errors: file_error.
Result<std::unique_ptr<app::GivenPattern>> read_pattern(const PatternOptions& options,
                                                        const event::EventContext* context);

// Reports the errors, to stderr or, with `json`, to stdout; the exit code.
int refuse_pattern(const app::GivenPattern& pattern, const PatternOptions& options, bool json, const Streams& streams);

// Tells on stderr what a valid pattern says and hardly means.
void print_warnings(const app::GivenPattern& pattern, const PatternOptions& options, const Streams& streams);

// Below `pattern`.
void add_try(Command& parent, Action& action);

}  // namespace outflow::cli
