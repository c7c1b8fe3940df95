// Texts compared without regard to case: letters by Unicode's simple folding, one character to one.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace outflow::pattern {

// An ASCII text meets ASCII only; others go by RE2's tables.
class FoldedText {
public:
    enum class Place : unsigned char { whole, front, back };

    FoldedText(std::string_view text, Place place);
    FoldedText(FoldedText&&) noexcept;
    FoldedText& operator=(FoldedText&&) noexcept;
    ~FoldedText();

    // Linear in `text`.
    bool hold_for(std::string_view text) const;

private:
    Place place_;
    std::string lower_;                     // ASCII
    std::unique_ptr<re2::RE2> expression_;  // other
};

}  // namespace outflow::pattern
