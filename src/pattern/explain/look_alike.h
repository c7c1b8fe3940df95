// Texts that differ and look the same. Internal to this folder.
#pragma once

#include <string_view>

namespace outflow::pattern {

// Whether they differ only in how letters with marks are composed (NFC and NFD) and in what has no width, as far as
// that can be told without tables of all letters. In doubt, where one of them has such characters, they do.
bool look_alike(std::string_view left, std::string_view right);

}  // namespace outflow::pattern
