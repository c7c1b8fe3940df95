#include "pattern/wildcard.h"

#include <cstring>

#include "pattern/text_set.h"

namespace outflow::pattern {

std::optional<Wildcard> Wildcard::parse(std::string_view text, std::string& reason) {
    Wildcard wildcard;
    wildcard.parts_.emplace_back();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '*') {
            if (i > 0 && wildcard.parts_.size() > 1 && wildcard.parts_.back().empty()) {
                reason = "`**` says no more than `*`; write one star.";
                return std::nullopt;
            }
            wildcard.parts_.emplace_back();
            continue;
        }
        if (text[i] == '\\') {
            ++i;
            if (i == text.size() || (text[i] != '*' && text[i] != '\\')) {
                reason = "A backslash in a wildcard stands before `*` or another backslash only.";
                return std::nullopt;
            }
        }
        wildcard.parts_.back() += text[i];
    }
    return wildcard;
}

// The leftmost place of each part leaves the most to those behind it, so that nothing has to be tried twice.
bool Wildcard::matches(std::string_view text) const {
    const std::string& first = parts_.front();
    if (parts_.size() == 1) return equals(text, first);
    const std::string& last = parts_.back();
    if (text.size() < first.size() + last.size() || !begins_with(text, first) || !ends_with(text, last)) return false;
    text.remove_prefix(first.size());
    text.remove_suffix(last.size());
    for (std::size_t i = 1; i + 1 < parts_.size(); ++i) {
        std::size_t place = find_part(text, parts_[i]);
        if (place == std::string_view::npos) return false;
        text.remove_prefix(place + parts_[i].size());
    }
    return true;
}

std::size_t find_part(std::string_view text, std::string_view part) {
    if (part.empty()) return 0;
    const void* place = ::memmem(text.data(), text.size(), part.data(), part.size());
    return place == nullptr ? std::string_view::npos
                            : static_cast<std::size_t>(static_cast<const char*>(place) - text.data());
}

}  // namespace outflow::pattern
