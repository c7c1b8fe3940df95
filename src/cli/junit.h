// Results of tests in the form that CI systems read: JUnit's XML. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/tests_run.h"

namespace outflow::cli {

// A `testsuite` a file, a `testcase` a test with its task as `classname`; the differences are the `failure`.
std::string render_junit(const std::vector<TestResult>& results);

// Appends `text`, which is UTF-8, for an attribute or an element: marks of XML and line breaks become references,
// characters that XML 1.0 does not have (section 2.2) U+FFFD.
void append_xml(std::string& out, std::string_view text);

}  // namespace outflow::cli
