// A cursor over the tokens of a JSON text, and the grammar of its scalars. Internal to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/scan.h"
#include "json/token_index.h"
#include "json/value.h"

namespace outflow::json {

class Structure {
public:
    // At the first token. Lets the index, open on the text, grow as far as it goes itself.
    Structure(std::string_view text, TokenIndex& index)
        : text_(text), index_(index), at_(index.offsets()), ready_(at_ + index.ready()) {}

    // The current token's first character; 0 at the end.
    char peek() { return at_ != ready_ || grow() ? text_[*at_] : '\0'; }
    std::size_t offset() const { return *at_; }
    bool take(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    // Behind the last token, and the text has no fault.
    bool at_end() { return at_ == ready_ && !grow() && index_.fault() == TokenIndex::Fault::none; }
    using Position = const std::uint32_t*;
    Position position() const { return at_; }
    void move_to(Position position) { at_ = position; }
    // The offset behind the bracket that was taken last.
    std::size_t end_of_last() const { return at_[-1] + std::size_t{1}; }
    std::string_view text() const { return text_; }

    // Takes a scalar; false, with the reason, if there is none.
    bool take_scalar(Value& value) { return peek() == '"' ? take_string(value) : take_other_scalar(value); }
    // The current token, which was peeked at, starts a string.
    bool take_string(Value& value);
    bool take_string(std::string_view& raw, Escapes& escapes);
    // Takes a member's name and the colon behind it; false, with the reason, if they are not there.
    bool take_name_and_colon(std::string_view& raw, Escapes& escapes);
    // Takes a member as most are, all at once: a scalar, no escapes, no space before the colon nor before what follows.
    // Eight bytes are readable at its name. False, with nothing taken: look at its tokens one by one.
    bool take_usual_member(std::string_view& name, Value& value);
    // Takes a value of any kind, `depth` containers down; false, with the reason, if its grammar is wrong.
    bool pass_over(std::size_t depth);
    // The same for the rest of an object or array, `depth` containers down, behind one of its values.
    bool pass_rest(std::size_t depth, bool in_object);

    // Notes the first fault, at the current token; false.
    [[gnu::cold]] bool fail(std::string_view expected);
    [[gnu::cold]] bool fail_depth();
    Error error() const;

private:
    bool take_unusual_name(std::string_view& raw, Escapes& escapes);
    bool grow();  // the current token is ready
    bool pass(std::size_t depth, std::size_t open, bool in_object);
    bool take_other_scalar(Value& value);
    bool take_literal(std::string_view literal, Kind kind, Value& value);
    bool take_number(Value& value);

    std::string_view text_;
    TokenIndex& index_;
    Position at_;
    Position ready_;  // tokens before it can be read, its offset too
    ErrorCode fault_ = ErrorCode::payload_unfit;
    std::string_view expected_;
    std::size_t fault_offset_ = 0;
    TokenIndex::Fault text_fault_ = TokenIndex::Fault::none;  // the reason why there is no token
};

inline bool Structure::take_string(Value& value) {
    std::string_view raw;
    Escapes escapes;
    if (!take_string(raw, escapes)) return false;
    value.kind = Kind::string;
    value.escaped = escapes == Escapes::good;
    value.raw = raw;
    return true;
}

[[gnu::always_inline]] inline bool Structure::take_string(std::string_view& raw, Escapes& escapes) {
    const std::size_t start = at_[0];
    // The closing quote is no token: it is the last character before the next one that is no space.
    std::size_t end = at_[1];
    while (text_[end - 1] != '"' && is_space(text_[end - 1])) --end;
    if (end < start + 2 || text_[end - 1] != '"') return fail("the end of a string");
    raw = {text_.data() + start + 1, end - start - 2};
    escapes = index_.has_escapes() ? escapes_in(raw) : Escapes::none;
    if (escapes == Escapes::bad) return fail("only the escapes of RFC 8259 in the string");
    ++at_;
    return true;
}

[[gnu::always_inline]] inline bool Structure::take_usual_member(std::string_view& name, Value& value) {
    constexpr std::ptrdiff_t tokens = 3;
    if (ready_ - at_ < tokens) grow();
    if (ready_ - at_ < tokens || index_.has_escapes()) return false;
    const char* const text = text_.data();
    const char* const start = text + at_[0];
    const char* const colon = text + at_[1];
    const char* const from = text + at_[2];
    const char* const to = text + at_[3];
    if (*start != '"' || *colon != ':' || colon[-1] != '"' || colon - start < 2) return false;  // the quote is but one
    if (*from == '"') {
        constexpr std::ptrdiff_t name_padding = 1 + 8;
        if (to[-1] != '"' || to - from < 2 || text + text_.size() - start < name_padding) return false;
        value.kind = Kind::string;
        value.raw = {from + 1, static_cast<std::size_t>(to - from - 2)};
    } else {
        if (text + text_.size() - from < usual_scalar_padding) return false;
        value.kind = kind_of_usual_scalar(from, to);
        if (value.kind == Kind::missing) return false;
        value.raw = {from, static_cast<std::size_t>(to - from)};
    }
    value.escaped = false;
    name = {start + 1, static_cast<std::size_t>(colon - start - 2)};
    at_ += tokens;
    return true;
}

[[gnu::always_inline]] inline bool Structure::take_name_and_colon(std::string_view& raw, Escapes& escapes) {
    const char* const text = text_.data();
    // Usually all is in its place.
    if (ready_ - at_ > 1 && text[at_[0]] == '"' && text[at_[1]] == ':' && text[at_[1] - 1] == '"' &&
        !index_.has_escapes() && at_[1] > at_[0] + 1) {
        raw = {text + at_[0] + 1, at_[1] - at_[0] - 2};
        escapes = Escapes::none;
        at_ += 2;
        return true;
    }
    // Into others, so that these can stay in registers.
    std::string_view found;
    Escapes kind = Escapes::none;
    if (!take_unusual_name(found, kind)) return false;
    raw = found;
    escapes = kind;
    return true;
}

[[gnu::always_inline]] inline bool Structure::pass_over(std::size_t depth) {
    std::string_view raw;
    Escapes escapes;
    return peek() == '"' ? take_string(raw, escapes) : pass(depth, 0, false);
}

inline bool Structure::pass_rest(std::size_t depth, bool in_object) {
    std::string_view name;
    Value value;
    while (in_object && peek() == ',') {  // most of it without the call
        const Position comma = at_++;
        if (take_usual_member(name, value)) continue;
        move_to(comma);
        break;
    }
    return take(in_object ? '}' : ']') || pass(depth, 1, in_object);
}

// Checks the grammar of all of the text. Errors: payload_unfit, json_too_deep.
Status check_grammar(Structure structure);
// Checks that no object repeats a name, in a text whose grammar is right. Errors: payload_unfit.
Status check_names(Structure structure);

}  // namespace outflow::json
