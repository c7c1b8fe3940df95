#include "json/value.h"

#include <simdjson.h>

#include "base/words.h"
#include "json/scan.h"

namespace outflow::json {

namespace {

// Decodes `\uXXXX` at `at`, with its second half if it is a surrogate pair; `at` moves behind it.
std::uint32_t take_unicode_escape(std::string_view raw, std::size_t& at) {
    const char* end = raw.data() + raw.size();
    int first = scan_hex4(raw.data() + std::min(at + 2, raw.size()), end);
    at += 6;
    if (first < 0) return 0xfffd;
    auto point = static_cast<std::uint32_t>(first);
    if (point < 0xd800 || point > 0xdfff) return point;
    if (point > 0xdbff || at + 6 > raw.size() || raw[at] != '\\' || raw[at + 1] != 'u') return 0xfffd;
    int second = scan_hex4(raw.data() + at + 2, end);
    if (second < 0xdc00 || second > 0xdfff) return 0xfffd;
    at += 6;
    return 0x10000 + ((point - 0xd800) << 10) + (static_cast<std::uint32_t>(second) - 0xdc00);
}

char unescaped(char c) {
    switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;  // quote, backslash, slash
    }
}

// The size of the well-formed UTF-8 sequence at the start of `text` (Unicode, table 3-7), or 0.
std::size_t utf8_sequence(std::string_view text) {
    auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
    auto is_tail = [&](std::size_t at) { return (byte(at) & 0xc0U) == 0x80U; };
    unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return is_tail(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        bool good =
            is_tail(1) && is_tail(2) && !(first == 0xe0 && byte(1) < 0xa0) && !(first == 0xed && byte(1) > 0x9f);
        return good ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        bool good = is_tail(1) && is_tail(2) && is_tail(3) && !(first == 0xf0 && byte(1) < 0x90) &&
                    !(first == 0xf4 && byte(1) > 0x8f);
        return good ? 4 : 0;
    }
    return 0;
}

bool is_plain(char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void append_unicode_escape(std::string& out, std::uint32_t unit) {
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += "0123456789abcdef"[unit >> shift & 15];
}

// The same of all of its bytes.
bool is_plain(std::uint64_t word) {
    const std::uint64_t quotes = zero_bytes(word ^ each_byte * '"');
    const std::uint64_t backslashes = zero_bytes(word ^ each_byte * '\\');
    const std::uint64_t controls = word - each_byte * 0x20;  // borrows only where a byte is one
    return ((quotes | backslashes | controls | word) & each_byte * 0x80) == 0;
}

void append_control(std::string& out, char c) {
    switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
    }
    append_unicode_escape(out, static_cast<unsigned char>(c));
}

}  // namespace

std::string_view to_string(Kind kind) {
    switch (kind) {
    case Kind::missing: return "missing";
    case Kind::null: return "null";
    case Kind::boolean: return "boolean";
    case Kind::number: return "number";
    case Kind::string: return "string";
    case Kind::object: return "object";
    case Kind::array: return "array";
    }
    return "unknown";
}

std::string_view decode_string(std::string_view raw, char* to) {
    char* start = to;
    std::size_t at = 0;
    while (at < raw.size()) {
        std::size_t escape = std::min(raw.find('\\', at), raw.size());
        to = std::copy(raw.data() + at, raw.data() + escape, to);
        at = escape;
        if (at + 1 >= raw.size()) break;
        if (raw[at + 1] == 'u') {
            to = write_utf8(take_unicode_escape(raw, at), to);
        } else {
            *to++ = unescaped(raw[at + 1]);
            at += 2;
        }
    }
    return {start, static_cast<std::size_t>(to - start)};
}

std::string_view string_text(const Value& value, std::string& scratch) {
    if (!value.escaped) return value.raw;
    if (scratch.size() < value.raw.size()) scratch.resize(value.raw.size());
    return decode_string(value.raw, scratch.data());
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain + sizeof(std::uint64_t) <= text.size() && is_plain(load_word(text.data() + plain))) {
            plain += sizeof(std::uint64_t);
        }
        while (plain < text.size() && is_plain(text[plain])) ++plain;
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        std::size_t size = utf8_sequence(text);
        if (size == 0) {
            out += "\xef\xbf\xbd";
        } else if (size == 1) {
            append_control(out, text[0]);
        } else {
            out.append(text.substr(0, size));
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    out += '"';
}

std::uint32_t take_character(std::string_view& text) {
    const std::size_t size = utf8_sequence(text);
    const auto first = static_cast<unsigned char>(text[0]);
    std::uint32_t point = size == 0 ? 0xfffd : size == 1 ? first : first & (0xffU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) point = point << 6 | (static_cast<unsigned char>(text[i]) & 63U);
    text.remove_prefix(std::max<std::size_t>(size, 1));
    return point;
}

void append_ascii_json_string(std::string& out, std::string_view text) {
    std::string quoted;
    append_json_string(quoted, text);
    for (std::string_view rest = quoted; !rest.empty();) {
        const std::uint32_t point = take_character(rest);
        if (point < 0x80) {
            out += static_cast<char>(point);
        } else if (point < 0x10000) {
            append_unicode_escape(out, point);
        } else {
            append_unicode_escape(out, 0xd800 + ((point - 0x10000) >> 10));
            append_unicode_escape(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
        }
    }
}

void append_json(std::string& out, const Value& value) {
    if (value.kind == Kind::missing) return;
    if (value.kind != Kind::string) {
        out += value.raw;
    } else if (value.escaped) {
        out += '"';
        out += value.raw;
        out += '"';
    } else {
        append_json_string(out, value.raw);
    }
}

void append_compact_json(std::string& out, const Value& value) {
    if (value.is_leaf() || value.kind == Kind::missing) return append_json(out, value);
    bool in_string = false;
    for (std::size_t at = 0; at < value.raw.size(); ++at) {
        const char c = value.raw[at];
        if (!in_string && is_space(c)) continue;
        out += c;
        if (c == '"') in_string = !in_string;
        if (in_string && c == '\\' && at + 1 < value.raw.size()) out += value.raw[++at];
    }
}

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace outflow::json
