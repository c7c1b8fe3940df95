// Small JSON documents as trees: event patterns, task files, answers of services. For payloads see walker.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "json/value.h"

namespace outflow::json {

struct Member;

// A plain tree; other readers (YAML) build it too. Members keep the order of the text.
struct Node {
    Kind kind = Kind::null;
    std::string text;             // string: decoded; number: as spelled; boolean: "true" or "false"
    std::vector<Node> items;      // array
    std::vector<Member> members;  // object
    std::uint32_t line = 0;       // where the value starts, from 1; 0: unknown
    std::uint32_t column = 0;

    bool is(Kind other) const { return kind == other; }
    // The member of that name, or null. Of an object only.
    const Node* find(std::string_view name) const;

    static Node string(std::string text);
    static Node number(std::string spelling);
    static Node boolean(bool value);
    static Node array();
    static Node object();

    // The same text, whatever its spaces: where a value starts does not count.
    friend bool operator==(const Node& left, const Node& right);
};

struct Member {
    Member(std::string its_name, Node its_value) : name(std::move(its_name)), value(std::move(its_value)) {}

    std::string name;
    Node value;

    bool operator==(const Member&) const = default;
};

struct Document {
    Node root;
    // JSON pointers (the first 100) of names that were repeated in one object; of these the last member counts.
    std::vector<std::string> repeated;
};

// Parses exactly one JSON text (RFC 8259); strict, at most limits::json_depth_max deep.
// Errors: json_malformed with line and column, json_too_deep.
Result<Document> parse_document(std::string_view text);

// Appends the tree as compact JSON; numbers keep their spelling.
void append_json(std::string& out, const Node& node);

// Appends "/" and `name`, escaped (RFC 6901).
void append_pointer(std::string& pointer, std::string_view name);

}  // namespace outflow::json
