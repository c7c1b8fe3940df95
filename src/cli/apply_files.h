// Task files for the server: read, checked as far as that is possible here, and made one document.
#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"
#include "json/document.h"

namespace outflow::cli {

// `{"instances":{...},"tasks":[...]}` of all files; of a folder, all *.yaml, *.yml and *.json in it. Warnings are printed to
// `streams.err`. Throws Failure (cli/remote.h) with all faults and their places. What only the server knows is no fault: whether
// an instance is there, and the secrets that it has.
json::Node read_task_files(const std::vector<std::string>& paths, const Streams& streams);

}  // namespace outflow::cli
