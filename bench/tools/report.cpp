#include "report.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "rocketmq/json_reader.h"

namespace outflow::bench {
namespace {

// Values below 2 * 128 have a bucket each; above, an octave has 128.
std::size_t bucket_of(std::uint64_t value, int fine_bits) {
    int shift = std::max(0, static_cast<int>(std::bit_width(value)) - fine_bits - 1);
    return (static_cast<std::size_t>(shift) << fine_bits) + static_cast<std::size_t>(value >> shift);
}

// The largest value of a bucket.
std::uint64_t largest_in(std::size_t bucket, int fine_bits) {
    std::size_t octave = bucket >> fine_bits;
    std::size_t shift = octave > 0 ? octave - 1 : 0;
    std::uint64_t top = bucket - (shift << fine_bits);
    return ((top + 1) << shift) - 1;
}

}  // namespace

void Report::add(std::string_view name, double value) {
    add_raw(name, std::isfinite(value) ? fmt::format("{:.6g}", value) : "null");
}

void Report::add(std::string_view name, std::string_view text) {
    std::string json;
    rocketmq::append_json_string(json, text);
    add_raw(name, json);
}

void Report::add_raw(std::string_view name, std::string_view json) {
    if (text_.size() > 1) text_ += ", ";
    rocketmq::append_json_string(text_, name);
    text_ += ": ";
    text_ += json;
}

void Report::print() const {
    std::string line = text() + "\n";
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fflush(stdout);
}

void Durations::add(Microseconds duration) {
    duration = std::clamp<Microseconds>(duration, 0, (Microseconds{1} << 40) - 1);
    ++counts_[bucket_of(static_cast<std::uint64_t>(duration), fine_bits)];
    ++total_;
    max_ = std::max(max_, duration);
}

Microseconds Durations::percentile(double share) const {
    auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_)));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
        seen += counts_[bucket];
        if (seen >= rank) return std::min(max_, static_cast<Microseconds>(largest_in(bucket, fine_bits)));
    }
    return max_;
}

std::string Durations::json() const {
    if (total_ == 0) return "null";
    return fmt::format("{{\"p50\": {}, \"p90\": {}, \"p99\": {}, \"p99.9\": {}, \"max\": {}}}", percentile(0.5),
                       percentile(0.9), percentile(0.99), percentile(0.999), max_);
}

void Progress::tick(Microseconds now) {
    if (now < due_) return;
    due_ = now + 1'000'000;
    say(line_());
}

void say(std::string_view line) {
    std::string whole = std::string(line) + "\n";
    std::fwrite(whole.data(), 1, whole.size(), stderr);
}

}  // namespace outflow::bench
