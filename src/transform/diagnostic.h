// An error of the source of a Program, with its place.
#pragma once

#include <cstdint>
#include <string>

namespace outflow::transform {

struct Diagnostic {
    std::string field;    // "filter", "filter_path", "topic", "body", "properties", "keys", "tags", "sharding_key"
    std::string pointer;  // into the filter, or into a field's object: "/value", "/value/NAME", "/template"
    std::string message;
    std::string hint;        // may be empty
    std::uint32_t line = 0;  // in the filter's own text, 0: unknown
    std::uint32_t column = 0;
};

}  // namespace outflow::transform
