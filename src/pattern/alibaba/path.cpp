#include "pattern/alibaba/path.h"

#include <algorithm>
#include <charconv>

#include "json/scan.h"

namespace outflow::pattern {

namespace {

using Kind = AlibabaStep::Kind;

// Without spaces and control characters at its ends, as Java trims.
std::string_view trim(std::string_view text) {
    auto is_trimmed = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    while (!text.empty() && is_trimmed(text.back())) text.remove_suffix(1);
    while (!text.empty() && is_trimmed(text.front())) text.remove_prefix(1);
    return text;
}

class PathReader {
public:
    explicit PathReader(std::string_view text) : text_(trim(text)), at_(1) {
        last_ = text_.size() - 1;
        while (last_ > 0 && is_continuation(text_[last_])) --last_;
        if (is_pair(text_[last_])) ++last_;
    }

    Status read() {
        if (text_.ends_with('.')) return malformed("a key is empty at the end of a path, or ends with a dot");
        while (!is_at_tail()) {
            Status good = read_step();
            if (!good) return good;
        }
        return {};
    }

    std::vector<AlibabaStep> steps;

private:
    static bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }
    // A character beyond U+FFFF: two of Java's.
    static bool is_pair(char c) { return static_cast<unsigned char>(c) >= 0xf0U; }

    // Behind the last step, where the library also passes over one more character.
    bool is_at_tail() const { return at_ >= last_; }

    tl::unexpected<Error> malformed(std::string_view what) const {
        constexpr std::size_t shown_bytes = 200;
        std::size_t shown = std::min(text_.size(), shown_bytes);
        while (shown < text_.size() && shown > 0 && is_continuation(text_[shown])) --shown;
        std::string sentence = "The path `" + std::string(text_.substr(0, shown));
        sentence.append(shown < text_.size() ? "...`: " : "`: ").append(what) += '.';
        return failed(ErrorCode::pattern_invalid, std::move(sentence));
    }

    AlibabaStep& add(Kind kind) {
        steps.emplace_back().kind = kind;
        return steps.back();
    }

    Status read_step() {
        if (text_[at_] == '.') {
            ++at_;
            if (text_[at_] == '.') {
                add(Kind::scan);
                ++at_;
            }
            if (text_[at_] == '.') return malformed("three dots in a row");
        }
        if (text_[at_] == '[') return read_bracket();
        if (text_[at_] != '*') return read_name();
        ++at_;
        add(Kind::wildcard);
        return {};
    }

    Status read_name() {
        const std::size_t end = std::min(text_.find_first_of(" .[(", at_), text_.size());
        if (end < text_.size() && text_[end] == ' ') return malformed("a name with a space is written as ['the name']");
        if (end < text_.size() && text_[end] == '(') return malformed("`(` begins a function, which fails on events");
        add(Kind::names).names.emplace_back(text_.substr(at_, end - at_));
        at_ = end;
        return {};
    }

    // The next character that is no space, from `place` on; 0 at the end.
    char look(std::size_t place) const {
        place = text_.find_first_not_of(' ', place);
        return place == std::string_view::npos ? '\0' : text_[place];
    }

    Status read_bracket() {
        const char c = look(at_ + 1);
        if (c == '\'' || c == '"') return read_quoted(c);
        if (json::is_digit(c) || c == '-' || c == ':') return read_elements();
        if (c == '?') return malformed("filters are not supported");
        if (c != '*') return malformed("expected an index, a slice, `*` or a name in quotes behind `[`");
        const std::size_t star = text_.find('*', at_);
        if (look(star + 1) != ']') return malformed("expected `]` behind `[*`");
        at_ = text_.find(']', star) + 1;
        add(Kind::wildcard);
        return {};
    }

    Status read_elements() {
        const std::size_t close = text_.find(']', at_);
        if (close == std::string_view::npos) return malformed("`[` is not closed");
        const std::string_view inside = trim(text_.substr(at_ + 1, close - at_ - 1));
        at_ = close + 1;
        return inside.find(':') == std::string_view::npos ? read_indices(inside) : read_slice(inside);
    }

    Status read_indices(std::string_view inside) {
        AlibabaStep& step = add(Kind::indices);
        while (true) {
            const std::size_t comma = std::min(inside.find(','), inside.size());
            std::int32_t index = 0;
            if (!read_integer(trim(inside.substr(0, comma)), index)) {
                return malformed("expected an integer of 32 bits in `[...]`");
            }
            step.indices.push_back(index);
            if (comma == inside.size()) break;
            inside.remove_prefix(comma + 1);
        }
        std::sort(step.indices.begin(), step.indices.end());
        return {};
    }

