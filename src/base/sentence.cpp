#include "base/sentence.h"

namespace outflow {

namespace {

bool is_ended(std::string_view text) { return text.ends_with('.') || text.ends_with('?') || text.ends_with('!'); }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

std::string_view clause(std::string_view text) {
    const bool has_full_stop = text.ends_with('.') && !text.ends_with("..");
    return has_full_stop ? text.substr(0, text.size() - 1) : text;
}

std::string to_sentence(std::string_view text) {
    if (text.empty()) return "It failed.";
    std::string sentence(text);
    sentence[0] = upper(sentence[0]);
    if (!is_ended(sentence)) sentence += '.';
    return sentence;
}

std::string with_hint(std::string_view text, std::string_view hint) {
    std::string out(clause(text));
    if (hint.empty()) return out;
    const bool is_sentence = hint[0] >= 'A' && hint[0] <= 'Z';
    out += is_sentence ? ". " : "; ";
    out += hint;
    return out;
}

}  // namespace outflow
