#include "pattern/folded.h"

#include <re2/re2.h>

#include <algorithm>

namespace outflow::pattern {

namespace {

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool is_ascii(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace

FoldedText::FoldedText(std::string_view text, Place place) : place_(place) {
    if (is_ascii(text)) {
        for (char c : text) lower_ += to_lower(c);
        return;
    }
    RE2::Options options;
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    options.set_dot_nl(true);
    std::string quoted = RE2::QuoteMeta(re2::StringPiece(text.data(), text.size()));
    if (place == Place::back) quoted = ".*" + quoted;
    if (place == Place::front) quoted += ".*";
    expression_ = std::make_unique<RE2>(quoted, options);
}

FoldedText::FoldedText(FoldedText&&) noexcept = default;
FoldedText& FoldedText::operator=(FoldedText&&) noexcept = default;
FoldedText::~FoldedText() = default;

bool FoldedText::hold_for(std::string_view text) const {
    if (expression_ != nullptr) return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *expression_);
    if (text.size() < lower_.size() || (place_ == Place::whole && text.size() != lower_.size())) return false;
    std::string_view part =
        place_ == Place::back ? text.substr(text.size() - lower_.size()) : text.substr(0, lower_.size());
    return std::equal(part.begin(), part.end(), lower_.begin(),
                      [](char c, char lower) { return to_lower(c) == lower; });
}

}  // namespace outflow::pattern
