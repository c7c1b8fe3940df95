// Faults, and what was probably meant.
#include <algorithm>

#include "base/limits.h"
#include "pattern/compiler.h"

namespace outflow::pattern {

namespace {

std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t i = 0; i <= right.size(); ++i) row[i] = i;
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            std::size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row[right.size()];
}

}  // namespace

void FaultList::add(const json::Node& node, const std::string& pointer, std::string message, std::string hint) {
    if (faults_.size() - before_ >= limits::pattern_faults_max) return;
    faults_.push_back({pointer, std::move(message), std::move(hint), node.line, node.column});
}

std::string suggest(std::string_view word, std::span<const std::string_view> candidates) {
    constexpr std::size_t word_bytes_max = 40;
    if (word.size() > word_bytes_max) return {};
    std::string normal(word);
    for (char& c : normal) c = c == '_' || c == ' ' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    std::string_view best;
    std::size_t best_distance = word.size() <= 4 ? 2 : 3;
    for (std::string_view candidate : candidates) {
        std::size_t distance = edit_distance(normal, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best.empty() ? std::string() : "Did you mean `" + std::string(best) + "`?";
}

std::string quoted_name(std::string_view name) { return "`" + std::string(name.substr(0, 100)) + "`"; }

}  // namespace outflow::pattern
