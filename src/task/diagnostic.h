// What is wrong or doubtful in a task file: where, what, and what to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace outflow::task {

enum class Severity : std::uint8_t {
    error,    // the file cannot be used
    warning,  // it can, but probably does something else than meant
};

struct Diagnostic {
    Severity severity = Severity::error;
    std::string file;
    std::size_t line = 0;    // from 1; 0: the file as a whole
    std::size_t column = 0;  // from 1
    std::string path;        // `tasks.press-telemetry.sink.rocketmq.body`; by position, `tasks[0]`, without a name
    std::string sentence;    // what was expected and what was found; one line, no secrets
    std::string hint;        // what to write instead; may be empty
};

// One line: `tasks.yaml:12:7: error: tasks.x.sink.rocketmq.body: expected ...; hint`. Control characters of the file
// never reach the terminal.
std::string render_diagnostic(const Diagnostic& diagnostic);

// `2 errors, 1 warning in 3 files`, or `no problems in 1 file`.
std::string render_summary(std::span<const Diagnostic> diagnostics, std::size_t files);

std::size_t count_errors(std::span<const Diagnostic> diagnostics);

}  // namespace outflow::task
