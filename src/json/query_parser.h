// The parser of JSONPath queries: the grammar of RFC 9535, appendix A, by recursive descent. Internal to this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/query_tree.h"

namespace outflow::json {

inline bool is_name_first(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

class QueryParser {
public:
    explicit QueryParser(std::string_view text) : text_(text) {}
    Result<std::unique_ptr<QueryTree>> parse();

private:
    // query_parser.cpp: segments and selectors
    Status parse_segments(std::vector<Segment>& segments);
    Result<Segment> parse_segment();
    Status parse_bracketed(Segment& segment);
    Result<Selector> parse_selector();
    Result<Selector> parse_index_or_slice();
    Result<std::string> parse_dot_name();
    // What may not follow a bare name that starts there: `(`, `:`.
    Status check_behind_name(std::size_t start) const;
    Result<std::int64_t> parse_integer();
    Result<std::string> parse_quoted();
    Result<std::string> parse_escape(char quote);

    // filter_parser.cpp
    Result<Selector> parse_filter();
    Result<Expression> parse_any();
    Result<Expression> parse_all();
    Result<Expression> parse_basic();
    Result<Expression> parse_negated();
    Result<Expression> parse_group();
    Result<Expression> make_test(Operand operand, std::size_t start);
    Status check_comparable(const Operand& operand, std::size_t start) const;
    Result<Operand> parse_operand();
    Result<Operand> parse_word();
    Result<Operand> parse_call(std::string_view name, std::size_t start);
    Result<Operand> parse_argument(std::string_view name, bool wants_nodes);
    Status compile_pattern(Call& call, std::size_t place);
    // `$.a.length()`: a function behind a path.
    Status refuse_function(std::string_view name) const;
    // A word of another language, such as `and`, follows where none may.
    Status refuse_word() const;
    // Whether a comparison follows, which is then taken.
    Result<bool> take_comparison(Comparison& comparison);

    bool take(char c) {
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip_space();
    // Takes `token`, with the spaces before it; nothing at all if it does not follow.
    bool take_behind_space(std::string_view token);
    // Into brackets, a filter or a function's arguments. Errors: too deep.
    Status enter();
    void leave() { --nesting_; }
    tl::unexpected<Error> fault(std::string_view what) const { return fault_at(at_, what); }
    std::string shown_text() const;
    tl::unexpected<Error> fault_at(std::size_t place, std::string_view what) const;

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t nesting_ = 0;
    std::size_t regexp_instructions_ = 0;
    std::size_t subqueries_ = 0;
    bool refers_to_root_ = false;
    std::vector<std::string> warnings_;
};

}  // namespace outflow::json
