#include "cli/node_text.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "task/yaml.h"

namespace outflow::cli {

namespace {

using json::Kind;
using json::Node;

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Controls that JSON leaves as they are become escapes, which JSON and YAML have in common.
void append_without_controls(std::string& out, std::string_view json) {
    for (std::size_t i = 0; i < json.size(); ++i) {
        const auto c = static_cast<unsigned char>(json[i]);
        const bool is_c1 = c == 0xC2 && i + 1 < json.size() && static_cast<unsigned char>(json[i + 1]) < 0xA0;
        if (c == 0x7F) out += "\\u007f";
        else if (is_c1) append_format(out, "\\u{:04x}", static_cast<unsigned char>(json[++i]));
        else out += json[i];
    }
}

void append_json_text(std::string& out, std::string_view text) {
    std::string json;
    json::append_json_string(json, text);
    append_without_controls(out, json);
}

// What YAML, also that of 1.1, reads as this text without quotes. Narrower than the language: quotes do no harm.
bool is_plain(std::string_view text) {
    constexpr std::array<std::string_view, 12> words_of_1_1{"y", "Y",  "yes", "Yes", "YES", "n",
                                                            "N", "no", "No",  "NO",  "on",  "off"};
    if (text.empty() || text.size() > 200 || text.back() == ':' || text.back() == ' ') return false;
    const char first = text.front();
    if ((!is_alphanumeric(first) && first != '/' && first != '$' && first != '_') || (first >= '0' && first <= '9')) {
        return false;
    }
    const bool is_safe = std::all_of(text.begin(), text.end(), [](char c) {
        return is_alphanumeric(c) || std::string_view("_-./$+@=;:() ").find(c) != std::string_view::npos;
    });
    if (!is_safe || text.find(": ") != text.npos) return false;
    if (std::find(words_of_1_1.begin(), words_of_1_1.end(), text) != words_of_1_1.end()) return false;
    return text != "On" && text != "ON" && text != "Off" && text != "OFF" &&
           task::resolve_plain(text) == task::ScalarType::text;
}

// Several lines that a block shows as they are.
bool is_block(std::string_view text) {
    const std::size_t end = text.ends_with('\n') ? text.size() - 1 : text.size();
    const std::string_view lines = text.substr(0, end);
    if (lines.find('\n') == lines.npos || lines.ends_with('\n')) return false;
    if (lines.starts_with(' ') || lines.starts_with('\n')) return false;
    return std::all_of(lines.begin(), lines.end(), [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7F); });
}

class YamlText {
public:
    explicit YamlText(std::string& out) : out_(out) {}

    // What stands behind "name:" or "-", with the line's end. `depth`: of what is inside.
    void append_value(const Node& node, std::size_t depth) {
        const bool is_map = node.is(Kind::object) && !node.members.empty();
        const bool is_list = node.is(Kind::array) && !node.items.empty();
        if (is_map || is_list) {
            out_ += '\n';
            if (is_map) append_map(node, depth, false);
            else append_list(node, depth);
            return;
        }
        out_ += ' ';
        append_scalar(node, depth);
        out_ += '\n';
    }

    void append_map(const Node& map, std::size_t depth, bool is_begun) {
        for (const json::Member& member : map.members) {
            if (!is_begun) indent(depth);
            is_begun = false;
            append_name(member.name);
            out_ += ':';
            append_value(member.value, depth + 1);
        }
    }

    void append_list(const Node& list, std::size_t depth) {
        for (const Node& item : list.items) {
            indent(depth);
            out_ += '-';
            if (!item.is(Kind::object) || item.members.empty()) {
                append_value(item, depth + 1);
                continue;
            }
            out_ += ' ';
            append_map(item, depth + 1, true);
        }
    }

    void append_scalar(const Node& node, std::size_t depth) {
        switch (node.kind) {
        case Kind::missing:
        case Kind::null: out_ += "null"; return;
        case Kind::boolean:
        case Kind::number: out_ += node.text; return;
        case Kind::array: out_ += "[]"; return;
        case Kind::object: out_ += "{}"; return;
        case Kind::string: break;
        }
        if (is_block(node.text)) append_block(node.text, depth);
        else append_name(node.text);
    }

private:
    void indent(std::size_t depth) { out_.append(2 * depth, ' '); }
    void append_name(std::string_view text) {
        if (is_plain(text)) out_ += text;
        else append_json_text(out_, text);
    }
    void append_block(std::string_view text, std::size_t depth) {
        out_ += text.ends_with('\n') ? "|" : "|-";
        if (text.ends_with('\n')) text.remove_suffix(1);
        while (true) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            out_ += '\n';
            if (end > 0) indent(std::max<std::size_t>(depth, 1));
            out_ += text.substr(0, end);
            if (end == text.size()) return;
            text.remove_prefix(end + 1);
        }
    }

    std::string& out_;
};

void append_pretty(std::string& out, const Node& node, std::size_t depth) {
    const bool is_map = node.is(Kind::object);
    if ((!is_map && !node.is(Kind::array)) || (node.items.empty() && node.members.empty())) {
        std::string text;
        json::append_json(text, node);
        return append_without_controls(out, text);
    }
    out += is_map ? '{' : '[';
    const std::size_t count = is_map ? node.members.size() : node.items.size();
    for (std::size_t i = 0; i < count; ++i) {
        out += i == 0 ? "\n" : ",\n";
        out.append(2 * (depth + 1), ' ');
        if (is_map) {
            append_json_text(out, node.members[i].name);
            out += ": ";
        }
        append_pretty(out, is_map ? node.members[i].value : node.items[i], depth + 1);
    }
    out += '\n';
    out.append(2 * depth, ' ');
    out += is_map ? '}' : ']';
}

}  // namespace

void append_yaml(std::string& out, const Node& node) {
    YamlText text(out);
    if (node.is(Kind::object) && !node.members.empty()) return text.append_map(node, 0, false);
    if (node.is(Kind::array) && !node.items.empty()) return text.append_list(node, 0);
    text.append_scalar(node, 0);
    out += '\n';
}

void append_pretty_json(std::string& out, const Node& node) {
    append_pretty(out, node, 0);
    out += '\n';
}

std::string compact_json(const Node& node) {
    std::string json;
    json::append_json(json, node);
    std::string out;
    append_without_controls(out, json);
    return out;
}

}  // namespace outflow::cli
