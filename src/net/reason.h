// Why the network refused something, in words that continue a sentence: "connection refused".
#pragma once

#include <chrono>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace outflow::net {

// "Connection refused" -> "connection refused"; "RST" stays.
inline std::string lower_first(std::string text) {
    const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (!text.empty() && is_upper(text[0]) && (text.size() == 1 || !is_upper(text[1]))) {
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    }
    return text;
}

// Of an errno value.
inline std::string system_reason(int error) { return lower_first(std::generic_category().message(error)); }

// "1500 ms" below 10 seconds when not whole seconds, else "10 s".
inline std::string in_words(std::chrono::milliseconds time) {
    const auto ms = time.count();
    return ms < 10'000 && ms % 1'000 != 0 ? fmt::format("{} ms", ms) : fmt::format("{} s", ms / 1'000);
}

}  // namespace outflow::net
