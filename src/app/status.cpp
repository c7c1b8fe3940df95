#include "app/status.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"

namespace outflow::app {

namespace {

// How much a person is needed; larger is worse.
int severity(const TaskView& view) {
    switch (view.snapshot.state) {
    case task::State::running_failed: return 6;
    case task::State::starting_failed: return 5;
    case task::State::ready: return 4;
    case task::State::starting: return 3;
    case task::State::paused: return 2;
    case task::State::running: return view.condition.find(':') == std::string::npos ? 0 : 1;
    }
    return 0;
}

struct CodePoint {
    char32_t value = 0;
    std::size_t bytes = 1;
    bool is_valid = false;
};

// Lenient about surrogates and overlong forms: they only take up room.
CodePoint decode_utf8(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80) return {first, 1, true};
    if (first < 0xC2 || first > 0xF4) return {};
    const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (text.size() < size) return {};
    char32_t value = first & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xC0) != 0x80) return {};
        value = value << 6 | (next & 0x3FU);
    }
    return {value, size, true};
}

// Control characters, and those that change the direction of text or join lines.
bool is_control(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

std::string format_scaled(double value, std::string_view unit) {
    const int decimals = value < 99.95 ? 1 : 0;
    return fmt::format("{:.{}f}{}", value, decimals, unit);
}

}  // namespace

std::vector<TaskRates> RateMeter::measure(std::span<const TaskView> tasks, std::chrono::steady_clock::time_point now) {
    std::vector<TaskRates> rates(tasks.size());
    const double seconds = std::chrono::duration<double>(now - last_time_).count();
    last_time_ = now;
    std::map<std::string, Totals> last = std::exchange(last_, {});
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        const Totals totals{tasks[i].snapshot.events.received, tasks[i].snapshot.records.stored};
        const auto before = last.find(tasks[i].name);
        if (before != last.end() && seconds > 0) {
            rates[i].in = static_cast<double>(totals.received - before->second.received) / seconds;
            rates[i].out = static_cast<double>(totals.stored - before->second.stored) / seconds;
        }
        last_[tasks[i].name] = totals;
    }
    return rates;
}

std::string format_count(std::uint64_t count) {
    if (count < 1'000) return fmt::format("{}", count);
    const auto value = static_cast<double>(count);
    if (value < 999'500) return format_scaled(value / 1e3, "k");
    if (value < 999'500'000) return format_scaled(value / 1e6, "M");
    return format_scaled(value / 1e9, "G");
}

std::string format_rate(double a_second) {
    if (a_second > 0 && a_second < 9.95) return fmt::format("{:.1f}", a_second);
    return format_count(static_cast<std::uint64_t>(std::llround(std::max(a_second, 0.0))));
}

std::string fit_to_width(std::string_view text, std::size_t width) {
    constexpr std::string_view mark = "...";
    std::string out;
    std::size_t columns = 0;
    std::size_t cut_at = 0;  // bytes of `out` that leave room for the mark
    while (!text.empty()) {
        const CodePoint point = decode_utf8(text);
        const bool shown = point.is_valid && !is_control(point.value);
        const std::size_t wide = shown && point.value >= 0x1100 ? 2 : 1;
        if (columns + wide > width) {
            out.resize(cut_at);
            return width < mark.size() ? out : out.append(mark);
        }
        if (shown) out.append(text.substr(0, point.bytes));
        else out += point.is_valid ? ' ' : '?';
        columns += wide;
        if (columns + mark.size() <= width || width < mark.size()) cut_at = out.size();
        text.remove_prefix(point.bytes);
    }
    return out;
}

std::size_t find_worst(std::span<const TaskView> tasks) {
    OUTFLOW_ASSERT(!tasks.empty());
    const auto worst = std::max_element(tasks.begin(), tasks.end(), [](const TaskView& left, const TaskView& right) {
        return severity(left) < severity(right);
    });
    return static_cast<std::size_t>(worst - tasks.begin());
}

std::string render_status_line(std::span<const TaskView> tasks, std::span<const TaskRates> rates, std::size_t width) {
    OUTFLOW_ASSERT(!tasks.empty() && tasks.size() == rates.size());
    TaskRates sum;
    std::uint64_t in_flight = 0;
    std::uint64_t lag = 0;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        sum.in += rates[i].in;
        sum.out += rates[i].out;
        in_flight += tasks[i].snapshot.events.in_flight;
        lag += tasks[i].snapshot.pending_records;
    }
    const TaskView& worst = tasks[find_worst(tasks)];
    const auto running = std::count_if(
        tasks.begin(), tasks.end(), [](const TaskView& view) { return view.snapshot.state == task::State::running; });
    const std::string who =
        tasks.size() == 1 ? worst.name : fmt::format("{} of {} tasks running", running, tasks.size());
    std::string line = fmt::format("{}  in {}/s  out {}/s  in flight {}  lag {}", who, format_rate(sum.in),
                                   format_rate(sum.out), format_count(in_flight), format_count(lag));
    if (tasks.size() == 1) line += "  " + worst.condition;
    else if (severity(worst) > 0) line += fmt::format("  {} is {}", worst.name, worst.condition);
    return fit_to_width(line, width);
}

}  // namespace outflow::app
