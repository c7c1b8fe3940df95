// What tests/linear_test.py counts the instructions of: for each thing that can grow, a pattern and an event of a size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace outflow::bench {

// How the cost may grow with the size.
enum class Grows : std::uint8_t {
    linear,
    hardly,     // the alternatives of a field grow, the event does not
    compiling,  // not the matching but the compiling of the pattern; with the size and its logarithm
};

struct LinearCase {
    std::string pattern;  // of the payload
    std::string payload;
    bool matches = false;
};

struct LinearKind {
    const char* name;
    Grows grows;
    std::size_t size;  // the smallest; also measured at 10 and 100 times that
    LinearCase (*make)(std::size_t size);
};

std::span<const LinearKind> linear_kinds();

}  // namespace outflow::bench
