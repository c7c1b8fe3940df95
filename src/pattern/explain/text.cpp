#include "pattern/explain/text.h"

#include <algorithm>
#include <string_view>

#include "pattern/explain/look_alike.h"

namespace outflow::pattern {

using json::Kind;
using json::Node;

namespace {

constexpr std::size_t shown_bytes_max = 80;
constexpr std::size_t alternatives_max = 4;  // told one by one

// `"a"`, or of a list `one of "a", "b"`.
std::string texts(const Node& value) {
    if (!value.is(Kind::array)) return shown_text(value);
    return (value.items.size() > 1 ? "one of " : "") + shown_text(value);
}

std::string numeric_text(const Node& terms) {
    std::string text = "a number ";
    for (std::size_t i = 0; i + 1 < terms.items.size(); i += 2) {
        if (i > 0) text += " and ";
        text += terms.items[i].text + " " + shown_text(terms.items[i + 1]);
    }
    return text;
}

std::string excluded_text(const Node& value) {
    if (value.is(Kind::array) && value.items.empty()) return "any value";
    if (value.is(Kind::array)) return "a value that is none of " + shown_text(value);
    if (!value.is(Kind::object) || value.members.empty()) return "a value that is not " + shown_text(value);
    const auto& [name, operand] = value.members[0];
    std::string what = texts(operand);
    if (name == "prefix") return "a value that does not start with " + what;
    if (name == "suffix") return "a value that does not end with " + what;
    if (name == "wildcard") return "a value that is not like " + what;
    return "a value that is not " + what + " in any case of letters";
}

std::string operator_text(std::string_view name, const Node& value) {
    constexpr std::string_view any_case = " in any case of letters";
    const Node* folded = value.is(Kind::object) ? value.find("equals-ignore-case") : nullptr;
    std::string what = folded != nullptr ? shown_text(*folded) + std::string(any_case) : "";
    if (name == "prefix") return "a text that starts with " + (folded != nullptr ? what : shown_text(value));
    if (name == "suffix") return "a text that ends with " + (folded != nullptr ? what : shown_text(value));
    if (name == "contains") return "a text that contains " + texts(value);
    if (name == "equals-ignore-case") return shown_text(value) + std::string(any_case);
    if (name == "wildcard") return "a text like " + shown_text(value);
    if (name == "numeric") return numeric_text(value);
    if (name == "cidr") return "an address in " + shown_text(value);
    if (name == "exists") return value.text == "true" ? "any value" : "no value";
    if (name == "anything-but") return excluded_text(value);
    return shown_text(value);  // exactly
}

std::string alternative_text(const Node& alternative) {
    if (!alternative.is(Kind::object)) return shown_text(alternative);
    std::string text;
    for (const auto& [name, value] : alternative.members) {
        if (!text.empty()) text += " and ";
        text += operator_text(name, value);
    }
    return text;
}

// Whether the alternative can hold for some values of that kind.
bool meets_kind(const Node& alternative, Kind kind) {
    if (!alternative.is(Kind::object)) return alternative.is(kind);
    return std::all_of(alternative.members.begin(), alternative.members.end(), [&](const json::Member& member) {
        if (member.name == "exists" || member.name == "anything-but") return true;
        return kind == (member.name == "numeric" ? Kind::number : Kind::string);
    });
}

std::string cut(std::string text) {
    if (text.size() <= shown_bytes_max) return text;
    std::size_t end = shown_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside of a character
    return text.substr(0, end) + "...";
}

}  // namespace

std::string shown_text(const Node& value) {
    std::string text;
    json::append_json(text, value);
    return cut(std::move(text));
}

std::string shown_text(const json::Value& value) {
    std::string text;
    json::append_compact_json(text, value);
    return cut(std::move(text));
}

std::string escaped_text(std::string_view text) {
    std::string escaped;
    json::append_ascii_json_string(escaped, text);
    return cut(std::move(escaped));
}

const Node* alike_text(const Node& alternatives, const Node& value) {
    if (!value.is(Kind::string)) return nullptr;
    for (const Node& alternative : alternatives.items) {
        const bool is_operator = alternative.is(Kind::object) && alternative.members.size() == 1;
        const Node& asked = is_operator ? alternative.members[0].value : alternative;
        if (asked.is(Kind::string) && look_alike(asked.text, value.text)) return &asked;
    }
    return nullptr;
}

std::string wanted_text(const Node& alternatives) {
    std::string text;
    std::size_t count = alternatives.items.size();
    std::size_t reported = count <= alternatives_max ? count : alternatives_max - 1;
    for (std::size_t i = 0; i < reported; ++i) text += (i == 0 ? "" : " or ") + alternative_text(alternatives.items[i]);
    return reported == count ? text : text + " or one of " + std::to_string(count - reported) + " more alternatives";
}

std::string kind_note(const Node& alternatives, const Node& value) {
    bool meets = std::any_of(alternatives.items.begin(), alternatives.items.end(),
                             [&](const Node& alternative) { return meets_kind(alternative, value.kind); });
    return meets ? "" : ", a " + std::string(json::to_string(value.kind));
}

}  // namespace outflow::pattern
