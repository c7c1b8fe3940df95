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

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/words.h"
#include "json/path.h"
#include "json/value.h"

namespace outflow::json {

// Leaves of a PathSet by number: those at or below one of its nodes, if they were added in the order of their names.
struct LeafRange {
    std::uint32_t first = 0;
    std::uint32_t last = 0;  // behind the last one
};

// What names are compared by; up to 16 bytes it is all of the name.
struct NameKey {
    static constexpr std::size_t whole = 16;

    std::size_t size = 0;
    std::uint64_t head = 0;  // the first eight bytes, zeros behind a shorter name
    std::uint64_t mask = 0;  // of the bytes of head that belong to the name
    std::uint64_t tail = 0;  // the last eight bytes of a longer name

    static NameKey of(std::string_view name);
    // `word` are the eight bytes at the name, which must be readable. True is the answer if the name is not longer than
    // `whole`.
    bool fits(std::string_view name, std::uint64_t word) const {
        return size == name.size() && (word & mask) == head &&
               (size <= sizeof word || load_word(name.data() + size - sizeof word) == tail);
    }
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
        NameKey key;
        std::uint32_t node;

        // In the order that they are kept and searched in: by size, then bytes.
        bool is_before(std::string_view other) const {
            return name.size() != other.size() ? name.size() < other.size() : name < other;
        }
    };
    struct Node {
        std::vector<Child> names;  // sorted
        std::vector<std::pair<std::int64_t, std::uint32_t>> indices;
        std::int32_t end = -1;  // the number of the path that ends here
        bool has_negative = false;
        bool has_grandchildren = false;  // only then a name with dots can lead somewhere
        std::uint64_t sizes = 0;         // of names, a size_bit each: most other names are told apart by it
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

// What a sink still wants: `more`, no leaves of the innermost array's element, none of the innermost array, none at
// all, or nothing, which ends the walk (a success without values).
enum class LeafAnswer : std::uint8_t { more, next_element, next_array, values, nothing };

// Where leaves go. Plain functions, so that a walk allocates nothing.
struct LeafSink {
    void* context = nullptr;
    // Not answered with `next_array`.
    LeafAnswer (*take)(void* context, std::size_t leaf, const Value& value) = nullptr;
    // The leaves `below` stand in an array's elements until its end, which is reported whatever was answered before,
    // unless no leaves are wanted. Not answered with `next_element`. Null: not told.
    LeafAnswer (*array)(void* context, ArrayPart part, LeafRange below) = nullptr;
};

enum class RepeatedNames : std::uint8_t { allowed, refused };

class TokenIndex;

// One thread; keeps its buffers from text to text (4 bytes per byte of the largest recent text).
class Walker {
public:
    Walker();
    Walker(Walker&&) noexcept;
    Walker& operator=(Walker&&) noexcept;
    ~Walker();

    // The view must live until the last walk; nothing of it is read yet, but for a byte order mark. Errors:
    // payload_unfit with a sentence: the text is 2 GiB or larger, or there is not enough memory.
    Status open(std::string_view text);

    // Fills `values` (as many as paths.values(); missing where nothing is found) and calls `leaves`. Stops when nothing
    // more can be found or is wanted; checks the encoding and the grammar of what it walks or passes over up to there.
    // Errors: payload_unfit, json_too_deep, with the byte offset; `values` are then of no use.
    Status walk(const PathSet& paths, std::span<Value> values, const LeafSink& leaves);

    // Checks the encoding and the grammar of all of the text and, if asked, that no object repeats a name.
    // Errors: payload_unfit, json_too_deep.
    Status check(RepeatedNames names);

    // Reads all values of the text, for queries; checks the encoding and the grammar of all of it.
    // Errors: payload_unfit, json_too_deep; payload_unfit over `values_max` values.
    Status read(Tape& tape, std::size_t values_max);

private:
    std::unique_ptr<TokenIndex> index_;
    std::string_view text_;
    std::vector<std::uint64_t> seen_;  // for each node of a PathSet: the object in which it was last found
    std::uint64_t object_ = 0;
};

}  // namespace outflow::json
