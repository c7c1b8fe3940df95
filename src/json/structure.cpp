#include "json/structure.h"

#include "base/limits.h"
#include "json/scan.h"

namespace outflow::json {

bool Structure::grow() {
    index_.grow();
    ready_ = index_.offsets() + index_.ready();
    return at_ != ready_;
}

bool Structure::fail(std::string_view expected) {
    fault_ = ErrorCode::payload_unfit;
    expected_ = expected;
    fault_offset_ = offset();
    if (at_ == ready_) text_fault_ = index_.fault();
    return false;
}

bool Structure::fail_depth() {
    fault_ = ErrorCode::json_too_deep;
    fault_offset_ = offset();
    return false;
}

Error Structure::error() const {
    if (fault_ == ErrorCode::json_too_deep) {
        return {fault_, "The payload's JSON is nested deeper than " + std::to_string(limits::json_depth_max) +
                            " levels (byte " + std::to_string(fault_offset_) + ")."};
    }
    std::string what = "expected " + std::string(expected_) + " at byte " + std::to_string(fault_offset_);
    switch (text_fault_) {
    case TokenIndex::Fault::none: break;
    case TokenIndex::Fault::empty: what = "it is empty"; break;
    case TokenIndex::Fault::not_utf8: what = "it is not UTF-8"; break;
    case TokenIndex::Fault::open_string: what = "a string is not closed"; break;
    case TokenIndex::Fault::control_character: what = "a string holds a control character"; break;
    }
    return {fault_, "The payload is not valid JSON: " + what + "."};
}

bool Structure::take_unusual_name(std::string_view& raw, Escapes& escapes) {
    if (peek() != '"') return fail("a name in quotes");
    if (!take_string(raw, escapes)) return false;
    return take(':') || fail("`:`");
}

bool Structure::take_other_scalar(Value& value) {
    value.escaped = false;
    const char c = peek();
    if (c == 't') return take_literal("true", Kind::boolean, value);
    if (c == 'f') return take_literal("false", Kind::boolean, value);
    if (c == 'n') return take_literal("null", Kind::null, value);
    return take_number(value);
}

bool Structure::take_literal(std::string_view literal, Kind kind, Value& value) {
    std::size_t start = offset();
    std::size_t end = start + literal.size();
    value.kind = kind;
    value.raw = text_.substr(start, literal.size());
    if (value.raw != literal || (end != at_[1] && !is_space(text_[end]))) return fail("a value");
    ++at_;
    return true;
}

bool Structure::take_number(Value& value) {
    const char* start = text_.data() + offset();
    const char* end = at_ == ready_ ? nullptr : scan_number(start, text_.data() + text_.size());
    // What follows a number is a space or the next token; a quote, for one, is neither.
    if (end == nullptr || (end != text_.data() + at_[1] && !is_space(*end))) return fail("a value");
    value.kind = Kind::number;
    value.raw = {start, static_cast<std::size_t>(end - start)};
    ++at_;
    return true;
}

bool Structure::pass(std::size_t depth, std::size_t open, bool in_object) {
    // The grammar without recursion: what has to be known of the containers around a value is only which of them are
    // objects.
    std::uint64_t are_objects[(limits::json_depth_max + 63) / 64] = {};  // a bit for each open container
    const auto bit = [](std::size_t container) { return std::uint64_t{1} << container % 64; };
    are_objects[0] = in_object ? 1 : 0;
    Value scalar;
    std::string_view raw;
    Escapes escapes;
    bool is_behind = open != 0;  // a value
    while (true) {
        if (!is_behind) {
            const char c = peek();
            is_behind = true;
            if (c == '"') {
                if (!take_string(raw, escapes)) return false;
            } else if (c != '{' && c != '[') {
                if (!take_other_scalar(scalar)) return false;
            } else {
                if (depth + open >= limits::json_depth_max) return fail_depth();
                in_object = c == '{';
                in_object ? are_objects[open / 64] |= bit(open) : are_objects[open / 64] &= ~bit(open);
                ++open;
                ++at_;
                is_behind = peek() == (in_object ? '}' : ']');
            }
        }
        // Close what ends here, then go to the next value, if there is one.
        while (is_behind) {
            if (open == 0) return true;
            const char c = peek();
            if (c == ',') {
                is_behind = false;
            } else if (c == (in_object ? '}' : ']')) {
                if (--open > 0) in_object = (are_objects[(open - 1) / 64] & bit(open - 1)) != 0;
            } else {
                return fail(in_object ? "`,` or `}`" : "`,` or `]`");
            }
            ++at_;
        }
        if (!in_object) continue;
        // In an object: whole members at once as long as they are plain ones, then the name of another one.
        while (!is_behind && take_usual_member(raw, scalar)) is_behind = !take(',');
        if (!is_behind && !take_name_and_colon(raw, escapes)) return false;
    }
}

}  // namespace outflow::json
