// Formatted text at the end of a string.
#pragma once

#include <string>

#include <fmt/core.h>

namespace outflow {

// What append_format does, compiled once: fmt::format_to compiles all of fmt's formatter into each file that uses it.
void append_formatted(std::string& out, fmt::string_view text, fmt::format_args values);

template <class... Values>
void append_format(std::string& out, fmt::format_string<Values...> text, Values&&... values) {
    append_formatted(out, text, fmt::make_format_args(values...));
}

}  // namespace outflow
