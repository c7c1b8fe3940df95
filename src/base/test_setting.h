// What the environment sets for tests: OUTFLOW_SEED their random numbers, OUTFLOW_ROUNDS how long they go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace outflow {

inline std::optional<std::size_t> test_setting(const char* name) {
    const char* const given = std::getenv(name);
    if (given == nullptr || *given == '\0') return std::nullopt;
    return std::stoull(given);
}

inline std::size_t test_rounds(std::size_t usual) { return test_setting("OUTFLOW_ROUNDS").value_or(usual); }

// The seed of a test's random numbers: OUTFLOW_SEED, else `usual`, else one by chance. Every failure while this lives
// says it, with how to run the test again.
class TestSeed {
public:
    explicit TestSeed(std::optional<std::uint32_t> usual = {})
        : value(static_cast<std::uint32_t>(given_or(usual))),
          trace_(__FILE__, __LINE__, "OUTFLOW_SEED=" + std::to_string(value) + " runs it again") {}

    const std::uint32_t value;

private:
    static std::size_t given_or(std::optional<std::uint32_t> usual) {
        if (const auto given = test_setting("OUTFLOW_SEED")) return *given;
        return usual ? *usual : std::random_device{}();
    }

    testing::ScopedTrace trace_;
};

}  // namespace outflow
