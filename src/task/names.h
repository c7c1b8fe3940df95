// What the names of tasks and instances may look like.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace outflow::task {

inline constexpr std::size_t name_bytes_max = 127;

// 1 to 127 letters, digits, - and _, first a letter or digit. What is wrong as a sentence, or "".
std::string check_name(std::string_view name);

}  // namespace outflow::task
