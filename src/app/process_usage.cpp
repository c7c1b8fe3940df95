#include "app/process_usage.h"

#include <ctime>
#include <string>

#include <unistd.h>

#include <fmt/format.h>

#include "platform/file.h"

namespace outflow::app {

namespace {

constexpr std::size_t proc_bytes_max = 64 * 1024;

// Field `number` (from 1) of a line of fields, as a number.
std::uint64_t field(std::string_view line, unsigned number) {
    std::size_t at = 0;
    for (unsigned i = 1; i < number; ++i) {
        at = line.find(' ', at);
        if (at == std::string_view::npos) return 0;
        ++at;
    }
    std::uint64_t value = 0;
    for (; at < line.size() && line[at] >= '0' && line[at] <= '9'; ++at) {
        value = value * 10 + static_cast<std::uint64_t>(line[at] - '0');
    }
    return value;
}

std::uint64_t resident_bytes() {
    const auto statm = platform::read_file("/proc/self/statm", proc_bytes_max);
    if (!statm) return 0;
    return field(*statm, 2) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
    timespec used{};
    if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) return 0;
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// Boot time and the ticks from then to the start, which is field 22 of proc(5) stat; the 20th behind the name.
double start_unix_seconds() {
    const auto stat = platform::read_file("/proc/self/stat", proc_bytes_max);
    const auto system = platform::read_file("/proc/stat", 4 * 1024 * 1024);
    if (!stat || !system) return 0;
    const std::size_t name_end = stat->rfind(") ");
    const std::size_t boot = system->find("btime ");
    if (name_end == std::string::npos || boot == std::string::npos) return 0;
    const std::uint64_t ticks = field(std::string_view(*stat).substr(name_end + 2), 20);
    const std::uint64_t boot_seconds = field(std::string_view(*system).substr(boot), 2);
    return static_cast<double>(boot_seconds) + static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

ProcessUsage read_process_usage() {
    static const double start = start_unix_seconds();
    return {.resident_bytes = resident_bytes(), .cpu_seconds = cpu_seconds(), .start_unix_seconds = start};
}

}  // namespace outflow::app