    // What stands behind a second colon is not looked at.
    Status read_slice(std::string_view inside) {
        AlibabaStep& step = add(Kind::slice);
        if (inside.find_first_not_of("0123456789-:") != std::string_view::npos)
            return malformed("expected [start:end]");
        const std::size_t colon = inside.find(':');
        const std::string_view ends[] = {inside.substr(0, colon),
                                         inside.substr(colon + 1, inside.find(':', colon + 1) - colon - 1)};
        std::optional<std::int32_t>* to[] = {&step.start, &step.end};
        for (int i = 0; i < 2; ++i) {
            if (ends[i].empty()) continue;
            std::int32_t index = 0;
            if (!read_integer(ends[i], index)) return malformed("expected integers of 32 bits in [start:end]");
            *to[i] = index;
        }
        if (!step.start && !step.end) return malformed("expected [start:end] with one of them at least");
        return {};
    }

    static bool read_integer(std::string_view text, std::int32_t& value) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc() && end == text.data() + text.size();
    }

    // ['a','b']: a comma must stand between names, and none inside of one; `]` ends them outside of quotes.
    Status read_quoted(char quote) {
        AlibabaStep& step = add(Kind::names);
        std::size_t start = 0;  // of the name, once `inside`
        std::size_t close = 0;  // the quote behind the last name
        bool inside = false;
        bool after_comma = false;
        for (++at_; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '\\') {
                ++at_;
            } else if (c == ']' && !inside) {
                break;
            } else if (c == quote && inside) {
                const char next = look(at_ + 1);
                if (next != ']' && next != ',') return malformed("expected `,` or `]` behind a name in quotes");
                if (!add_name(step, text_.substr(start, at_ - start))) return malformed("a bad \\u escape in a name");
                inside = false;
                close = at_;
            } else if (c == quote) {
                start = at_ + 1;
                inside = true;
                after_comma = false;
            } else if (c == ',') {
                if (after_comma) return malformed("a name is empty, or has a comma in it");
                after_comma = true;
            }
        }
        if (after_comma) return malformed("a name is empty, or has a comma in it");
        if (step.names.empty() || look(close + 1) != ']') return malformed("`['` is not closed by `']`");
        std::sort(step.names.begin(), step.names.end());
        at_ = text_.find(']', close) + 1;
        return {};
    }

    // Decodes Java's escapes.
    static bool add_name(AlibabaStep& step, std::string_view quoted) {
        std::string name;
        for (std::size_t at = 0; at < quoted.size(); ++at) {
            if (quoted[at] != '\\' || at + 1 == quoted.size()) {
                name += quoted[at];
                continue;
            }
            const char c = quoted[++at];
            constexpr std::string_view letters = "bfnrt";
            constexpr std::string_view controls = "\b\f\n\r\t";
            const std::size_t letter = letters.find(c);
            if (c == 'u') {
                const int unit = json::scan_hex4(quoted.data() + at + 1, quoted.data() + quoted.size());
                if (unit < 0 || (unit >= 0xd800 && unit <= 0xdfff)) return false;
                char bytes[4];
                name.append(bytes, json::write_utf8(static_cast<std::uint32_t>(unit), bytes));
                at += 4;
            } else {
                name += letter == std::string_view::npos ? c : controls[letter];
            }
        }
        step.names.push_back(std::move(name));
        return true;
    }

    std::string_view text_;
    std::size_t at_;
    std::size_t last_;
};

bool is_definite(const AlibabaStep& step, bool is_last) {
    if (step.kind == Kind::names) return step.names.size() == 1 || is_last;
    return step.kind == Kind::indices && step.indices.size() == 1;
}

}  // namespace

bool AlibabaPath::visits_members() const {
    return std::any_of(steps.begin(), steps.end(),
                       [](const AlibabaStep& step) { return step.kind == Kind::wildcard || step.kind == Kind::scan; });
}

Result<AlibabaPath> parse_alibaba_path(std::string_view text) {
    PathReader reader(text);
    Status good = reader.read();
    if (!good) return failed(std::move(good).error());
    AlibabaPath path;
    std::size_t front = 0;
    for (AlibabaStep& step : reader.steps) {
        if (step.kind != Kind::names || step.names.size() != 1) break;
        path.names.push_back(std::move(step.names[0]));
        ++front;
    }
    path.steps.assign(std::make_move_iterator(reader.steps.begin() + static_cast<std::ptrdiff_t>(front)),
                      std::make_move_iterator(reader.steps.end()));
    const std::size_t size = path.steps.size();
    auto& definite = path.definite_steps;
    while (definite < size && is_definite(path.steps[definite], definite + 1 == size)) ++definite;
    return path;
}

}  // namespace outflow::pattern
