#include "json/regexp.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <re2/re2.h>

#include "base/limits.h"
#include "json/scan.h"
#include "json/value.h"

namespace outflow::json {

namespace {

// RE2's \p{C} leaves out what is not assigned (Cn); the RFC's does not. All other categories together:
constexpr std::string_view not_other = "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Z}";
constexpr std::string_view assigned = "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Z}\\p{C}";

// Checks the grammar of RFC 9485, section 4, and writes the same expression in RE2's. One pass, no recursion.
class RegexpTranslator {
public:
    explicit RegexpTranslator(std::string_view text) : text_(text) {}

    Result<std::string> run() {
        if (!is_utf8(text_)) return invalid("it is not UTF-8");
        while (at_ < text_.size()) {
            Status good = take_piece();
            if (!good) return failed(std::move(good).error());
        }
        if (open_groups_ != 0) return invalid("a `(` is not closed");
        return std::move(out_);
    }

private:
    static tl::unexpected<Error> invalid(std::string_view why) {
        return failed(ErrorCode::invalid_argument, std::string(why));
    }
    static tl::unexpected<Error> unsupported(std::string_view why) {
        return failed(ErrorCode::payload_unfit, std::string(why));
    }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) {
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    Status take_piece() {
        if (take('|')) {
            out_ += '|';
            return {};
        }
        if (take('(')) {
            out_ += "(?:";
            ++open_groups_;
            return {};
        }
        if (take(')')) {
            if (open_groups_ == 0) return invalid("a `)` without its `(`");
            --open_groups_;
            out_ += ')';
        } else {
            Status good = take_atom();
            if (!good) return good;
        }
        return take_quantifier();
    }

    Status take_atom() {
        char c = text_[at_];
        if (c == '.') {
            ++at_;
            out_ += "[^\\n\\r]";
            return {};
        }
        if (c == '[') return take_class();
        if (c == '\\') {
            if (is_category()) return take_category_alone();
            return take_escape();
        }
        if (std::string_view("*+?{").find(c) != std::string_view::npos) {
            return invalid("nothing stands before a quantifier");
        }
        if (c == ']' || c == '}') return invalid("a bracket that was not opened; write \\] or \\}");
        out_ += c;
        ++at_;
        return {};
    }

    Status take_quantifier() {
        char c = peek();
        if (c == '*' || c == '+' || c == '?') {
            out_ += c;
            ++at_;
            return {};
        }
        if (!take('{')) return {};
        std::size_t start = at_;
        std::size_t least = take_count();
        if (at_ == start) return invalid("a number is missing behind `{`");
        std::size_t most = least;
        if (take(',') && peek() != '}') {
            std::size_t second = at_;
            most = take_count();
            if (at_ == second) return invalid("`{` wants numbers");
        }
        if (!take('}')) return invalid("a `{` is not closed");
        if (most < least) return invalid("in {n,m} m is less than n");
        if (most > limits::regexp_repeat_max) {
            return unsupported("it repeats more than " + std::to_string(limits::regexp_repeat_max) + " times");
        }
        out_ += text_.substr(start - 1, at_ - start + 1);
        return {};
    }

    std::size_t take_count() {
        std::size_t value = 0;
        for (; is_digit(peek()); ++at_) {
            value = std::min(value * 10 + static_cast<std::size_t>(text_[at_] - '0'), limits::regexp_repeat_max + 1);
        }
        return value;
    }

    // SingleCharEsc.
    Status take_escape() {
        char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (c == '\0' || std::string_view("()*+-.?[\\]^nrt{|}").find(c) == std::string_view::npos) {
            return invalid(
                "an unknown escape; there are \\n \\r \\t, \\p{..}, \\P{..} and those of special characters");
        }
        out_ += '\\';
        out_ += c;
        at_ += 2;
        return {};
    }

    bool is_category() const { return text_.substr(at_, 2) == "\\p" || text_.substr(at_, 2) == "\\P"; }

    // Takes `\p{Lu}` or `\P{Lu}`; `name` is the text between the braces.
    Status take_category(bool& negative, std::string_view& name) {
        // A letter, then those that may follow it.
        static constexpr std::string_view known[] = {"Llmotu", "Mcen", "Ndlo", "Pcdefios", "Zlps", "Sckmo", "Ccfno"};
        negative = text_[at_ + 1] == 'P';
        std::size_t end = text_.find('}', at_);
        if (text_.substr(at_ + 2, 1) != "{" || end == std::string_view::npos) {
            return invalid("\\p wants a category: \\p{Lu}");
        }
        name = text_.substr(at_ + 3, end - at_ - 3);
        at_ = end + 1;
        for (std::string_view group : known) {
            if (name.empty() || name.size() > 2 || name[0] != group[0]) continue;
            if (name.size() == 1 || group.substr(1).find(name[1]) != std::string_view::npos) return {};
        }
        return invalid("there is no category `" + std::string(name.substr(0, 20)) + "`");
    }

    Status take_category_alone() {
        bool negative = false;
        std::string_view name;
        Status good = take_category(negative, name);
        if (!good) return good;
        if (name == "C" || name == "Cn") {
            out_ += negative ? "[" : "[^";
            out_ += name == "C" ? not_other : assigned;
            out_ += ']';
        } else {
            append_category(negative, name);
        }
        return {};
    }

    void append_category(bool negative, std::string_view name) {
        out_ += negative ? "\\P{" : "\\p{";
        out_ += name;
        out_ += '}';
    }

    Status take_class() {
        ++at_;
        std::string before = std::exchange(out_, {});
        others_.clear();
        bool negative = take('^');
        if (take('-')) out_ += "\\-";
        bool is_empty = out_.empty();
        while (peek() != ']') {
            if (at_ == text_.size()) return invalid("a `[` is not closed");
            if (peek() == '-') {
                ++at_;
                if (peek() != ']' || is_empty) return invalid("a `-` in the middle of a class; write \\-");
                out_ += "\\-";
                break;
            }
            is_empty = false;
            Status good = is_category() ? take_class_category(negative) : take_range();
            if (!good) return good;
        }
        if (is_empty) return invalid("a class is empty");
        if (!take(']')) return invalid("a `[` is not closed");
        std::string items = std::exchange(out_, std::move(before));
        if (!others_.empty()) {
            out_ += "(?:" + others_ + (items.empty() ? "" : "|[" + items + "]") + ")";
        } else {
            out_ += (negative ? "[^" : "[") + items + "]";
        }
        return {};
    }

    Status take_class_category(bool in_negative) {
        bool negative = false;
        std::string_view name;
        Status good = take_category(negative, name);
        if (!good) return good;
        if (name != "C" && name != "Cn") {
            append_category(negative, name);
        } else if (negative) {
            out_ += name == "C" ? not_other : assigned;
        } else if (in_negative) {
            return unsupported("\\p{" + std::string(name) + "} in a class with `^` is not supported");
        } else {
            if (!others_.empty()) others_ += '|';
            others_ += "[^";
            others_ += name == "C" ? not_other : assigned;
            others_ += ']';
        }
        return {};
    }

    Status take_range() {
        std::uint32_t first = 0;
        std::uint32_t last = 0;
        Status good = take_class_character(first);
        if (!good) return good;
        bool is_range = peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']';
        if (!is_range) return {};
        ++at_;
        out_ += '-';
        good = take_class_character(last);
        if (!good) return good;
        return last < first ? Status(invalid("a range that goes backwards")) : Status();
    }

    // CCchar, written so that it means nothing special to RE2; `point` is its code point.
    Status take_class_character(std::uint32_t& point) {
        char c = peek();
        if (c == '\\') {
            char escaped = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
            char meant = escaped == 'n' ? '\n' : escaped == 'r' ? '\r' : escaped == 't' ? '\t' : escaped;
            point = static_cast<unsigned char>(meant);
            return take_escape();
        }
        if (c == '[' || c == ']' || c == '-') return invalid("`[`, `]` and `-` in a class need a `\\`");
        auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            if (c == '^' || c == '&' || c == '~' || c == ':') out_ += '\\';
            out_ += c;
            ++at_;
            point = byte;
            return {};
        }
        std::size_t size = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        point = byte & (0x7fU >> size);
        for (std::size_t i = 1; i < size; ++i) {
            point = point << 6 | (static_cast<unsigned char>(text_[at_ + i]) & 0x3fU);
        }
        out_ += text_.substr(at_, size);
        at_ += size;
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t open_groups_ = 0;
    std::string out_;
    std::string others_;  // of the class that is read: what only a class of its own can say
};

}  // namespace

Regexp::Regexp(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
Regexp::Regexp(Regexp&&) noexcept = default;
Regexp& Regexp::operator=(Regexp&&) noexcept = default;
Regexp::~Regexp() = default;

Result<Regexp> Regexp::compile(std::string_view text) {
    if (text.size() > limits::regexp_bytes_max) {
        return failed(ErrorCode::payload_unfit,
                      "it is longer than " + std::to_string(limits::regexp_bytes_max) + " bytes");
    }
    TRY(std::string translated, RegexpTranslator(text).run());
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(true);
    constexpr std::int64_t memory_bytes = 4 * 1024 * 1024;  // for the program and what the matching remembers
    options.set_max_mem(memory_bytes);
    auto compiled = std::make_unique<re2::RE2>(translated, options);
    if (!compiled->ok()) return failed(ErrorCode::payload_unfit, "it is too large (" + compiled->error() + ")");
    return Regexp(std::move(compiled));
}

bool Regexp::matches(std::string_view text) const {
    return compiled_->Match({text.data(), text.size()}, 0, text.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
}

bool Regexp::is_found_in(std::string_view text) const {
    return compiled_->Match({text.data(), text.size()}, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

std::size_t Regexp::instructions() const { return static_cast<std::size_t>(std::max(compiled_->ProgramSize(), 1)); }

Result<const Regexp*> RegexpCache::find(std::string_view text, bool& is_new) {
    auto known = known_.find(text);
    is_new = known == known_.end();
    if (!is_new) return known->second.get();
    auto compiled = Regexp::compile(text);
    if (!compiled && compiled.error().code != ErrorCode::invalid_argument) return failed(std::move(compiled).error());
    if (known_.size() >= limits::regexp_cache_max) known_.clear();
    auto kept = compiled ? std::make_unique<const Regexp>(std::move(*compiled)) : nullptr;
    return known_.emplace(std::string(text), std::move(kept)).first->second.get();
}

}  // namespace outflow::json
