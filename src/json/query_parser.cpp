#include "json/query_parser.h"

#include <algorithm>

#include "base/limits.h"
#include "json/query.h"
#include "json/scan.h"

namespace outflow::json {

namespace {

// A byte of a character that is not its first.
bool is_tail(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

// What is read off the tree once, for Query.
void describe(QueryTree& tree) {
    std::size_t at = 0;
    for (; at < tree.segments.size() && tree.segments[at].is_singular(); ++at) {
        const Selector& selector = tree.segments[at].selectors[0];
        tree.leading.push_back(selector.kind == Selector::Kind::name ? Step::of_name(selector.name)
                                                                     : Step::of_index(selector.index));
    }
    if (at + 1 != tree.segments.size() || tree.segments[at].descends) return;
    for (const Selector& selector : tree.segments[at].selectors) {
        if (selector.kind != Selector::Kind::name) return tree.ending_names.clear();
        tree.ending_names.push_back(selector.name);
    }
}

}  // namespace

Result<std::unique_ptr<QueryTree>> QueryParser::parse() {
    if (text_.size() > limits::jsonpath_bytes_max) {
        return fault_at(0, "it is longer than " + std::to_string(limits::jsonpath_bytes_max) + " bytes");
    }
    if (!is_utf8(text_)) return failed(ErrorCode::jsonpath_invalid, "A JSONPath that is not UTF-8.");
    if (!take('$')) {
        const std::string meant = is_name_first(peek()) ? ": `$." + shown_text() + "`" : "";
        return fault("a path starts with `$`" + meant);
    }
    if (is_name_first(peek())) return fault("expected `.` or `[`: `$." + shown_text().substr(1) + "`");
    auto tree = std::make_unique<QueryTree>();
    Status good = parse_segments(tree->segments);
    if (!good) return failed(std::move(good).error());
    if (at_ != text_.size()) {
        const std::size_t next = std::min(text_.find_first_not_of(" \t\n\r", at_), text_.size());
        if (next == text_.size()) return fault("spaces at the end");
        const bool is_comparison = std::string_view("<>=!").find(text_[next]) != std::string_view::npos;
        const std::string hint = is_comparison ? "; a comparison stands in a filter, [?@.name > 1]" : "";
        return fault("expected `.` or `[`" + hint);
    }
    tree->text = text_;
    tree->subqueries = subqueries_;
    tree->refers_to_root = refers_to_root_;
    tree->warnings = std::move(warnings_);
    describe(*tree);
    return tree;
}

void QueryParser::skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

bool QueryParser::take_behind_space(std::string_view token) {
    std::size_t start = at_;
    skip_space();
    if (text_.substr(at_).starts_with(token)) {
        at_ += token.size();
        return true;
    }
    at_ = start;
    return false;
}

Status QueryParser::enter() {
    if (nesting_ == limits::jsonpath_nesting_max) {
        return fault("brackets, filters and functions nested deeper than " +
                     std::to_string(limits::jsonpath_nesting_max) + " levels");
    }
    ++nesting_;
    return {};
}

tl::unexpected<Error> QueryParser::fault_at(std::size_t place, std::string_view what) const {
    std::size_t character = 1;
    for (std::size_t at = 0; at < place; ++at) character += is_tail(text_[at]) ? 0U : 1U;
    const std::string where = "`, character " + std::to_string(character) + ": ";
    return failed(ErrorCode::jsonpath_invalid, "JSONPath `" + shown_text() + where + std::string(what) + ".");
}

std::string QueryParser::shown_text() const {
    constexpr std::size_t shown_bytes = 200;
    std::size_t shown = std::min(text_.size(), shown_bytes);
    while (shown < text_.size() && shown > 0 && is_tail(text_[shown])) --shown;
    return std::string(text_.substr(0, shown)) + (shown < text_.size() ? "..." : "");
}

Status QueryParser::parse_segments(std::vector<Segment>& segments) {
    while (true) {
        std::size_t start = at_;
        skip_space();
        if (peek() != '.' && peek() != '[') {
            at_ = start;
            return {};
        }
        auto segment = parse_segment();
        if (!segment) return failed(std::move(segment).error());
        segments.push_back(std::move(*segment));
        segments.back().text_end = at_;
    }
}

Result<Segment> QueryParser::parse_segment() {
    Segment segment;
    bool has_dot = take('.');
    segment.descends = has_dot && take('.');
    if ((!has_dot || segment.descends) && take('[')) {
        Status good = parse_bracketed(segment);
        if (!good) return failed(std::move(good).error());
        return segment;
    }
    Selector& selector = segment.selectors.emplace_back();
    if (take('*')) return segment;
    selector.kind = Selector::Kind::name;
    TRY(selector.name, parse_dot_name());
    return segment;
}

Status QueryParser::parse_bracketed(Segment& segment) {
    do {
        skip_space();
        auto selector = parse_selector();
        if (!selector) return failed(std::move(selector).error());
        segment.selectors.push_back(std::move(*selector));
        skip_space();
    } while (take(','));
    if (take(']')) return {};
    return fault("expected `,` or `]`");
}

Result<std::string> QueryParser::parse_dot_name() {
    std::size_t start = at_;
    if (!is_name_first(peek())) {
        return fault("a name behind `.` starts with a letter or `_`; write other names as ['name']");
    }
    const bool in_filter = nesting_ > 0;
    while (is_name_first(peek()) || is_digit(peek()) || peek() == '-') {
        if (peek() == '-' && in_filter) return fault("a name with `-` in a filter is written as ['name']");
        ++at_;
    }
    Status good = check_behind_name(start);
    if (!good) return failed(std::move(good).error());
    return std::string(text_.substr(start, at_ - start));
}

Status QueryParser::check_behind_name(std::size_t start) const {
    const std::string_view name = text_.substr(start, at_ - start);
    const char next = peek();
    if (next == '(') return refuse_function(name);
    // In a filter most signs mean something.
    const bool ends_outside = at_ == text_.size() || next == '.' || next == '[' || is_space(next);
    const bool is_odd = nesting_ > 0 ? next == ':' || next == '/' : !ends_outside;
    if (!is_odd) return {};
    const std::size_t end = std::min(text_.find_first_of(".[ )]=<>!&|,\t\r\n", at_ + 1), text_.size());
    return fault("a name with `" + std::string(1, next) + "` is written as ['" +
                 std::string(text_.substr(start, end - start)) + "']");
}

Result<Selector> QueryParser::parse_selector() {
    constexpr std::string_view expected = "expected a name in quotes, an index, a slice, `*` or a filter with `?`";
    Selector selector;
    char c = peek();
    if (take('*')) return selector;
    if (c == '\'' || c == '"') {
        selector.kind = Selector::Kind::name;
        TRY(selector.name, parse_quoted());
        return selector;
    }
    if (c == '?') return parse_filter();
    if (c == '-' || c == ':' || is_digit(c)) return parse_index_or_slice();
    if (is_name_first(c)) return fault(std::string(expected) + "; names in brackets need quotes");
    if (c == '(' || c == '@') return fault(std::string(expected) + "; a filter starts with `?`");
    return fault(expected);
}

Result<Selector> QueryParser::parse_index_or_slice() {
    Selector selector;
    selector.kind = Selector::Kind::index;
    if (peek() != ':') {
        TRY(selector.index, parse_integer());
        if (!take_behind_space(":")) return selector;
        selector.slice.start = selector.index;
    } else {
        ++at_;
    }
    selector.kind = Selector::Kind::slice;
    auto sees_number = [this] { return peek() == '-' || is_digit(peek()); };
    std::size_t start = at_;
    skip_space();
    if (sees_number()) {
        TRY(selector.slice.end, parse_integer());
    } else {
        at_ = start;
    }
    if (!take_behind_space(":")) return selector;
    skip_space();
    if (sees_number()) {
        TRY(selector.slice.step, parse_integer());
    }
    return selector;
}

// RFC 9535, section 2.3.3: no leading zeros, no -0, within the exact range of a double.
Result<std::int64_t> QueryParser::parse_integer() {
    bool negative = take('-');
    std::size_t start = at_;
    std::int64_t value = 0;
    for (; is_digit(peek()); ++at_) {
        if (at_ - start >= 16) return fault("the number is too large");
        value = value * 10 + (text_[at_] - '0');
    }
    std::size_t digits = at_ - start;
    if (digits == 0) return fault("expected digits");
    if (text_[start] == '0' && (digits > 1 || negative)) return fault("an index has no leading zeros");
    constexpr std::int64_t integer_max = (std::int64_t{1} << 53) - 1;
    if (value > integer_max) return fault("the number is too large");
    return negative ? -value : value;
}

Result<std::string> QueryParser::parse_quoted() {
    const char quote = text_[at_++];
    std::string name;
    while (at_ < text_.size() && text_[at_] != quote) {
        char c = text_[at_];
        if (static_cast<unsigned char>(c) < 0x20) {
            return fault("a control character in quotes; write it as \\n or \\u000a");
        }
        if (c != '\\') {
            name += c;
            ++at_;
            continue;
        }
        TRY(std::string piece, parse_escape(quote));
        name += piece;
    }
    if (!take(quote)) return fault("the quote is not closed");
    return name;
}

// RFC 9535, section 2.3.1.1: JSON's escapes, and of the quotes only the one that is in use; surrogates in pairs.
Result<std::string> QueryParser::parse_escape(char quote) {
    if (at_ + 1 == text_.size()) return fault("the quote is not closed");
    auto hex4 = [this](std::size_t escape) {
        if (escape + 6 > text_.size()) return -1;
        return scan_hex4(text_.data() + escape + 2, text_.data() + text_.size());
    };
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

Query::Query(std::unique_ptr<const QueryTree> tree) : tree_(std::move(tree)) {}
Query::Query(Query&&) noexcept = default;
Query& Query::operator=(Query&&) noexcept = default;
Query::~Query() = default;

const Path* Query::definite_path() const {
    return tree_->leading.size() == tree_->segments.size() ? &tree_->leading : nullptr;
}
const Path& Query::leading_steps() const { return tree_->leading; }
const std::vector<std::string>& Query::ending_names() const { return tree_->ending_names; }
bool Query::refers_to_root() const { return tree_->refers_to_root; }
std::size_t Query::segments() const { return tree_->segments.size(); }
std::string_view Query::text(std::size_t count) const {
    return std::string_view(tree_->text).substr(0, count == 0 ? 1 : tree_->segments[count - 1].text_end);
}
bool Query::is_filter(std::size_t segment) const {
    const std::vector<Selector>& selectors = tree_->segments[segment].selectors;
    const auto is_one = [](const Selector& selector) { return selector.kind == Selector::Kind::filter; };
    return !tree_->segments[segment].descends && std::all_of(selectors.begin(), selectors.end(), is_one);
}
const std::vector<std::string>& Query::warnings() const { return tree_->warnings; }

Result<Query> parse_query(std::string_view text) {
    TRY(std::unique_ptr<const QueryTree> tree, QueryParser(text).parse());
    return Query(std::move(tree));
}

}  // namespace outflow::json
