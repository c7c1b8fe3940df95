// Bytes looked at eight at a time.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace outflow {

inline constexpr std::uint64_t each_byte = 0x0101010101010101;  // times a value: that value in each byte

// Eight bytes, which must be readable; the first one is the lowest.
inline std::uint64_t load_word(const char* at) {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

// The same of a text of up to eight bytes, with zeros behind it.
constexpr std::uint64_t word_of(std::string_view text) {
    std::uint64_t word = 0;
    for (std::size_t i = text.size(); i > 0; --i) word = word << 8 | static_cast<std::uint8_t>(text[i - 1]);
    return word;
}

// The high bit of every byte of `word` that is zero (and perhaps of bytes above one).
constexpr std::uint64_t zero_bytes(std::uint64_t word) { return (word - each_byte) & ~word & each_byte * 0x80; }

}  // namespace outflow
