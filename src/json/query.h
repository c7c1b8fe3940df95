// JSONPath queries (RFC 9535, all of it), parsed and checked once. json/evaluate.h runs them.
//
// Which way to take:
//   definite_path() != null     `$.a[0].b`   one place at most: a PathSet and a Walker resolve it with all others
//   otherwise                   `$.a[?@.b]`  leading_steps() by the Walker, an Evaluator for the rest; if the query
//                                            refers_to_root(), the Evaluator needs the whole text
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/path.h"

namespace outflow::json {

struct QueryTree;

// Immutable, so that any number of threads may use one. Not copyable.
class Query {
public:
    explicit Query(std::unique_ptr<const QueryTree> tree);
    Query(Query&&) noexcept;
    Query& operator=(Query&&) noexcept;
    ~Query();

    // The steps of a query of names and indices only, which leads to one place at most; null for any other.
    const Path* definite_path() const;
    // The steps in front of the first segment that may lead to several places: of `$.a[0][*].b` a and 0.
    const Path& leading_steps() const;
    // Of `$.a['b','c']`: b and c. Empty unless one segment of two or more names follows the leading steps as the last.
    const std::vector<std::string>& ending_names() const;
    // Whether a filter reads `$`.
    bool refers_to_root() const;
    // How many segments it has, and how those up to `count` are written, `$` before them.
    std::size_t segments() const;
    std::string_view text(std::size_t count) const;
    // The segment is one or more filters, `[?...]`.
    bool is_filter(std::size_t segment) const;
    // What the filters of a segment ask of a value if that is paths of names and indices from it, such as `@.a.b`, each
    // with its number; nothing if they ask for more.
    struct Asked {
        std::size_t number = 0;  // below numbers()
        Path path;
    };
    std::optional<std::vector<Asked>> asked_paths(std::size_t segment) const;
    std::size_t numbers() const;
    // What is valid and yet hardly meant, as sentences: a pattern that is no I-Regexp, and so never matches.
    const std::vector<std::string>& warnings() const;

    const QueryTree& tree() const { return *tree_; }

private:
    std::unique_ptr<const QueryTree> tree_;
};

// Parses a query; all that RFC 9535 calls invalid is refused, ill-typed functions too. Beyond the RFC a name behind a
// dot may hold hyphens behind its first character (`$.data.c-count`), as Jayway's does; not in filters, where a hyphen
// might be meant as a minus.
// Errors: jsonpath_invalid with the position (in characters, from 1) and what was expected; also over
// limits::jsonpath_bytes_max, jsonpath_nesting_max and the limits of regular expressions.
Result<Query> parse_query(std::string_view text);

}  // namespace outflow::json
