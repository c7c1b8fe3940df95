// Patterns and events in a file, a row a line, with what is expected of them: how users keep their own pattern tests.
//
//   {"id":"hot","pattern":"{\"data\":..}","event":"{\"data\":..}","expected":true}
//
// `patterns` is an array of patterns, of which one has to match; patterns and events are JSON as text, or JSON itself.
// `filter_path` stands beside them, or alone; nothing is put around it by --wrap. A row without an event asks whether
// the pattern is valid.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pattern/dialect.h"

namespace outflow::cli {

struct RowsOptions {
    pattern::Dialect dialect = pattern::Dialect::outflow;
    std::string column;      // what is expected; empty: `expected`, `outcome` or `valid`
    bool wrap_data = false;  // patterns and events go below `data`
};

struct RowsReport {
    std::uint64_t rows = 0;
    std::uint64_t agree = 0;
    std::uint64_t differ = 0;  // the rest expects nothing
};

// Gives each row's line to `show`: `{"id":..,"outcome":"match|nomatch|invalid|valid"}`, and `expected` if it differs.
// Errors: json_malformed, invalid_argument, with the line: the file is no file of rows.
Result<RowsReport> run_rows(std::string_view text, const RowsOptions& options,
                            const std::function<void(std::string_view line)>& show);

}  // namespace outflow::cli
