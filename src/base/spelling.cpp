#include "base/spelling.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace outflow {
namespace {

constexpr std::size_t word_bytes_max = 64;  // longer ones are nobody's slip of a finger

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool is_same_but_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

// How many letters to insert, leave out, change or swap with their neighbour (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = above[j - 1] + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, change});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

}  // namespace

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> words) {
    std::string_view best;
    std::size_t best_distance = std::numeric_limits<std::size_t>::max();
    if (word.empty() || word.size() > word_bytes_max) return best;
    for (std::string_view candidate : words) {
        if (candidate.size() > word_bytes_max) continue;
        if (is_same_but_case(word, candidate)) return candidate;
        const std::size_t distance = edit_distance(word, candidate);
        const std::size_t shorter = std::min(word.size(), candidate.size());
        const bool is_near = distance < shorter && distance <= std::max<std::size_t>(1, shorter / 3);
        if (is_near && distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace outflow
