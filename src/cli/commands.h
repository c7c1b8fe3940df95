// The command line of `outflow`: one file a command, all of them listed here.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace outflow::cli {

struct Streams {
    std::FILE* out = stdout;  // what was asked for
    std::FILE* err = stderr;  // everything else
};

// Runs one command and returns the exit code of the process: 0, 1 the thing asked for failed, 2 wrong usage or an error
// in a task file (app::exit_code), 3 and 4 of those that ask a server (remote_code in cli/remote.h). `arguments` are without the program's name.
int run(std::vector<std::string> arguments, const Streams& streams);

int run(int argc, char** argv);

}  // namespace outflow::cli
