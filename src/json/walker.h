// Resolves a set of paths in a payload in one forward walk.
//
//   PathSet  $.a.b -> 0        text {"x":[1,2],"a":{"c":3,"b":4}, ...      walker: passes over x and c, gives 4 to
//            leaf a.c -> 0          ^^^^^^^^^ passed over       ^ stops     value 0 and 3 to leaf 0, then stops
//
// Two kinds of paths: values (definite JSONPaths, one value each) and leaves (event patterns: names only, arrays on the
// way and at the end are walked through, every null, boolean, number and string at the end is given).
// Of a repeated name in one object the first counts. For leaves a name with dots is also read as nested names:
// {"a.b":1} as {"a":{"b":1}}, as long as not everything wanted in its object has been found.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/path.h"
#include "json/value.h"

namespace outflow::json {

// Leaves of a PathSet by number: those at or below one of its nodes, if they were added in the order of their names.
struct LeafRange {
    std::uint32_t first = 0;
    std::uint32_t last = 0;  // behind the last one
};

// Immutable once filled. At most a few thousand paths; equal paths share their number.
class PathSet {
public:
    PathSet();

    // The number of the value or leaf, counted from 0 for each kind. An empty path is the whole text.
    std::size_t add_value(const Path& path);
    std::size_t add_leaf(std::span<const std::string> names);

    std::size_t values() const { return values_; }
    std::size_t leaves() const { return leaves_; }
    bool empty() const { return values_ + leaves_ == 0; }

private:
    friend class Walk;
    struct Child {
        std::string name;
        std::uint64_t head;  // its first eight bytes
        std::uint32_t node;
    };
    // The first eight bytes of a name, zeros behind a shorter one. Reads nothing behind the name.
    static std::uint64_t head_of(std::string_view name) {
        const char* at = name.data();
        const std::size_t size = name.size();
        if (size >= 8) return load<std::uint64_t>(at);
        // Two loads that overlap: their common bytes are the same.
        if (size >= 4) return load<std::uint32_t>(at) | load<std::uint32_t>(at + size - 4) << 8 * (size - 4);
        if (size >= 2) return load<std::uint16_t>(at) | load<std::uint16_t>(at + size - 2) << 8 * (size - 2);
        return size == 0 ? 0 : load<std::uint8_t>(at);
    }
    template <class Word>
    static std::uint64_t load(const char* at) {
        Word word;
        std::memcpy(&word, at, sizeof word);
        return word;
    }
    struct Node {
        std::vector<Child> names;  // sorted by size, then bytes
        std::vector<std::pair<std::int64_t, std::uint32_t>> indices;
        std::int32_t end = -1;  // the number of the path that ends here
        bool has_negative = false;
        bool has_grandchildren = false;  // only then a name with dots can lead somewhere
        LeafRange leaves;
    };
    std::uint32_t child_of_name(std::uint32_t node, const std::string& name);
    std::uint32_t child_of_index(std::uint32_t node, std::int64_t index);

    std::vector<Node> nodes_;  // 0: none, 1: root of the values, 2: root of the leaves
    std::size_t values_ = 0;
    std::size_t leaves_ = 0;
};

class Tape;

enum class ArrayPart : std::uint8_t { begin, next, end };  // before the first element, behind each element, at the end

// Where leaves go. Plain functions, so that a walk allocates nothing. Each says whether to go on: false ends the walk,
// which then is a success without values.
struct LeafSink {
    void* context = nullptr;
    bool (*take)(void* context, std::size_t leaf, const Value& value) = nullptr;
    // The leaves `below` stand in an array's elements until its end. Null: not told.
    bool (*array)(void* context, ArrayPart part, LeafRange below) = nullptr;
};

enum class RepeatedNames : std::uint8_t { allowed, refused };

// One thread; keeps its buffers from text to text (4 bytes per byte of the largest recent text).
class Walker {
public:
    Walker();
    Walker(Walker&&) noexcept;
    Walker& operator=(Walker&&) noexcept;
    ~Walker();

    // Reads the text's structure: checks that all of it is UTF-8 and that its strings are closed. The view must live
    // until the last walk. Errors: payload_unfit with a sentence.
    Status open(std::string_view text);

    // Fills `values` (as many as paths.values(); missing where nothing is found) and calls `leaves`. Stops when nothing
    // more can be found; checks the grammar of what it walks or passes over up to there.
    // Errors: payload_unfit, json_too_deep, with the byte offset; `values` are then of no use.
    Status walk(const PathSet& paths, std::span<Value> values, const LeafSink& leaves);

    // Checks the grammar of all of the text and, if asked, that no object repeats a name.
    // Errors: payload_unfit, json_too_deep.
    Status check(RepeatedNames names);

    // Reads all values of the text, for queries; checks the grammar of all of it.
    // Errors: payload_unfit, json_too_deep; payload_unfit over `values_max` values.
    Status read(Tape& tape, std::size_t values_max);

private:
    struct Index;
    std::unique_ptr<Index> index_;
    std::string_view text_;
    std::vector<std::uint64_t> seen_;  // for each node of a PathSet: the object in which it was last found
    std::uint64_t object_ = 0;
    bool has_escapes_ = false;
};

}  // namespace outflow::json
