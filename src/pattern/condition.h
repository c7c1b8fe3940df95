// The conditions on one field of an event, compiled.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/decimal.h"
#include "json/value.h"
#include "pattern/address.h"
#include "pattern/folded.h"
#include "pattern/number_set.h"
#include "pattern/text_set.h"
#include "pattern/wildcard.h"

namespace outflow::pattern {

enum class Comparison : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };

class Conditions;

// One operator. Never true for objects, arrays and missing fields.
struct Test {
    enum class Kind : std::uint8_t {
        text,     // exact string
        number,   // exact number, by value
        literal,  // null, true, false by spelling
        prefix,
        suffix,
        contains,  // any of `texts`
        equals_ignore_case,
        prefix_ignore_case,
        suffix_ignore_case,
        wildcard,
        numeric,  // one comparison with `text`
        cidr,
        exists,        // any leaf
        anything_but,  // `excluded` does not hold
    };
    Kind kind = Kind::exists;
    Comparison comparison = Comparison::equal;
    std::string text;                            // string, affix, or spelling of the literal or number
    std::vector<std::string> texts;              // contains
    std::shared_ptr<const Conditions> excluded;  // shared so that a Test can be copied
};

// A leaf value as the tests see it, made once for all of them.
class Leaf {
public:
    // The text of a string with escapes goes to `scratch`; valid as long as value and scratch.
    Leaf(const json::Value& value, std::string& scratch) : kind_(value.kind), text_(json::by_halves(value.raw)) {
        if (kind_ == json::Kind::string && value.escaped) text_ = json::string_text(value, scratch);
    }
    Leaf(json::Kind kind, std::string_view text) : kind_(kind), text_(text) {}

    json::Kind kind() const { return kind_; }
    bool is_string() const { return kind_ == json::Kind::string; }
    bool is_number() const { return kind_ == json::Kind::number; }
    std::string_view text() const { return text_; }  // string: decoded; else the spelling
    // Of a number.
    const json::Decimal& number() const {
        if (!has_number_) number_ = json::parse_decimal(text_);
        has_number_ = true;
        return number_;
    }
    // Null if the text is no address.
    const Address* address() const {
        if (!has_address_) address_ = parse_address(text_);
        has_address_ = true;
        return address_ ? &*address_ : nullptr;
    }

private:
    json::Kind kind_;
    mutable bool has_number_ = false;
    mutable bool has_address_ = false;
    std::string_view text_;
    mutable json::Decimal number_;
    mutable std::optional<Address> address_;
};

// All conditions on a field: an OR of ANDs. Movable only.
class Conditions {
public:
    Conditions() = default;
    Conditions(Conditions&&) = default;
    Conditions& operator=(Conditions&&) = default;
    Conditions(const Conditions&) = delete;
    Conditions& operator=(const Conditions&) = delete;

    // `tests` all hold for the same leaf; not empty.
    void add(std::vector<Test> tests);
    // The field may be missing: no leaf at its path.
    void allow_missing() { missing_allowed_ = true; }
    // Makes look-ups of what was added; once, after the last add.
    void seal();

    // In time linear in the leaf; many alternatives cost little more than one, but for `contains`, `wildcard`, `cidr`,
    // what ignores case, and conditions of several operators. Inlined everywhere: every value that a pattern asks for
    // comes here.
    [[gnu::always_inline]] bool hold_for(const Leaf& leaf) const {
        return is_in_sets(leaf) || (has_more_than_sets_ && hold_otherwise(leaf));
    }
    bool missing_allowed() const { return missing_allowed_; }
    // Some value of that kind, a leaf, satisfies a condition, as far as each operator by itself can tell.
    bool may_hold_for(json::Kind kind) const;

private:
    [[gnu::always_inline]] bool is_in_sets(const Leaf& leaf) const {
        switch (leaf.kind()) {
        case json::Kind::string: return hold_for_text(leaf);
        case json::Kind::number: return !numbers_.empty() && numbers_.contains(leaf.number());
        case json::Kind::null: return null_;
        case json::Kind::boolean: return leaf.text() == "true" ? true_ : false_;
        case json::Kind::missing:
        case json::Kind::object:
        case json::Kind::array: break;
        }
        return false;
    }
    bool hold_otherwise(const Leaf& leaf) const;  // the conditions that any kind of leaf may satisfy
    bool hold_for_text(const Leaf& leaf) const {
        const std::string_view text = leaf.text();
        if (!texts_.empty() && texts_.contains(text)) return true;
        if (!prefixes_.empty() && prefixes_.hold_for(text)) return true;
        if (!suffixes_.empty() && suffixes_.hold_for(text)) return true;
        return has_searches_ && finds(leaf);
    }
    bool finds(const Leaf& leaf) const;  // the conditions on texts that are tried one by one
    bool add_alone(Test& test);
    bool add_numeric(const std::vector<Test>& tests);

    // Of conditions with one operator.
    TextSet texts_;
    AffixSet prefixes_{AffixSet::End::front};
    AffixSet suffixes_{AffixSet::End::back};
    std::vector<std::string> parts_;  // contains
    std::vector<FoldedText> folded_;
    std::vector<Wildcard> wildcards_;
    std::vector<Network> networks_;
    NumberSet numbers_;
    bool null_ = false, true_ = false, false_ = false, exists_ = false;
    std::vector<std::shared_ptr<const Conditions>> excluded_;
    // Of conditions with several: each operator as conditions of its own, all of which hold.
    std::vector<std::vector<Conditions>> ands_;
    bool missing_allowed_ = false;
    bool has_more_than_sets_ = false;
    bool has_searches_ = false;
};

}  // namespace outflow::pattern
