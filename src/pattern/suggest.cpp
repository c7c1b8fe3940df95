// Errors, and what was probably meant.
#include <algorithm>

#include "base/limits.h"
#include "base/spelling.h"
#include "pattern/compiler.h"

namespace outflow::pattern {

namespace {

std::string did_you_mean(std::string_view word) { return "Did you mean `" + std::string(word) + "`?"; }

}  // namespace

void DiagnosticList::add(const json::Node& node, const std::string& pointer, std::string message, std::string hint) {
    if (diagnostics_.size() - before_ >= limits::pattern_diagnostics_max) return;
    diagnostics_.push_back({pointer, std::move(message), std::move(hint), node.line, node.column});
}

std::string suggest(std::string_view word, std::span<const std::string_view> candidates) {
    const std::string_view best = nearest_word(word, candidates);
    return best.empty() ? std::string() : did_you_mean(best);
}

std::string suggest_operator(std::string_view word, std::span<const std::string_view> operators) {
    constexpr std::pair<std::string_view, std::string_view> elsewhere[] = {
        {"regex", "wildcard"},    {"regexp", "wildcard"}, {"match", "wildcard"},    {"matches", "wildcard"},
        {"like", "wildcard"},     {"glob", "wildcard"},   {"wildcard", "contains"}, {"includes", "contains"},
        {"startswith", "prefix"}, {"endswith", "suffix"}, {"equals", "exactly"},    {"eq", "exactly"},
        {"not", "anything-but"},  {"ne", "anything-but"}, {"!=", "anything-but"},   {"notequals", "anything-but"},
        {">", "numeric"},         {">=", "numeric"},      {"<", "numeric"},         {"<=", "numeric"},
        {"=", "numeric"},         {"gt", "numeric"},      {"gte", "numeric"},       {"lt", "numeric"},
        {"lte", "numeric"},       {"between", "numeric"}, {"range", "numeric"},     {"ip", "cidr"}};
    std::string letters;  // `starts-with` and `startsWith` are one
    for (const char c : word) {
        if (c != '-' && c != '_' && c != ' ') letters += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    std::string text;
    for (const auto& [name, ours] : elsewhere) {
        const bool is_there = std::find(operators.begin(), operators.end(), ours) != operators.end();
        if (name == letters && is_there) text = did_you_mean(ours);
    }
    if (text.empty()) text = suggest(word, operators);
    text += text.empty() ? "The operators are " : " The operators are ";
    for (std::size_t i = 0; i < operators.size(); ++i) {
        if (i > 0) text += i + 1 < operators.size() ? ", " : " and ";
        text += operators[i];
    }
    return text + ".";
}

std::string quoted_name(std::string_view name) { return "`" + std::string(name.substr(0, 100)) + "`"; }

}  // namespace outflow::pattern
