#include "json/structure.h"

#include <bitset>

#include "base/limits.h"
#include "json/scan.h"

namespace outflow::json {

bool Structure::fail(std::string_view expected) {
    fault_ = ErrorCode::payload_unfit;
    expected_ = expected;
    fault_offset_ = offset();
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
    return {fault_, "The payload is not valid JSON: expected " + std::string(expected_) + " at byte " +
                        std::to_string(fault_offset_) + "."};
}

bool Structure::take_other_scalar(Value& value) {
    value.escaped = false;
    switch (peek()) {
    case 't': return take_literal("true", Kind::boolean, value);
    case 'f': return take_literal("false", Kind::boolean, value);
    case 'n': return take_literal("null", Kind::null, value);
    default: return take_number(value);
    }
}

bool Structure::take_literal(std::string_view literal, Kind kind, Value& value) {
    std::size_t start = offset();
    std::size_t end = start + literal.size();
    value.kind = kind;
    value.raw = text_.substr(start, literal.size());
    if (value.raw != literal || (end != index_[at_ + 1] && !is_space(text_[end]))) return fail("a value");
    ++at_;
    return true;
}

bool Structure::take_number(Value& value) {
    const char* start = text_.data() + offset();
    const char* end = at_end() ? nullptr : scan_number(start, text_.data() + text_.size());
    // What follows a number is a space or the next token; a quote, for one, is neither.
    if (end == nullptr || (end != text_.data() + index_[at_ + 1] && !is_space(*end))) return fail("a value");
    value.kind = Kind::number;
    value.raw = {start, static_cast<std::size_t>(end - start)};
    ++at_;
    return true;
}

bool Structure::take_name_and_colon(Value& name) {
    if (peek() != '"') return fail("a name in quotes");
    if (!take_string(name)) return false;
    return take(':') || fail("`:`");
}

bool Structure::pass_over(std::size_t depth) {
    std::bitset<limits::json_depth_max + 1> is_object;  // of the containers that this call has opened
    std::size_t open = 0;
    Value scalar;
    while (true) {
        char c = peek();
        bool closed = true;
        if (c == '{' || c == '[') {
            if (depth + open >= limits::json_depth_max) return fail_depth();
            ++at_;
            is_object[open++] = c == '{';
            closed = take(c == '{' ? '}' : ']');
            if (closed) --open;
        } else if (!take_scalar(scalar)) {
            return false;
        }
        // Behind a value: close what ends here, then go to the next value, if there is one.
        while (closed && open > 0) {
            bool in_object = is_object[open - 1];
            if (take(',')) {
                closed = false;
            } else if (take(in_object ? '}' : ']')) {
                --open;
            } else {
                return fail(in_object ? "`,` or `}`" : "`,` or `]`");
            }
        }
        if (open == 0) return true;
        if (is_object[open - 1] && !take_name_and_colon(scalar)) return false;
    }
}

}  // namespace outflow::json
