#include "pattern/explain/look_alike.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "json/value.h"

namespace outflow::pattern {

namespace {

struct Range {
    std::uint32_t first, last;
};

// Marks that stand on the letter before them, and the parts of Korean syllables.
constexpr Range marks[] = {{0x300, 0x36f},   {0x1100, 0x11ff}, {0x1ab0, 0x1aff},
                           {0x20d0, 0x20ff}, {0x3099, 0x309a}, {0xfe20, 0xfe2f}};
// What is not seen, and spaces that look like the usual one.
constexpr Range unseen[] = {{0xa0, 0xa0},     {0xad, 0xad},     {0x2000, 0x200f}, {0x202f, 0x202f},
                            {0x205f, 0x2064}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}};

template <std::size_t n>
bool is_in(const Range (&ranges)[n], std::uint32_t character) {
    return std::any_of(ranges, ranges + n,
                       [character](const Range& range) { return character >= range.first && character <= range.last; });
}

// The ASCII letters that carry no mark, without spaces. `is_odd`: something in the text may look like something else.
std::string skeleton(std::string_view text, bool& is_odd) {
    std::string kept;
    bool keeps_last = false;
    while (!text.empty()) {
        const std::uint32_t character = json::take_character(text);
        const bool is_mark = is_in(marks, character);
        if (is_mark && keeps_last) kept.pop_back();
        keeps_last = character < 0x80 && character != ' ';
        if (keeps_last) kept += static_cast<char>(character);
        is_odd = is_odd || is_mark || is_in(unseen, character);
    }
    return kept;
}

}  // namespace

bool look_alike(std::string_view left, std::string_view right) {
    bool is_odd = false;
    return left != right && skeleton(left, is_odd) == skeleton(right, is_odd) && is_odd;
}

}  // namespace outflow::pattern
