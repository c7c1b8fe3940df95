// Sets of texts, for the many alternatives of one field: a lookup costs about the same with one and with thousands.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outflow::pattern {

// As the members of string_view answer; a byte tells most texts apart without a call.
inline bool equals(std::string_view text, std::string_view other) {
    return text.size() == other.size() && (text.empty() || (text.front() == other.front() && text == other));
}
inline bool begins_with(std::string_view text, std::string_view affix) {
    return affix.empty() || (!text.empty() && text.front() == affix.front() && text.starts_with(affix));
}
inline bool ends_with(std::string_view text, std::string_view affix) {
    return affix.empty() || (!text.empty() && text.back() == affix.back() && text.ends_with(affix));
}

inline constexpr std::size_t few_texts = 6;  // up to which looking at each is quickest

// Exact texts.
class TextSet {
public:
    void add(std::string text) { texts_.push_back(std::move(text)); }
    void seal();  // once, behind the last add

    bool empty() const { return texts_.empty(); }
    std::size_t longest() const { return longest_; }
    bool contains(std::string_view text) const {
        if (texts_.size() > few_texts) return contains_many(text);
        for (const std::string& each : texts_) {
            if (equals(text, each)) return true;
        }
        return false;
    }

private:
    bool contains_many(std::string_view text) const;

    std::vector<std::string> texts_;
    std::vector<std::uint32_t> slots_;  // open addressing by hash: 1 + place in texts_; 0: empty
    std::size_t longest_ = 0;
};

// Texts that others begin or end with.
class AffixSet {
public:
    enum class End : bool { front, back };
    explicit AffixSet(End end) : end_(end) {}

    void add(std::string affix);
    void seal();  // once, behind the last add

    bool empty() const { return affixes_.empty(); }
    // Some affix stands at that end of `text`.
    bool hold_for(std::string_view text) const {
        if (affixes_.size() > few_texts) return hold_for_many(text);
        for (const std::string& each : affixes_) {
            if (has_affix(text, each)) return true;
        }
        return false;
    }

private:
    bool hold_for_many(std::string_view text) const;
    bool has_affix(std::string_view text, std::string_view affix) const {
        return end_ == End::front ? begins_with(text, affix) : ends_with(text, affix);
    }
    // By bytes, from that end on.
    bool comes_before(std::string_view left, std::string_view right) const;

    End end_;
    std::vector<std::string> affixes_;  // sorted; none has another at its end, so that only one can be the right one
};

}  // namespace outflow::pattern
