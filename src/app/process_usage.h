// What this process uses of the machine.
#pragma once

#include <cstdint>

namespace outflow::app {

struct ProcessUsage {
    std::uint64_t resident_bytes = 0;
    double cpu_seconds = 0;         // user and system, all threads
    double start_unix_seconds = 0;  // 0: unknown
};

// Reads /proc and the process clock; what cannot be read is 0.
ProcessUsage read_process_usage();

}  // namespace outflow::app
