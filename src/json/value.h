// A JSON value as a view into the text that it stands in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outflow::json {

// The same view. Copied as a whole, it would be loaded as one word of 16 bytes, which has to wait when its halves have
// just been stored: noticeable where that happens for every name and value of a message.
inline std::string_view by_halves(const std::string_view& view) { return {view.data(), view.size()}; }

// Leaves stand together, from null to string.
enum class Kind : std::uint8_t { missing, null, boolean, number, string, object, array };

std::string_view to_string(Kind kind);  // "missing", "null", ... for messages

inline bool is_leaf(Kind kind) { return kind >= Kind::null && kind <= Kind::string; }

// `raw` is the original spelling: of a string the bytes between its quotes, of everything else the whole text, of an
// object or array with its brackets. Valid as long as the text.
struct Value {
    Kind kind = Kind::missing;
    bool escaped = false;  // a string with escape sequences in `raw`
    std::string_view raw;

    bool is_leaf() const { return json::is_leaf(kind); }
};

// Decodes the escape sequences of a string's `raw` (RFC 8259, section 7), which must be well formed, into `to`, which
// has room for raw.size() bytes. A lone surrogate becomes U+FFFD. The result is a view of `to`.
std::string_view decode_string(std::string_view raw, char* to);

// The text of a string value: `raw` itself, or decoded into `scratch` when it has escapes.
std::string_view string_text(const Value& value, std::string& scratch);

// Appends `text` as a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD each.
void append_json_string(std::string& out, std::string_view text);

// The same in ASCII alone: every other character is an escape.
void append_ascii_json_string(std::string& out, std::string_view text);

// The first character of a text that is not empty, which loses it. A byte that is no UTF-8 is U+FFFD.
std::uint32_t take_character(std::string_view& text);

// Appends the value as JSON; nothing for a missing one.
void append_json(std::string& out, const Value& value);

// The same without spaces between tokens: on one line. Numbers and strings keep their spelling.
void append_compact_json(std::string& out, const Value& value);

bool is_utf8(std::string_view text);

// Editors and shells put a byte order mark before JSON; a parser may pass over it (RFC 8259, section 8.1), and ours do.
inline std::string_view without_byte_order_mark(std::string_view text) {
    return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

}  // namespace outflow::json
