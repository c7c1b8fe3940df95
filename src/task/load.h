// Reads task files (YAML or JSON; docs/tasks.md) and finds all their errors at once.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "task/definition.h"
#include "task/diagnostic.h"

namespace outflow::task {

namespace file_limits {
inline constexpr std::size_t file_bytes_max = 4 * 1024 * 1024;
inline constexpr std::size_t depth_max = 64;
inline constexpr std::size_t tasks_max = 1'000;      // over all files
inline constexpr std::size_t instances_max = 1'000;  // over all files
inline constexpr std::size_t diagnostics_max = 200;  // reported; the rest is only counted in the last one
inline constexpr std::size_t expanded_bytes_max = 64 * 1024 * 1024;  // of one file with its aliases written out
}  // namespace file_limits

// Usable when `ok()`: then `diagnostics` holds warnings only. Otherwise `document` holds what could be read, for
// messages.
struct Loaded {
    Document document;
    std::vector<Diagnostic> diagnostics;  // by file in the order given, then by line and column

    bool ok() const { return count_errors(diagnostics) == 0; }
};

struct SourceText {
    std::string name;  // the path as the user gave it, used in errors
    std::string text;
};

// Reads all files as one document: they see each other's instances, and a name may be defined once over all of them.
// Looks at no environment variable and no secret file: those belong to the machine that runs the task.
Loaded load_files(std::span<const std::string> paths);

// The same from memory.
Loaded load_texts(std::span<const SourceText> texts);
Loaded load_text(std::string_view name, std::string_view text);

}  // namespace outflow::task
