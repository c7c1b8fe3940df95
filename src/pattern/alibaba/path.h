// Paths of the Alibaba dialect: the keys of a pattern from `data` down, joined by dots, are read as a JSONPath by the
// rules of the library that the open-source engine uses (Jayway's json-path 2.4). They are not those of RFC 9535:
//
//   {"a":{"b":..}}, {"a.b":..}   $.a.b         names; what may stand in them: all but spaces, dots, [ and (
//   {"a[0]":..}, {"a[-1,2]":..}  $.a[0]        elements of arrays; {"a[1:3]":..} slices
//   {"a":{"*":..}}               $.a.*         any member or element
//   {".a":..}, {"b":{"":{"a":..  $..a          `a` anywhere
//   {"['a b']":..}               $.['a b']     any name
//
// One more character behind `]` or `*` at the end of a path is passed over. Filters ([?(...)]), functions (length())
// and what that library cannot read are errors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace outflow::pattern {

struct AlibabaStep {
    enum class Kind : std::uint8_t {
        names,     // one or more members
        wildcard,  // every member or element
        indices,   // elements; negative ones count from the end
        slice,
        scan,  // what is opened, and all containers in it; another step follows
    };
    Kind kind = Kind::names;
    std::vector<std::string> names;     // sorted, maybe repeated
    std::vector<std::int32_t> indices;  // sorted
    std::optional<std::int32_t> start;  // slice: one of them is there; never adjusted to the other's sign, see
    std::optional<std::int32_t> end;    // AlibabaSelection
};

struct AlibabaPath {
    std::vector<std::string> names;  // single names at the front
    std::vector<AlibabaStep> steps;  // from the first other step on
    std::size_t definite_steps = 0;  // so many steps at the front lead to one place at most

    // Leads to one place at most. Of several names at the end an object is made: one place too.
    bool is_definite() const { return definite_steps == steps.size(); }
    // Some step goes through the members of an object, whatever their names.
    bool visits_members() const;
};

// `text` starts with `$.`. Errors: pattern_invalid, with what is wrong and where.
Result<AlibabaPath> parse_alibaba_path(std::string_view text);

}  // namespace outflow::pattern
