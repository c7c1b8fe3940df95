// Which word was probably meant.
#pragma once

#include <span>
#include <string_view>

namespace outflow {

// The same but for case, or a few letters away; the first of the nearest. Empty: none is near.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> words);

}  // namespace outflow
