// For tests: bytes written as hexadecimal with comments, and packets of a server put together by hand (never by our
// encoder).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outflow::mqtt::test {

// "30 03 'a/b' 00": hexadecimal bytes and quoted text; blanks separate.
inline std::string bytes(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == ' ' || text[i] == '\n') {
            ++i;
        } else if (text[i] == '\'') {
            std::size_t end = text.find('\'', i + 1);
            out += text.substr(i + 1, end - i - 1);
            i = end + 1;
        } else {
            out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
            i += 2;
        }
    }
    return out;
}

inline std::string u16(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)}; }

inline std::string framed(unsigned first_byte, std::string_view body) {
    std::string out(1, static_cast<char>(first_byte));
    std::size_t length = body.size();
    do {
        out.push_back(static_cast<char>((length & 0x7F) | (length > 127 ? 0x80 : 0)));
        length >>= 7;
    } while (length > 0);
    return out.append(body);
}

}  // namespace outflow::mqtt::test
