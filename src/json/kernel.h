// Which of simdjson's kernels this machine uses: for `outflow version`.
#pragma once

#include <string>

namespace outflow::json {

struct Kernel {
    std::string name;     // "haswell", "icelake", "arm64", "fallback", ...
    std::string version;  // of simdjson: "3.0.1"
};

Kernel active_kernel();

}  // namespace outflow::json
