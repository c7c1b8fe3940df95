// Faults, and what was probably meant.
#include "base/limits.h"
#include "base/spelling.h"
#include "pattern/compiler.h"

namespace outflow::pattern {

void FaultList::add(const json::Node& node, const std::string& pointer, std::string message, std::string hint) {
    if (faults_.size() - before_ >= limits::pattern_faults_max) return;
    faults_.push_back({pointer, std::move(message), std::move(hint), node.line, node.column});
}

std::string suggest(std::string_view word, std::span<const std::string_view> candidates) {
    const std::string_view best = nearest_word(word, candidates);
    return best.empty() ? std::string() : "Did you mean `" + std::string(best) + "`?";
}

std::string quoted_name(std::string_view name) { return "`" + std::string(name.substr(0, 100)) + "`"; }

}  // namespace outflow::pattern
