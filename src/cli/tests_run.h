// Runs tests of whole tasks: each message goes through the task's own pipeline (cli/preview_task.h). Nothing is
// connected to, nothing is sent.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/tests_difference.h"
#include "cli/tests_file.h"

namespace outflow::cli {

struct TestResult {
    const TestFile* file;  // that of run_tests
    const TestCase* test;
    Differences differences;

    bool is_passed() const { return differences.empty(); }
};

// The tests of these files, which were loaded without errors, of which `is_chosen` takes the name, in their order.
std::vector<TestResult> run_tests(const std::vector<TestFile>& files,
                                  const std::function<bool(std::string_view name)>& is_chosen);

}  // namespace outflow::cli
