// The structure of a JSON text: where its tokens start, as simdjson's first stage finds it, and a cursor over them.
//
//   text   {"a" : [ 12, "x\"y" ] }      the first stage has checked that the text is UTF-8, that all strings are
//   index  ^^   ^ ^ ^ ^ ^       ^ ^     closed and that none holds a control character; nothing else
//
// A token is one of { } [ ] : , or the first character of a scalar. Internal to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/scan.h"
#include "json/value.h"

namespace outflow::json {

class Structure {
public:
    // `index` holds `count` offsets into `text`, then text.size() once more.
    Structure(std::string_view text, const std::uint32_t* index, std::size_t count, bool has_escapes)
        : text_(text), index_(index), count_(count), has_escapes_(has_escapes) {}

    // The current token's first character; 0 at the end.
    char peek() const { return at_ < count_ ? text_[index_[at_]] : '\0'; }
    std::size_t offset() const { return index_[at_]; }
    bool take(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    bool at_end() const { return at_ == count_; }
    std::size_t position() const { return at_; }
    void move_to(std::size_t position) { at_ = position; }
    // The offset behind the bracket that was taken last.
    std::size_t end_of_last() const { return index_[at_ - 1] + std::size_t{1}; }
    std::string_view text() const { return text_; }

    // Takes a scalar; false, with the reason, if there is none.
    bool take_scalar(Value& value) { return peek() == '"' ? take_string(value) : take_other_scalar(value); }
    // The current token starts a string.
    bool take_string(Value& value);
    // Takes a member's name and the colon behind it; false, with the reason, if they are not there.
    bool take_name_and_colon(Value& name);
    // Takes a value of any kind, `depth` containers down; false, with the reason, if its grammar is wrong.
    bool pass_over(std::size_t depth);

    // Notes the first fault, at the current token; false.
    bool fail(std::string_view expected);
    bool fail_depth();
    Error error() const;

private:
    bool take_other_scalar(Value& value);
    bool take_literal(std::string_view literal, Kind kind, Value& value);
    bool take_number(Value& value);

    std::string_view text_;
    const std::uint32_t* index_;
    std::size_t count_;
    std::size_t at_ = 0;
    bool has_escapes_;
    ErrorCode fault_ = ErrorCode::payload_unfit;
    std::string_view expected_;
    std::size_t fault_offset_ = 0;
};

inline bool Structure::take_string(Value& value) {
    std::size_t start = offset();
    // The closing quote is no token: it is the last character before the next one that is no space.
    std::size_t end = index_[at_ + 1];
    while (is_space(text_[end - 1])) --end;
    if (end < start + 2 || text_[end - 1] != '"') return fail("the end of a string");
    value.kind = Kind::string;
    value.raw = {text_.data() + start + 1, end - start - 2};
    value.escaped = has_escapes_ && value.raw.find('\\') != std::string_view::npos;
    if (value.escaped && !has_good_escapes(value.raw)) return fail("only the escapes of RFC 8259 in the string");
    ++at_;
    return true;
}

// Checks the grammar of all of the text. Errors: payload_unfit, json_too_deep.
Status check_grammar(Structure structure);
// Checks that no object repeats a name, in a text whose grammar is right. Errors: payload_unfit.
Status check_names(Structure structure);

}  // namespace outflow::json
