#include "pattern/text_set.h"

#include <algorithm>

#include "base/hash.h"

namespace outflow::pattern {

void TextSet::seal() {
    std::sort(texts_.begin(), texts_.end());
    texts_.erase(std::unique(texts_.begin(), texts_.end()), texts_.end());
    for (const std::string& text : texts_) longest_ = std::max(longest_, text.size());
    if (texts_.size() <= few_texts) return;
    std::size_t size = 16;
    while (size < texts_.size() * 2) size *= 2;
    slots_.assign(size, 0);
    for (std::size_t i = 0; i < texts_.size(); ++i) {
        std::size_t slot = hash_bytes(texts_[i]) & (size - 1);
        while (slots_[slot] != 0) slot = (slot + 1) & (size - 1);
        slots_[slot] = static_cast<std::uint32_t>(i + 1);
    }
}

bool TextSet::contains_many(std::string_view text) const {
    if (text.size() > longest_) return false;
    std::size_t slot = hash_bytes(text) & (slots_.size() - 1);
    for (; slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
        if (texts_[slots_[slot] - 1] == text) return true;
    }
    return false;
}

void AffixSet::add(std::string affix) { affixes_.push_back(std::move(affix)); }

bool AffixSet::comes_before(std::string_view left, std::string_view right) const {
    if (end_ == End::front) return left < right;
    auto before = [](char a, char b) { return static_cast<unsigned char>(a) < static_cast<unsigned char>(b); };
    return std::lexicographical_compare(left.rbegin(), left.rend(), right.rbegin(), right.rend(), before);
}

void AffixSet::seal() {
    auto before = [this](std::string_view left, std::string_view right) { return comes_before(left, right); };
    std::sort(affixes_.begin(), affixes_.end(), before);
    // What begins with another affix stands behind it, and all between them begin with it too.
    std::vector<std::string> kept;
    for (std::string& affix : affixes_) {
        if (kept.empty() || !has_affix(affix, kept.back())) kept.push_back(std::move(affix));
    }
    affixes_ = std::move(kept);
}

bool AffixSet::hold_for_many(std::string_view text) const {
    // An affix of `text` is the last that does not come behind it.
    auto behind =
        std::upper_bound(affixes_.begin(), affixes_.end(), text,
                         [this](std::string_view left, std::string_view right) { return comes_before(left, right); });
    return behind != affixes_.begin() && has_affix(text, *(behind - 1));
}

}  // namespace outflow::pattern
