// Every field that a task file may have, as data: the loader, the schema (docs/task.schema.json) and the tests read
// this one table. The rows of a kind of connector stand with the kind.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace outflow::task {

enum class FieldType : std::uint8_t {
    text,     // a quoted or plain text, never a number or boolean
    integer,  // from `least` to `most`
    decimal,  // the same, with a fraction
    boolean,
    word,       // one of `words`
    object,     // its fields are those of the object `<object>.<name>`
    named,      // a map from names to objects
    list,       // of objects
    texts,      // a list of texts, or one text that is split at ;
    value,      // how a record's field gets its value: a text, or the object `value` or `path`
    values,     // the same, or a list of paths
    variables,  // a text, or a map from names to paths and constants
    secret,     // a text, or the object `secret`
    pattern,    // an event pattern, or the same as JSON text
    anything,   // not looked at: the field is not supported yet
};

struct FieldRule {
    std::string_view object;  // what it belongs to: `file`, `instance.mqtt`, `task.source.mqtt`, ...
    std::string_view name;
    FieldType type;
    bool required = false;
    std::string_view meaning;     // for the schema, a sentence without its end
    std::string_view words = {};  // `a|b|c`, for a word
    double least = 0;             // for numbers; for text: 1 means that it is not empty
    double most = 0;
    std::string_view default_value = {};  // as JSON, for the schema; empty: none
    std::string_view unsupported = {};    // not empty: not supported yet, and what to do instead
    double later_most = 0;                // numbers above `most` up to this one are not supported yet
    std::string_view null_hint = {};      // what to do about a null; empty: what is said of every field
};

template <std::size_t A, std::size_t B>
constexpr std::array<FieldRule, A + B> join(const std::array<FieldRule, A>& first,
                                            const std::array<FieldRule, B>& second) {
    std::array<FieldRule, A + B> all;
    std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), all.begin()));
    return all;
}

std::span<const FieldRule> all_fields();

// The fields of one object, contiguous in the table; empty for an unknown object.
std::span<const FieldRule> fields_of(std::string_view object, std::span<const FieldRule> table = all_fields());

// The object that a field of type object, named, list, value or secret holds; empty for the others.
std::string_view object_of(const FieldRule& rule);

}  // namespace outflow::task
