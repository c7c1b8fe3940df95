// Bytes looked at eight at a time.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace outflow {

inline constexpr std::uint64_t each_byte = 0x0101010101010101;  // times a value: that value in each byte

// Eight bytes, which must be readable; the first one is the lowest.
inline std::uint64_t load_word(const char* at) {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

// The high bit of every byte of `word` that is zero (and perhaps of bytes above one).
constexpr std::uint64_t zero_bytes(std::uint64_t word) { return (word - each_byte) & ~word & each_byte * 0x80; }

}  // namespace outflow
