// 64-bit hashes that are the same in every run and on every machine (XXH3).
#pragma once

#include <cstdint>
#include <string_view>

namespace outflow {

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed = 0);

// Of two strings as one value; ("ab", "c") and ("a", "bc") differ.
std::uint64_t hash_pair(std::string_view first, std::string_view second);

}  // namespace outflow
