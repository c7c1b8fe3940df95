// What scalars are and how they are named in sentences.
#include <algorithm>

#include <fmt/format.h>

#include "task/yaml.h"

namespace outflow::task {
namespace {

constexpr std::size_t shown_characters_max = 40;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

// Takes digits from the front of `text`; how many there were.
std::size_t take_digits(std::string_view& text) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count])) ++count;
    text.remove_prefix(count);
    return count;
}

// True when `text` is empty or an exponent and nothing else.
bool is_exponent_or_end(std::string_view text) {
    if (text.empty()) return true;
    if (text[0] != 'e' && text[0] != 'E') return false;
    text.remove_prefix(1);
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    return take_digits(text) > 0 && text.empty();
}

bool is_prefixed_integer(std::string_view text, std::string_view prefix, std::string_view digits) {
    return text.size() > prefix.size() && text.starts_with(prefix) &&
           text.substr(prefix.size()).find_first_not_of(digits) == std::string_view::npos;
}

}  // namespace

// YAML 1.2.2, section 10.3.2.
ScalarType resolve_plain(std::string_view text) {
    if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return ScalarType::null;
    if (is_one_of(text, {"true", "True", "TRUE", "false", "False", "FALSE"})) return ScalarType::boolean;
    if (is_prefixed_integer(text, "0o", "01234567")) return ScalarType::integer;
    if (is_prefixed_integer(text, "0x", "0123456789abcdefABCDEF")) return ScalarType::integer;
    if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return ScalarType::decimal;
    std::string_view rest = text;
    if (rest[0] == '+' || rest[0] == '-') rest.remove_prefix(1);
    if (is_one_of(rest, {".inf", ".Inf", ".INF"})) return ScalarType::decimal;
    const std::size_t whole = take_digits(rest);
    if (whole > 0 && rest.empty()) return ScalarType::integer;
    std::size_t fraction = 0;
    if (!rest.empty() && rest[0] == '.') {
        rest.remove_prefix(1);
        fraction = take_digits(rest);
    }
    return whole + fraction > 0 && is_exponent_or_end(rest) ? ScalarType::decimal : ScalarType::text;
}

bool is_json_number(std::string_view text) {
    if (!text.empty() && text[0] == '-') text.remove_prefix(1);
    const bool leading_zero = !text.empty() && text[0] == '0';
    const std::size_t whole = take_digits(text);
    if (whole == 0 || (leading_zero && whole > 1)) return false;
    if (!text.empty() && text[0] == '.') {
        text.remove_prefix(1);
        if (take_digits(text) == 0) return false;
    }
    return is_exponent_or_end(text);
}

std::string quote(std::string_view text) {
    std::string out = "\"";
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
        if (!continues && ++characters > shown_characters_max) {
            out += "...";
            break;
        }
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string describe(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::map) return "a map";
    if (node.kind == YamlNode::Kind::sequence) return "a list";
    const std::string_view shown = std::string_view(node.text).substr(0, shown_characters_max);
    switch (node.type) {
    case ScalarType::text: return "the text " + quote(node.text);
    case ScalarType::integer:
    case ScalarType::decimal: return fmt::format("the number {}", shown);
    case ScalarType::boolean: return fmt::format("the boolean {}", shown);
    case ScalarType::null: return "nothing";
    }
    return "something else";
}

}  // namespace outflow::task
