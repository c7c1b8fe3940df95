#include "json/path.h"

#include <limits>

#include "json/scan.h"
#include "json/value.h"

namespace outflow::json {

namespace {

bool is_name_first(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_name_next(char c) { return is_name_first(c) || is_digit(c) || c == '-'; }

class PathParser {
public:
    explicit PathParser(std::string_view text) : text_(text) {}

    Result<Path> parse() {
        if (!is_utf8(text_)) return fault("it is not UTF-8");
        if (!take('$')) return fault("a path starts with `$`");
        Path path;
        while (at_ < text_.size()) {
            std::size_t start = at_;
            skip_space();
            if (at_ == text_.size()) {
                at_ = start;
                return fault("spaces at the end");
            }
            TRY(Step step, parse_step());
            path.push_back(std::move(step));
        }
        return path;
    }

private:
    bool take(char c) {
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void skip_space() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }
    tl::unexpected<Error> fault(std::string_view what) const {
        return failed(ErrorCode::jsonpath_invalid, "JSONPath `" + std::string(text_.substr(0, 200)) + "`, character " +
                                                       std::to_string(at_ + 1) + ": " + std::string(what) + ".");
    }
    tl::unexpected<Error> indefinite(std::string_view what) const {
        return fault("only definite paths (names and indices) are supported yet, not " + std::string(what));
    }

    Result<Step> parse_step() {
        if (take('.')) {
            if (at_ < text_.size() && text_[at_] == '.') return indefinite("`..`");
            if (at_ < text_.size() && text_[at_] == '*') return indefinite("`*`");
            return parse_dot_name();
        }
        if (!take('[')) return fault("expected `.` or `[`");
        skip_space();
        TRY(Step step, parse_selector());
        skip_space();
        if (at_ < text_.size() && text_[at_] == ',') return indefinite("several selectors");
        if (at_ < text_.size() && text_[at_] == ':') return indefinite("slices");
        if (!take(']')) return fault("expected `]`");
        return step;
    }

    Result<Step> parse_dot_name() {
        std::size_t start = at_;
        if (at_ == text_.size() || !is_name_first(text_[at_])) {
            return fault("a name behind `.` starts with a letter or `_`; write other names as ['name']");
        }
        while (at_ < text_.size() && is_name_next(text_[at_])) ++at_;
        return Step::of_name(std::string(text_.substr(start, at_ - start)));
    }

    Result<Step> parse_selector() {
        if (at_ == text_.size()) return fault("expected a name in quotes or an index");
        char c = text_[at_];
        if (c == '\'' || c == '"') return parse_quoted_name(c);
        if (c == '*') return indefinite("`*`");
        if (c == '?') return indefinite("filters");
        if (c == ':') return indefinite("slices");
        if (c == '-' || is_digit(c)) return parse_index();
        return fault("expected a name in quotes or an index");
    }

    // RFC 9535, section 2.3.3: no leading zeros, no -0, within the exact range of a double.
    Result<Step> parse_index() {
        bool negative = take('-');
        std::size_t start = at_;
        std::int64_t value = 0;
        while (at_ < text_.size() && is_digit(text_[at_])) {
            if (at_ - start >= 16) return fault("the index is too large");
            value = value * 10 + (text_[at_++] - '0');
        }
        std::size_t digits = at_ - start;
        if (digits == 0) return fault("expected digits");
        if (text_[start] == '0' && (digits > 1 || negative)) return fault("an index has no leading zeros");
        constexpr std::int64_t index_max = (std::int64_t{1} << 53) - 1;
        if (value > index_max) return fault("the index is too large");
        return Step::of_index(negative ? -value : value);
    }

    Result<Step> parse_quoted_name(char quote) {
        ++at_;
        std::string name;
        while (at_ < text_.size() && text_[at_] != quote) {
            char c = text_[at_];
            if (static_cast<unsigned char>(c) < 0x20) return fault("a control character in a name");
            if (c != '\\') {
                name += c;
                ++at_;
                continue;
            }
            TRY(std::string piece, parse_escape(quote));
            name += piece;
        }
        if (!take(quote)) return fault("the quote is not closed");
        return Step::of_name(std::move(name));
    }

    // RFC 9535, section 2.3.1.1: JSON's escapes, and of the quotes only the one that is in use; surrogates in pairs.
    Result<std::string> parse_escape(char quote) {
        if (at_ + 1 == text_.size()) return fault("the quote is not closed");
        char c = text_[at_ + 1];
        if (c == quote) {
            at_ += 2;
            return std::string(1, quote);
        }
        std::size_t size = 2;
        if (c == 'u') {
            int first = hex4(at_);
            if (first < 0 || (first >= 0xdc00 && first <= 0xdfff)) return fault("a bad \\u escape");
            size = 6;
            if (first >= 0xd800 && first <= 0xdbff) {
                int second = text_.substr(at_ + 6, 2) == "\\u" ? hex4(at_ + 6) : -1;
                if (second < 0xdc00 || second > 0xdfff) return fault("a surrogate without its pair");
                size = 12;
            }
        } else if (std::string_view("bfnrt/\\").find(c) == std::string_view::npos) {
            return fault("an unknown escape");
        }
        char decoded[12];
        std::string piece(decode_string(text_.substr(at_, size), decoded));
        at_ += size;
        return piece;
    }

    int hex4(std::size_t escape) const {
        if (escape + 6 > text_.size()) return -1;
        return scan_hex4(text_.data() + escape + 2, text_.data() + text_.size());
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

void append_normalised(std::string& out, std::string_view name) {
    std::string quoted;
    append_json_string(quoted, name);
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
        if (quoted[i] == '\'') out += '\\';
        if (quoted[i] == '\\' && quoted[i + 1] == '"') continue;
        out += quoted[i];
        if (quoted[i] == '\\') out += quoted[++i];
    }
}

}  // namespace

Result<Path> parse_path(std::string_view text) { return PathParser(text).parse(); }

std::string render_path(const Path& path) {
    std::string out = "$";
    for (const Step& step : path) {
        out += '[';
        if (step.kind == Step::Kind::index) {
            out += std::to_string(step.index);
        } else {
            out += '\'';
            append_normalised(out, step.name);
            out += '\'';
        }
        out += ']';
    }
    return out;
}

}  // namespace outflow::json
