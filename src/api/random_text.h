// Texts that nobody can guess.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace outflow::api {

inline constexpr std::string_view base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
inline constexpr std::string_view hexadecimal = "0123456789abcdef";
inline constexpr std::string_view readable = "abcdefghijkmnpqrstuvwxyz23456789";  // no two that look alike

// `characters` of the alphabet, which has at most 64, each as likely as any other.
std::string random_text(std::size_t characters, std::string_view alphabet);

}  // namespace outflow::api
