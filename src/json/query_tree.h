// What a query is parsed into. Internal to this folder.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "json/path.h"
#include "json/regexp.h"
#include "json/value.h"

namespace outflow::json {

struct Expression;

struct Slice {  // RFC 9535, section 2.3.4
    std::optional<std::int64_t> start;
    std::optional<std::int64_t> end;
    std::int64_t step = 1;
};

struct Selector {
    enum class Kind : std::uint8_t { name, wildcard, index, slice, filter };
    Kind kind = Kind::wildcard;
    std::string name;
    std::int64_t index = 0;
    Slice slice;
    std::unique_ptr<const Expression> filter;
};

struct Segment {
    bool descends = false;  // `..`
    std::vector<Selector> selectors;
    std::size_t text_end = 0;  // in the text of the query: behind it

    // One name or index: leads to one place at most.
    bool is_singular() const {
        if (descends || selectors.size() != 1) return false;
        return selectors[0].kind == Selector::Kind::name || selectors[0].kind == Selector::Kind::index;
    }
};

// A query inside of a filter.
struct Subquery {
    bool from_root = false;  // `$`, else `@`
    std::size_t number = 0;  // among those of the query
    std::vector<Segment> segments;

    bool is_singular() const {
        for (const Segment& segment : segments) {
            if (!segment.is_singular()) return false;
        }
        return true;
    }
};

enum class Function : std::uint8_t { length, count, match, search, value };

struct Call;

// A side of a comparison, or an argument of a function.
struct Operand {
    enum class Kind : std::uint8_t { literal, query, call };
    Kind kind = Kind::literal;
    json::Kind literal = json::Kind::missing;
    std::string text;    // of a literal: a string decoded, others as spelled
    std::string source;  // of a query or call: as it is written
    Subquery query;
    std::unique_ptr<Call> call;
};

struct Call {
    Function function = Function::length;
    std::vector<std::unique_ptr<const Operand>> arguments;  // as many as the function takes
    std::optional<Regexp> regexp;                           // of match and search, when the pattern stands in the query
    bool never_matches = false;                             // the pattern stands in the query and is no I-Regexp
};

enum class Comparison : std::uint8_t { equal, not_equal, less, less_or_equal, greater, greater_or_equal };

struct Expression {
    enum class Kind : std::uint8_t { any, all, none, exists, compares, holds };
    Kind kind = Kind::any;
    std::vector<Expression> expressions;  // of any, all (two or more) and none (one: `!`)
    Comparison comparison = Comparison::equal;
    std::unique_ptr<const Operand> left;  // exists: the query; holds: the call
    std::unique_ptr<const Operand> right;
};

struct QueryTree {
    std::string text;
    std::vector<Segment> segments;
    Path leading;
    std::vector<std::string> ending_names;
    std::size_t subqueries = 0;
    bool refers_to_root = false;
    std::vector<std::string> warnings;
};

}  // namespace outflow::json
