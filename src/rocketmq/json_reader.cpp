#include "rocketmq/json_reader.h"

#include <charconv>

namespace outflow::rocketmq {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, std::uint32_t code_point) {
    auto byte = [&out](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
    if (code_point < 0x80) {
        byte(code_point);
    } else if (code_point < 0x800) {
        byte(0xC0 | (code_point >> 6));
        byte(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        byte(0xE0 | (code_point >> 12));
        byte(0x80 | ((code_point >> 6) & 0x3F));
        byte(0x80 | (code_point & 0x3F));
    } else {
        byte(0xF0 | (code_point >> 18));
        byte(0x80 | ((code_point >> 12) & 0x3F));
        byte(0x80 | ((code_point >> 6) & 0x3F));
        byte(0x80 | (code_point & 0x3F));
    }
}

}  // namespace

void JsonReader::fail() {
    failed_ = true;
    at_ = text_.size();
}

char JsonReader::peek() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonReader::take(char expected) {
    if (peek() != expected || at_ == text_.size()) return false;
    ++at_;
    return true;
}

bool JsonReader::take_word(std::string_view word) {
    peek();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
}

bool JsonReader::take_null() { return take_word("null"); }

bool JsonReader::finished() { return ok() && peek() == '\0' && at_ == text_.size(); }

bool JsonReader::enter(char bracket) {
    if (!take(bracket) || ++depth_ > depth_max) return fail(), false;
    is_first_ = true;
    return true;
}

// Moves to the next thing inside a container, or over its end.
bool JsonReader::next(char closing) {
    if (failed_) return false;
    if (take(closing)) {
        --depth_;
        is_first_ = false;
        return false;
    }
    if (is_first_) {
        is_first_ = false;
        return true;
    }
    if (!take(',')) return fail(), false;
    return true;
}

bool JsonReader::next_member(std::string& name) {
    name.clear();
    if (!next('}')) return false;
    if (char first = peek(); is_digit(first) || first == '-') {
        std::size_t begin = at_++;
        while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
        name = text_.substr(begin, at_ - begin);
    } else {
        raw_string(&name, SIZE_MAX);
    }
    if (!take(':')) fail();
    return ok();
}

void JsonReader::string(std::string& out, std::size_t bytes_max) {
    out.clear();
    raw_string(&out, bytes_max);
    if (failed_) out.clear();
}

std::int64_t JsonReader::integer() {
    peek();
    std::string_view rest = text_.substr(at_);
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc{}) return fail(), 0;
    at_ += static_cast<std::size_t>(end - rest.data());
    if (at_ < text_.size() && (text_[at_] == '.' || text_[at_] == 'e' || text_[at_] == 'E')) return fail(), 0;
    return value;
}

std::uint32_t JsonReader::hex4() {
    std::string_view digits = text_.substr(at_, 4);
    std::uint32_t value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 4 || error != std::errc{} || end != digits.data() + 4) return fail(), 0;
    at_ += 4;
    return value;
}

// The part of an escape behind the backslash. Without `out` it is only checked.
void JsonReader::escape(std::string* out) {
    if (at_ == text_.size()) return fail();
    char kind = text_[at_++];
    char simple = '\0';
    switch (kind) {
    case '"':
    case '\\':
    case '/': simple = kind; break;
    case 'b': simple = '\b'; break;
    case 'f': simple = '\f'; break;
    case 'n': simple = '\n'; break;
    case 'r': simple = '\r'; break;
    case 't': simple = '\t'; break;
    case 'u': {
        std::uint32_t code = hex4();
        if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
            std::size_t behind = at_;
            at_ += 2;
            std::uint32_t low = hex4();
            if (low >= 0xDC00 && low < 0xE000) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            } else if (!failed_) {
                at_ = behind;  // no pair: the second stands for itself
            }
        }
        if (code >= 0xD800 && code < 0xE000) code = 0xFFFD;
        if (out != nullptr) append_utf8(*out, code);
        return;
    }
    default: return fail();
    }
    if (out != nullptr) out->push_back(simple);
}

void JsonReader::raw_string(std::string* out, std::size_t bytes_max) {
    if (!take('"')) return fail();
    std::size_t begin = at_;
    while (at_ < text_.size()) {
        char c = text_[at_];
        if (c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20) {
            ++at_;
            continue;
        }
        if (out != nullptr) {
            out->append(text_.substr(begin, at_ - begin));
            if (out->size() > bytes_max) return fail();
        }
        ++at_;
        if (c == '"') return;
        if (c != '\\') return fail();
        escape(out);
        begin = at_;
    }
    fail();
}

// RFC 8259, section 6.
void JsonReader::skip_number() {
    auto digits = [this] {
        std::size_t begin = at_;
        while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
        return at_ - begin;
    };
    auto is_one_of = [this](std::string_view set) {
        return at_ < text_.size() && set.find(text_[at_]) != std::string_view::npos;
    };
    if (is_one_of("-")) ++at_;
    if (is_one_of("0")) {
        ++at_;
    } else if (digits() == 0) {
        return fail();
    }
    if (is_one_of(".")) {
        ++at_;
        if (digits() == 0) return fail();
    }
    if (is_one_of("eE")) {
        ++at_;
        if (is_one_of("+-")) ++at_;
        if (digits() == 0) return fail();
    }
}

// Recursion ends at depth_max.
std::string_view JsonReader::skip() {
    char first = peek();
    std::size_t begin = at_;
    if (first == '{') {
        std::string name;
        if (enter_object()) {
            while (next_member(name)) skip();
        }
    } else if (first == '[') {
        if (enter_array()) {
            while (next_element()) skip();
        }
    } else if (first == '"') {
        raw_string(nullptr, SIZE_MAX);
    } else if (is_digit(first) || first == '-') {
        skip_number();
    } else if (!take_word("true") && !take_word("false") && !take_word("null")) {
        fail();
    }
    return failed_ ? std::string_view{} : text_.substr(begin, at_ - begin);
}

void append_json_string(std::string& out, std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    out.push_back('"');
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (byte < 0x20) {
            out += "\\u00";
            out.push_back(digits[byte >> 4]);
            out.push_back(digits[byte & 15]);
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

}  // namespace outflow::rocketmq
