// Whose answers an event pattern gives.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace outflow::pattern {

enum class Dialect : std::uint8_t {
    outflow,  // docs/pattern.md; pattern.h
    alibaba,  // those of Alibaba's open-source engine, apache/rocketmq-eventbridge; alibaba/pattern.h
};

std::string_view to_string(Dialect dialect);               // "outflow", "alibaba"
std::optional<Dialect> dialect_of(std::string_view text);  // the inverse

}  // namespace outflow::pattern
