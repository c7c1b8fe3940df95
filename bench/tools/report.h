// What a run says: one JSON object on stdout at its end, a line a second on stderr.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "machine.h"

namespace outflow::bench {

// A JSON object, its members in the order in which they are added.
class Report {
public:
    template <std::integral T>
    void add(std::string_view name, T value) {
        add_raw(name, std::to_string(value));
    }
    void add(std::string_view name, bool value) { add_raw(name, value ? "true" : "false"); }
    void add(std::string_view name, double value);  // six significant digits; null when it is no number
    void add(std::string_view name, std::string_view text);
    void add(std::string_view name, const char* text) { add(name, std::string_view(text)); }
    void add_raw(std::string_view name, std::string_view json);

    std::string text() const { return text_ + "}"; }
    // Writes the object and a line feed to stdout.
    void print() const;

private:
    std::string text_ = "{";
};

// Counts durations in buckets that are at most 0.8 % wide, in constant memory.
class Durations {
public:
    void add(Microseconds duration);
    // {"p50":..,"p90":..,"p99":..,"p99.9":..,"max":..} in microseconds; null when there is none.
    std::string json() const;

private:
    Microseconds percentile(double share) const;

    static constexpr int fine_bits = 7;  // buckets of an octave: 128
    std::array<std::uint64_t, (40 - fine_bits + 1) << fine_bits> counts_{};
    std::uint64_t total_ = 0;
    Microseconds max_ = 0;
};

// Calls `line` at most once a second and writes what it gives to stderr.
class Progress {
public:
    explicit Progress(std::function<std::string()> line) : line_(std::move(line)) {}
    void tick(Microseconds now);

private:
    std::function<std::string()> line_;
    Microseconds due_ = Clock::steady() + 1'000'000;
};

// One line to stderr.
void say(std::string_view line);

}  // namespace outflow::bench
