// The grammar of JSON scalars (RFC 8259, sections 3, 6 and 7), for all readers of this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace outflow::json {

inline bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The end of the number that starts at `at`, or null if there is none. What follows is not looked at.
inline const char* scan_number(const char* at, const char* end) {
    if (at != end && *at == '-') ++at;
    if (at == end || !is_digit(*at)) return nullptr;
    if (*at == '0') {
        ++at;
    } else {
        while (at != end && is_digit(*at)) ++at;
    }
    if (at != end && *at == '.') {
        ++at;
        if (at == end || !is_digit(*at)) return nullptr;
        while (at != end && is_digit(*at)) ++at;
    }
    if (at != end && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at != end && (*at == '+' || *at == '-')) ++at;
        if (at == end || !is_digit(*at)) return nullptr;
        while (at != end && is_digit(*at)) ++at;
    }
    return at;
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

// Whether every escape sequence between a string's quotes is one of section 7.
inline bool has_good_escapes(std::string_view raw) {
    const char* end = raw.data() + raw.size();
    for (std::size_t at = raw.find('\\'); at != std::string_view::npos; at = raw.find('\\', at)) {
        if (at + 1 == raw.size()) return false;
        char c = raw[at + 1];
        if (c == 'u') {
            if (scan_hex4(raw.data() + at + 2, end) < 0) return false;
            at += 6;
        } else {
            if (std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) return false;
            at += 2;
        }
    }
    return true;
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
