// What reads JSON on this machine: for `outflow version`.
#pragma once

#include <string>

namespace outflow::json {

struct Kernel {
    std::string name;     // of simdjson, for UTF-8: "haswell", "icelake", "arm64", "fallback", ...
    std::string version;  // of simdjson: "3.0.1"
    std::string tokens;   // that finds them: "avx2", "portable"
};

Kernel active_kernel();

}  // namespace outflow::json
