// A pull reader for the small JSON texts of the protocol: command headers, routes, lists. It keeps nothing but a
// position, takes integers without quotes as member names (RocketMQ's servers write them), and bounds depth.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outflow::rocketmq {

// The first fault makes the reader fail for good: everything then returns empty values and loops end, so that callers
// check `ok()` once. Usage: `if (reader.enter_object()) while (reader.next_member(name)) ...`, where the body of the
// loop reads or skips exactly one value.
class JsonReader {
public:
    static constexpr int depth_max = 16;

    // `text` outlives the reader.
    explicit JsonReader(std::string_view text) : text_(text) {}

    bool enter_object() { return enter('{'); }
    // Reads the next member's name up to and with the colon. False: the object has ended.
    bool next_member(std::string& name);

    bool enter_array() { return enter('['); }
    // False: the array has ended.
    bool next_element() { return next(']'); }

    // Consumes `null` when it is the next value.
    bool take_null();
    // A string, escapes resolved (a lone surrogate becomes U+FFFD). With `bytes_max`, a longer one is a fault.
    void string(std::string& out, std::size_t bytes_max = SIZE_MAX);
    // A number without fraction and exponent that fits.
    std::int64_t integer();
    // Passes over a value of any kind, checked, and returns its text.
    std::string_view skip();

    // Whether the next value is a string.
    bool is_string() { return peek() == '"'; }

    void fail();
    bool ok() const { return !failed_; }
    // Whether all was read without a fault and nothing but white space is left.
    bool finished();

private:
    bool enter(char bracket);
    bool next(char closing);
    char peek();
    bool take(char expected);
    bool take_word(std::string_view word);
    void escape(std::string* out);
    std::uint32_t hex4();
    void raw_string(std::string* out, std::size_t bytes_max);
    void skip_number();

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
    bool is_first_ = false;  // just behind an opening bracket
    bool failed_ = false;
};

// Appends `text` as a JSON string with its quotes. Bytes above 0x1F are taken as they are.
void append_json_string(std::string& out, std::string_view text);

}  // namespace outflow::rocketmq
