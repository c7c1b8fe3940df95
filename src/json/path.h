// Definite JSONPaths (RFC 9535): names and indices only, so that they lead to one place at most. All others: query.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace outflow::json {

struct Step {
    enum class Kind : std::uint8_t { name, index };
    Kind kind = Kind::name;
    std::string name;
    std::int64_t index = 0;  // negative counts from the end

    static Step of_name(std::string name) { return {Kind::name, std::move(name), 0}; }
    static Step of_index(std::int64_t index) { return {Kind::index, {}, index}; }
    bool is(std::string_view other) const { return kind == Kind::name && name == other; }
    bool operator==(const Step&) const = default;
};

using Path = std::vector<Step>;  // the steps behind `$`

// Parses a query that is definite; see parse_query.
// Errors: jsonpath_invalid, with the position; also for valid queries that are not definite.
Result<Path> parse_path(std::string_view text);

// The normalised form (RFC 9535, section 2.7): $['data']['a'][0].
std::string render_path(const Path& path);

}  // namespace outflow::json
