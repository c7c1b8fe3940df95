// Task files for the server: read, checked as far as that is possible here, and made one document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "json/document.h"
#include "task/diagnostic.h"

namespace outflow::cli {

struct TaskFiles {
    json::Node document;                      // {"instances":{...},"tasks":[...]}
    std::vector<std::string> instance_files;  // of each member and each item in it
    std::vector<std::string> task_files;
    std::vector<task::Diagnostic> warnings;  // that were printed

    // `press.yaml:12:7: ` of a pointer into the document; two spaces when it leads to no file.
    std::string place_of(std::string_view pointer) const;
    // Whether the server's warning is one of those that were printed.
    bool has_told(const json::Node& warning) const;
};

// One document of all files; of a folder, all *.yaml, *.yml and *.json in it. Warnings are printed to
// `streams.err`. Throws Failure (cli/remote.h) with all faults and their places. What only the server knows is no fault: whether
// an instance is there, and the secrets that it has.
TaskFiles read_task_files(const std::vector<std::string>& paths, const Streams& streams);

}  // namespace outflow::cli
