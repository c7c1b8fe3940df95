// A YAML document (core schema 1.2, so JSON as well) as a tree that remembers where everything stands. The only user
// of the YAML library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outflow::task {

// A position in a file, both from 1. Columns count characters, as the library does. 0: the file as a whole.
struct Position {
    std::size_t line = 0;
    std::size_t column = 0;
};

// What the core schema says that a scalar is. A quoted scalar and a block scalar are always text.
enum class ScalarType : std::uint8_t { text, integer, decimal, boolean, null };

struct YamlNode {
    enum class Kind : std::uint8_t { scalar, sequence, map };
    struct Entry {
        std::string name;
        Position place;  // of the name
        std::shared_ptr<const YamlNode> value;
    };

    Kind kind = Kind::scalar;
    Position place;
    ScalarType type = ScalarType::text;  // of a scalar
    bool quoted = false;                 // of a scalar: quoted or a block
    std::string text;                    // of a scalar, as spelled; quotes, escapes and folding are resolved
    std::vector<std::shared_ptr<const YamlNode>> items;  // of a sequence
    std::vector<Entry> entries;                          // of a map, in the order of the file; names may repeat
    std::size_t expanded_bytes = 0;                      // size with aliases written out

    bool is_null() const { return kind == Kind::scalar && type == ScalarType::null; }
};

// Aliases share the node of their anchor, so the tree may be larger than the file; expanded_bytes bounds it.
using YamlNodePtr = std::shared_ptr<const YamlNode>;

struct YamlDiagnostic {
    Position place;
    std::string sentence;
    std::string hint;
};

struct YamlDocument {
    YamlNodePtr root;                         // null when there are errors, or when the file holds nothing
    std::vector<YamlDiagnostic> diagnostics;  // at most one: the library cannot go on behind an error
    std::vector<YamlDiagnostic> warnings;     // what YAML 1.1 read in another way
};

// Reads one document. Errors: malformed YAML or UTF-8, more than file_limits::depth_max levels or expanded_bytes_max, a
// second document, a name that is not a scalar, an unknown tag, a merge key, nothing between two commas of a list.
YamlDocument parse_yaml(std::string_view text);

// `text` as the core schema resolves a plain scalar.
ScalarType resolve_plain(std::string_view text);

// True when `text` is a number as JSON spells it (RFC 8259, section 6).
bool is_json_number(std::string_view text);

// The node as a person would call it: `the text "abc"`, `the number 5`, `a list`. Cut to 40 characters.
std::string describe(const YamlNode& node);

// The text between double quotes with control characters and quotes escaped, cut to 40 characters.
std::string quote(std::string_view text);

}  // namespace outflow::task
