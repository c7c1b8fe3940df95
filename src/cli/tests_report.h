// Results of tests for people and for programs. Pure. Nothing in the text controls a terminal.
#pragma once

#include <string>
#include <vector>

#include "cli/tests_run.h"

namespace outflow::cli {

// A line a test, below those that failed a line a difference, and the sum:
//
//   ok      a hot press is delivered
//   FAILED  a cold one is filtered (press.test.yaml:12)
//           expected filtered, but the message makes 1 record
//   1 passed, 1 failed
std::string render_tests_text(const std::vector<TestResult>& results);

// One JSON object on one line: passed, failed, tests with file, line, name, task, passed and differences.
std::string render_tests_json(const std::vector<TestResult>& results);

std::size_t count_failed(const std::vector<TestResult>& results);

}  // namespace outflow::cli
