// The status line: what the tasks do right now, in one line of a terminal. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/metrics.h"

namespace outflow::app {

struct TaskRates {
    double in = 0;   // messages received a second
    double out = 0;  // records stored a second
};

// Rates since the last call, by task; zeros for one that was not there then.
class RateMeter {
public:
    std::vector<TaskRates> measure(std::span<const TaskView> tasks, std::chrono::steady_clock::time_point now);

private:
    struct Totals {
        std::uint64_t received = 0;
        std::uint64_t stored = 0;
    };
    std::map<std::string, Totals> last_;  // by name
    std::chrono::steady_clock::time_point last_time_{};
};

// One task: `press  in 12.3k/s  out 12.1k/s  in flight 210  lag 35  RUNNING`, with the reason behind the state.
// Several: the sums, how many run, and the worst one with its name. `lag` is what RocketMQ has not stored yet.
// At most `width` columns; nothing in it can move the cursor. `rates` belong to `tasks`.
std::string render_status_line(std::span<const TaskView> tasks, std::span<const TaskRates> rates, std::size_t width);

std::string format_count(std::uint64_t count);  // 999, 1.2k, 12.3k, 1.2M, ...
std::string format_rate(double a_second);       // 0, 0.4, 12, 1.2k, ...

// `text` without control characters, cut to `width` columns (wide characters count two) with `...` at the cut. Bytes
// that are no UTF-8 become `?`.
std::string fit_to_width(std::string_view text, std::size_t width);

// The index of the task that a person should look at first: failed, then stopped, then starting, then running with a
// reason. There is one at least.
std::size_t find_worst(std::span<const TaskView> tasks);

}  // namespace outflow::app
