// The conditions on one field of an event, compiled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "pattern/decimal.h"

namespace outflow::pattern {

enum class Comparison : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };

// One operator. Never true for objects, arrays and missing fields.
struct Test {
    enum class Kind : std::uint8_t {
        text,      // exact string
        number,    // exact number, by value
        literal,   // null, true, false by spelling
        prefix, suffix, contains,
        numeric,
        exists,    // any leaf
        anything_but,         // none of `alternatives` holds
        never,
    };
    Kind kind = Kind::never;
    Comparison comparison = Comparison::equal;
    std::string text;        // string, affix, or spelling of the literal or number
    Decimal number;          // of `text`, set by Conditions::seal
    std::vector<Test> alternatives;
};

// A leaf value as the tests see it, made once for all of them.
struct Leaf {
    json::Kind kind = json::Kind::missing;
    std::string_view text;  // string: decoded; else the spelling
    Decimal number;
};

bool holds(const Test& test, const Leaf& leaf);

// All conditions on a field: an OR of ANDs.
// Movable only: the numbers of its tests are views of their texts.
class Conditions {
public:
    Conditions() = default;
    Conditions(Conditions&&) = default;
    Conditions& operator=(Conditions&&) = default;
    Conditions(const Conditions&) = delete;
    Conditions& operator=(const Conditions&) = delete;

    // `tests` all hold for the same leaf.
    void add(std::vector<Test> tests);
    // The field may be missing: no leaf at its path.
    void allow_missing() { missing_allowed_ = true; }
    // Sorts what can be sorted; once, after the last add.
    void seal();

    bool hold_for(const Leaf& leaf) const;
    bool missing_allowed() const { return missing_allowed_; }

private:
    std::vector<std::string> texts_;  // exact strings alone in their condition, sorted by size, then bytes
    std::vector<std::vector<Test>> others_;
    bool missing_allowed_ = false;
};

}  // namespace outflow::pattern
