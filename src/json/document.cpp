#include "json/document.h"

#include <algorithm>
#include <unordered_map>

#include "base/limits.h"
#include "json/scan.h"

namespace outflow::json {

namespace {

class DocumentParser {
public:
    explicit DocumentParser(std::string_view text) : text_(text) {}

    Result<Document> parse() {
        if (!is_utf8(text_)) return fault("text that is UTF-8");
        TRY(document_.root, parse_value(0));
        skip_space();
        if (at_ != text_.size()) return fault("the end of the text");
        return std::move(document_);
    }

private:
    tl::unexpected<Error> fault(std::string_view expected) const {
        return failed(ErrorCode::json_malformed, "Line " + std::to_string(line_) + ", column " +
                                                     std::to_string(column()) + ": not valid JSON, expected " +
                                                     std::string(expected) + ".");
    }
    std::uint32_t column() const { return static_cast<std::uint32_t>(at_ - line_start_ + 1); }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) {
        if (peek() != c || at_ == text_.size()) return false;
        ++at_;
        return true;
    }
    void skip_space() {
        for (; at_ < text_.size() && is_space(text_[at_]); ++at_) {
            if (text_[at_] != '\n') continue;
            ++line_;
            line_start_ = at_ + 1;
        }
    }

    Result<Node> parse_value(std::size_t depth) {
        skip_space();
        Node node;
        node.line = line_;
        node.column = column();
        char c = peek();
        if (c == '{' || c == '[') {
            if (depth == limits::json_depth_max) {
                return failed(ErrorCode::json_too_deep, "Line " + std::to_string(line_) + ": JSON nested deeper than " +
                                                            std::to_string(limits::json_depth_max) + " levels.");
            }
            ++at_;
            node.kind = c == '{' ? Kind::object : Kind::array;
            Status filled = c == '{' ? parse_members(node, depth) : parse_items(node, depth);
            if (!filled) return failed(std::move(filled).error());
            return node;
        }
        if (c == '"') {
            node.kind = Kind::string;
            TRY(node.text, parse_string());
            return node;
        }
        return parse_literal_or_number(std::move(node));
    }

    Result<Node> parse_literal_or_number(Node node) {
        std::string_view rest = text_.substr(at_);
        for (std::string_view literal : {"true", "false", "null"}) {
            if (!rest.starts_with(literal)) continue;
            at_ += literal.size();
            node.kind = literal == "null" ? Kind::null : Kind::boolean;
            if (node.kind == Kind::boolean) node.text = literal;
            return node;
        }
        const char* end = scan_number(rest.data(), rest.data() + rest.size());
        if (end == nullptr) return fault("a value");
        node.kind = Kind::number;
        node.text = rest.substr(0, static_cast<std::size_t>(end - rest.data()));
        at_ += node.text.size();
        return node;
    }

    Result<std::string> parse_string() {
        std::size_t start = ++at_;
        for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            if (static_cast<unsigned char>(text_[at_]) < 0x20) return fault("no control character in a string");
            if (text_[at_] == '\\' && ++at_ == text_.size()) break;
        }
        if (at_ >= text_.size()) return fault("the end of a string");
        std::string_view raw = text_.substr(start, at_++ - start);
        if (escapes_in(raw) == Escapes::bad) return fault("only the escapes of RFC 8259 in the string before");
        std::string decoded(raw.size(), '\0');
        decoded.resize(decode_string(raw, decoded.data()).size());
        return decoded;
    }

    Status parse_items(Node& node, std::size_t depth) {
        skip_space();
        if (take(']')) return {};
        while (true) {
            std::size_t pointer_size = pointer_.size();
            append_pointer(pointer_, std::to_string(node.items.size()));
            auto item = parse_value(depth + 1);
            if (!item) return failed(std::move(item).error());
            pointer_.resize(pointer_size);
            node.items.push_back(std::move(*item));
            skip_space();
            if (take(',')) continue;
            if (take(']')) return {};
            return fault("`,` or `]`");
        }
    }

    Status parse_members(Node& node, std::size_t depth) {
        std::unordered_map<std::string, std::size_t> places;
        skip_space();
        if (take('}')) return {};
        while (true) {
            skip_space();
            if (peek() != '"') return fault("a name in quotes");
            auto name = parse_string();
            if (!name) return failed(std::move(name).error());
            skip_space();
            if (!take(':')) return fault("`:`");
            std::size_t pointer_size = pointer_.size();
            append_pointer(pointer_, *name);
            auto value = parse_value(depth + 1);
            if (!value) return failed(std::move(value).error());
            auto [place, is_new] = places.emplace(*name, node.members.size());
            if (is_new) {
                node.members.emplace_back(std::move(*name), std::move(*value));
            } else {
                note_repeated();
                node.members[place->second].value = std::move(*value);
            }
            pointer_.resize(pointer_size);
            skip_space();
            if (take(',')) continue;
            if (take('}')) return {};
            return fault("`,` or `}`");
        }
    }

    // Bounded, whatever the text is.
    void note_repeated() {
        constexpr std::size_t repeated_max = 100;
        constexpr std::size_t pointer_bytes_max = 1000;
        if (document_.repeated.size() < repeated_max)
            document_.repeated.push_back(pointer_.substr(0, pointer_bytes_max));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::uint32_t line_ = 1;
    std::size_t line_start_ = 0;
    std::string pointer_;  // of the value that is read
    Document document_;
};

}  // namespace

const Node* Node::find(std::string_view name) const {
    for (const auto& [known, value] : members) {
        if (known == name) return &value;
    }
    return nullptr;
}

Node Node::string(std::string text) {
    Node node;
    node.kind = Kind::string;
    node.text = std::move(text);
    return node;
}

Node Node::number(std::string spelling) {
    Node node;
    node.kind = Kind::number;
    node.text = std::move(spelling);
    return node;
}

Node Node::boolean(bool value) {
    Node node;
    node.kind = Kind::boolean;
    node.text = value ? "true" : "false";
    return node;
}

Node Node::array() {
    Node node;
    node.kind = Kind::array;
    return node;
}

Node Node::object() {
    Node node;
    node.kind = Kind::object;
    return node;
}

Result<Document> parse_document(std::string_view text) { return DocumentParser(without_byte_order_mark(text)).parse(); }

bool operator==(const Node& left, const Node& right) {
    return left.kind == right.kind && left.text == right.text && left.items == right.items &&
           left.members == right.members;
}

void append_json(std::string& out, const Node& node) {
    switch (node.kind) {
    case Kind::missing:
    case Kind::null: out += "null"; return;
    case Kind::boolean:
    case Kind::number: out += node.text; return;
    case Kind::string: append_json_string(out, node.text); return;
    case Kind::array:
        out += '[';
        for (const Node& item : node.items) {
            if (&item != node.items.data()) out += ',';
            append_json(out, item);
        }
        out += ']';
        return;
    case Kind::object:
        out += '{';
        for (const auto& member : node.members) {
            if (&member != node.members.data()) out += ',';
            append_json_string(out, member.name);
            out += ':';
            append_json(out, member.value);
        }
        out += '}';
        return;
    }
}

void append_pointer(std::string& pointer, std::string_view name) {
    pointer += '/';
    for (char c : name) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
}

}  // namespace outflow::json
