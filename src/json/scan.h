// The grammar of JSON scalars (RFC 8259, sections 3, 6 and 7), for all readers of this folder.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/words.h"
#include "json/value.h"

namespace outflow::json {

inline bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

// How many of the eight bytes are digits before one is none; the first byte in memory is the lowest.
inline std::size_t count_digits(std::uint64_t bytes) {
    const std::uint64_t values = bytes ^ each_byte * '0';  // 0 to 9 for digits
    // The top bit says which values are above 9. What this carries over changes only bytes behind such a value.
    const std::uint64_t others = (values | (values + each_byte * (0x80 - 10))) & each_byte * 0x80;
    return static_cast<std::size_t>(std::countr_zero(others)) / 8;
}

inline const char* skip_digits(const char* at, const char* end) {
    // Most runs are short: bytes first.
    for (int i = 0; i < 2; ++i, ++at) {
        if (at == end || !is_digit(*at)) return at;
    }
    while (end - at >= 8) {
        const std::size_t digits = count_digits(load_word(at));
        at += digits;
        if (digits < 8) return at;
    }
    while (at != end && is_digit(*at)) ++at;
    return at;
}

// The end of the number that starts at `at`, or null if there is none. What follows is not looked at.
inline const char* scan_number(const char* at, const char* end) {
    if (at != end && *at == '-') ++at;
    if (at == end || !is_digit(*at)) return nullptr;
    at = *at == '0' ? at + 1 : skip_digits(at + 1, end);
    if (at != end && *at == '.') {
        ++at;
        if (at == end || !is_digit(*at)) return nullptr;
        at = skip_digits(at + 1, end);
    }
    if (at != end && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at != end && (*at == '+' || *at == '-')) ++at;
        if (at == end || !is_digit(*at)) return nullptr;
        at = skip_digits(at + 1, end);
    }
    return at;
}

// Scalars that are no strings, as most are: literals, and numbers without an exponent that are not long. Behind [at,
// end) stands no digit, and `usual_scalar_padding` bytes must be readable at `at`.
inline constexpr std::ptrdiff_t usual_number_max = 24;
inline constexpr std::ptrdiff_t usual_scalar_padding = usual_number_max + 8;

[[gnu::always_inline]] inline bool is_usual_number(const char* at, const char* end) {
    constexpr std::size_t word = 8;
    const auto pass_digits = [&at] {
        std::size_t digits = 0;
        do {
            digits = count_digits(load_word(at));
            at += digits;
        } while (digits == word);
    };
    if (end - at > usual_number_max) return false;
    at += *at == '-' ? 1 : 0;
    const char* const first = at;
    pass_digits();
    if (at == first || (*first == '0' && at - first > 1)) return false;
    if (at == end) return true;
    if (*at != '.') return false;
    ++at;
    const char* const fraction = at;
    pass_digits();
    return at == end && at != fraction;
}

// Missing: it is none of these.
[[gnu::always_inline]] inline Kind kind_of_usual_scalar(const char* at, const char* end) {
    if (*at <= '9') return is_usual_number(at, end) ? Kind::number : Kind::missing;  // letters and brackets are above
    constexpr std::uint64_t true_word = word_of("true"), null_word = word_of("null"), false_word = word_of("false");
    if (end - at != 4 && end - at != 5) return Kind::missing;
    const std::uint64_t word = load_word(at) & ((std::uint64_t{1} << 8 * (end - at)) - 1);
    if (word == null_word) return Kind::null;
    return word == true_word || word == false_word ? Kind::boolean : Kind::missing;
}

// The value of the four hexadecimal digits at `at`, or -1.
inline int scan_hex4(const char* at, const char* end) {
    if (end - at < 4) return -1;
    int value = 0;
    for (int i = 0; i < 4; ++i) {
        char c = at[i];
        char lower = static_cast<char>(c | 0x20);
        bool is_letter = lower >= 'a' && lower <= 'f';
        if (!is_digit(c) && !is_letter) return -1;
        value = value * 16 + (is_letter ? lower - 'a' + 10 : c - '0');
    }
    return value;
}

// Names are first told apart by their sizes: a bit each in sets of them, one for all long names.
inline std::uint64_t size_bit(std::size_t size) { return std::uint64_t{1} << (size < 63 ? size : 63); }

// What stands between a string's quotes: are there escape sequences, and is each one of section 7?
enum class Escapes : std::uint8_t { none, good, bad };

inline Escapes escapes_in(std::string_view raw) {
    const char* end = raw.data() + raw.size();
    std::size_t at = raw.find('\\');
    if (at == std::string_view::npos) return Escapes::none;
    for (; at != std::string_view::npos; at = raw.find('\\', at)) {
        if (at + 1 == raw.size()) return Escapes::bad;
        const char c = raw[at + 1];
        if (c == 'u') {
            if (scan_hex4(raw.data() + at + 2, end) < 0) return Escapes::bad;
            at += 6;
        } else {
            if (std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) return Escapes::bad;
            at += 2;
        }
    }
    return Escapes::good;
}

// Appends the code point as UTF-8 at `to`; the new end.
inline char* write_utf8(std::uint32_t point, char* to) {
    auto put = [&](std::uint32_t byte) { *to++ = static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xc0 | point >> 6);
        put(0x80 | (point & 63));
    } else if (point < 0x10000) {
        put(0xe0 | point >> 12);
        put(0x80 | (point >> 6 & 63));
        put(0x80 | (point & 63));
    } else {
        put(0xf0 | point >> 18);
        put(0x80 | (point >> 12 & 63));
        put(0x80 | (point >> 6 & 63));
        put(0x80 | (point & 63));
    }
    return to;
}

}  // namespace outflow::json
