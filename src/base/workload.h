// Workloads: fixed work on fixed data with a known checksum. A folder's `workload.h` holds its own; its benchmark times
// them (base/bench.h), its unit test runs them, and both know the checksum, so that speed cannot come from doing less.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/limits.h"

namespace outflow {

struct Workload {
    std::string name;            // area/case
    std::uint64_t checksum = 0;  // what every run returns
    std::size_t items = 0;       // of one run
    std::size_t bytes = 0;       // of one run: read, or written where nothing is read
    std::function<std::uint64_t()> run;
};

// Cheap enough to stand inside of what is measured: a few nanoseconds a value, whatever its size.
class Checksum {
public:
    void add(std::uint64_t value) {
        value_ = (value_ ^ value) * 0x9E3779B97F4A7C15;
        value_ ^= value_ >> 32;
    }
    // Size, first and last eight bytes.
    void add(std::string_view bytes) {
        add(bytes.size());
        if (bytes.empty()) return;
        add(word(bytes.substr(0, 8)));
        if (bytes.size() > 8) add(word(bytes.substr(bytes.size() - 8)));
    }
    // Size, and a word at every 61st (or so) byte: for long output of encoders.
    void add_samples(std::string_view bytes, std::size_t step = 61) {
        add(bytes.size());
        for (std::size_t at = 0; at < bytes.size(); at += step) add(word(bytes.substr(at, 8)));
    }
    std::uint64_t value() const { return value_; }

private:
    static std::uint64_t word(std::string_view bytes) {
        std::uint64_t value = 0;
        std::memcpy(&value, bytes.data(), bytes.size());
        return value;
    }

    std::uint64_t value_ = 1;
};

// Telemetry as JSON, every message 256 bytes: four kinds of machines in turn, about half of the temperatures above 80,
// without a pattern.
class Telemetry {
public:
    static constexpr std::size_t message_bytes = 256;

    explicit Telemetry(std::size_t messages) {
        static constexpr std::string_view kinds[] = {"press", "pump", "oven", "robot"};
        for (std::size_t i = 0; i < messages; ++i) {
            std::string_view kind = kinds[i % 4];
            bool hot = (static_cast<std::uint32_t>(i) * 2'654'435'761U >> 16 & 1) != 0;
            text_ += fmt::format(R"({{"id":"{}-{:06}","kind":"{}","temperature":{}.{},"pressure":[1.25,2.5,3.75],)"
                                 R"("site":{{"plant":"hz-1","line":{},"cell":"c-{}"}},"ok":{},"seq":{},)"
                                 R"("time":"2026-11-24T00:00:00Z","note":")",
                                 kind, i, kind, (hot ? 81 : 60) + i * 13 % 19, i % 10, i % 8, i % 12, i % 5 != 0,
                                 1'000'000 + i);
            text_.append((i + 1) * message_bytes - 2 - text_.size(), 'n');
            text_ += "\"}";
        }
        text_.append(limits::chunk_padding, '\0');
    }

    std::size_t messages() const { return text_.size() / message_bytes; }
    std::size_t bytes() const { return messages() * message_bytes; }
    // Valid as long as this object; limits::chunk_padding readable bytes behind it.
    std::string_view message(std::size_t i) const {
        return std::string_view(text_).substr(i * message_bytes, message_bytes);
    }

private:
    std::string text_;
};

}  // namespace outflow
