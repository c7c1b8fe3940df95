#include "json/walker.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "base/limits.h"
#include "json/structure.h"
#include "json/tape.h"

namespace outflow::json {

// What simdjson's first stage needs and leaves. Its kernel is chosen at run time.
struct Walker::Index {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
    std::size_t capacity = 0;

    bool reserve(std::size_t size);
    Structure structure(std::string_view text, bool has_escapes) const {
        return {text, parser->structural_indexes.get(), parser->n_structural_indexes, has_escapes};
    }
};

// One walk of one text. `definite` and `leaf` are nodes of the two tries; 0 is the empty node that leads nowhere.
class Walk {
public:
    Walk(Structure structure, const PathSet& paths, std::span<Value> values, const LeafSink& sink)
        : structure_(structure), paths_(paths), values_(values), sink_(sink) {}

    Status run(std::vector<std::uint64_t>& seen, std::uint64_t& object);

private:
    using NodeId = std::uint32_t;

    // `last`: behind this value nothing more can be found, so that the walk may stop inside it.
    bool walk_value(NodeId definite, NodeId leaf, std::size_t depth, bool last);
    bool walk_object(NodeId definite, NodeId leaf, std::size_t depth, bool last);
    bool walk_array(NodeId definite, NodeId leaf, std::size_t depth, bool last);
    bool tell(ArrayPart part, NodeId leaf);
    bool walk_element(NodeId definite, NodeId leaf, std::size_t depth, std::size_t& open, bool last);
    bool take_name(std::string_view& name);
    bool count_elements(std::size_t depth, std::int64_t& count);
    // The child of that name, if this object has not had it before.
    NodeId find(NodeId node, std::string_view name, std::uint64_t object);
    NodeId find_dotted(NodeId node, std::string_view name, std::uint64_t object);
    NodeId child(NodeId node, std::string_view name) const;

    Structure structure_;
    const PathSet& paths_;
    std::span<Value> values_;
    const LeafSink& sink_;
    std::uint64_t* seen_ = nullptr;
    std::uint64_t* object_ = nullptr;
    std::int64_t element_ = 0;  // of the array that walk_element looks at
    std::int64_t elements_ = 0;
    std::string name_;  // with its escapes decoded
    bool stopped_ = false;
};

Status Walk::run(std::vector<std::uint64_t>& seen, std::uint64_t& object) {
    if (seen.size() < paths_.nodes_.size()) seen.resize(paths_.nodes_.size());
    seen_ = seen.data();
    object_ = &object;
    if (!walk_value(1, 2, 0, true)) return failed(structure_.error());
    if (!stopped_ && !structure_.at_end()) {
        structure_.fail("the end of the text");
        return failed(structure_.error());
    }
    return {};
}

bool Walk::walk_value(NodeId definite, NodeId leaf, std::size_t depth, bool last) {
    char c = structure_.peek();
    bool is_scalar = c != '{' && c != '[';
    if ((definite | leaf) == 0) {
        Value value;
        return is_scalar ? structure_.take_scalar(value) : structure_.pass_over(depth);
    }
    std::int32_t wanted = paths_.nodes_[definite].end;
    if (is_scalar) {
        Value value;
        if (!structure_.take_scalar(value)) return false;
        if (wanted >= 0) values_[static_cast<std::size_t>(wanted)] = value;
        std::int32_t leaf_end = paths_.nodes_[leaf].end;
        if (leaf_end >= 0 && !sink_.take(sink_.context, static_cast<std::size_t>(leaf_end), value)) stopped_ = true;
        return true;
    }
    if (depth == limits::json_depth_max) return structure_.fail_depth();
    std::size_t start = structure_.offset();
    bool stops_inside = last && wanted < 0;
    bool good = c == '{' ? walk_object(definite, leaf, depth, stops_inside)
                         : walk_array(definite, leaf, depth, stops_inside);
    if (!good) return false;
    if (wanted >= 0) {
        Value& value = values_[static_cast<std::size_t>(wanted)];
        value.kind = c == '{' ? Kind::object : Kind::array;
        value.escaped = false;
        value.raw = structure_.text().substr(start, structure_.end_of_last() - start);
    }
    return true;
}

bool Walk::walk_object(NodeId definite, NodeId leaf, std::size_t depth, bool last) {
    std::size_t open = paths_.nodes_[definite].names.size() + paths_.nodes_[leaf].names.size();
    if (open == 0) {
        stopped_ = last;
        return last || structure_.pass_over(depth);
    }
    structure_.take('{');
    if (structure_.take('}')) return true;
    std::uint64_t object = ++*object_;
    while (true) {
        std::string_view name;
        if (!take_name(name)) return false;
        NodeId definite_child = open == 0 ? 0 : find(definite, name, object);
        NodeId leaf_child = open == 0 ? 0 : find(leaf, name, object);
        if (definite_child != 0) --open;
        if (leaf_child != 0) --open;
        if (leaf_child == 0 && open != 0 && paths_.nodes_[leaf].has_grandchildren) {
            leaf_child = find_dotted(leaf, name, object);
        }
        bool child_is_last = last && open == 0;
        if (!walk_value(definite_child, leaf_child, depth + 1, child_is_last)) return false;
        stopped_ = stopped_ || child_is_last;
        if (stopped_) return true;
        if (structure_.take(',')) continue;
        return structure_.take('}') || structure_.fail("`,` or `}`");
    }
}

bool Walk::walk_array(NodeId definite, NodeId leaf, std::size_t depth, bool last) {
    std::size_t open = paths_.nodes_[definite].indices.size();
    if (open == 0 && leaf == 0) {
        stopped_ = last;
        return last || structure_.pass_over(depth);
    }
    structure_.take('[');
    std::int64_t elements = 0;
    if (paths_.nodes_[definite].has_negative && !count_elements(depth + 1, elements)) return false;
    tell(ArrayPart::begin, leaf);
    if (structure_.take(']')) return tell(ArrayPart::end, leaf);
    for (std::int64_t element = 0;; ++element) {
        element_ = element;
        elements_ = elements;
        if (!walk_element(definite, leaf, depth + 1, open, last)) return false;
        if (stopped_) return true;
        tell(ArrayPart::next, leaf);
        if (stopped_) return true;
        if (structure_.take(',')) continue;
        if (!structure_.take(']')) return structure_.fail("`,` or `]`");
        return tell(ArrayPart::end, leaf);
    }
}

// True, so that the walk can return it; the sink may stop the walk.
bool Walk::tell(ArrayPart part, NodeId leaf) {
    if (leaf == 0 || sink_.array == nullptr) return true;
    if (!sink_.array(sink_.context, part, paths_.nodes_[leaf].leaves)) stopped_ = true;
    return true;
}

// An element may have two indices, [0] and [-3]: then it is walked once for each.
bool Walk::walk_element(NodeId definite, NodeId leaf, std::size_t depth, std::size_t& open, bool last) {
    NodeId first = 0;
    std::size_t start = structure_.position();
    const std::int64_t element = element_;
    const std::int64_t elements = elements_;
    for (const auto& [index, child] : paths_.nodes_[definite].indices) {
        if (index != element && (index >= 0 || index + elements != element)) continue;
        --open;
        if (first != 0) {
            if (!walk_value(first, 0, depth, false)) return false;
            structure_.move_to(start);
        }
        first = child;
    }
    bool element_is_last = last && leaf == 0 && open == 0;
    if (!walk_value(first, leaf, depth, element_is_last)) return false;
    stopped_ = stopped_ || element_is_last;
    return true;
}

bool Walk::count_elements(std::size_t depth, std::int64_t& count) {
    std::size_t start = structure_.position();
    count = 0;
    if (structure_.peek() != ']') {
        do {
            if (!structure_.pass_over(depth)) return false;
            ++count;
        } while (structure_.take(','));
    }
    structure_.move_to(start);
    return true;
}

bool Walk::take_name(std::string_view& name) {
    Value value;
    if (structure_.peek() != '"') return structure_.fail("a name in quotes");
    if (!structure_.take_string(value)) return false;
    name = string_text(value, name_);
    return structure_.take(':') || structure_.fail("`:`");
}

Walk::NodeId Walk::child(NodeId node, std::string_view name) const {
    const auto& names = paths_.nodes_[node].names;
    constexpr std::size_t few = 8;
    if (names.size() <= few) {
        if (names.empty()) return 0;
        const std::uint64_t head = PathSet::head_of(name);
        for (const auto& each : names) {
            if (each.head != head || each.name.size() != name.size()) continue;
            constexpr std::size_t compared = sizeof head;
            if (name.size() <= compared) return each.node;
            if (std::memcmp(each.name.data() + compared, name.data() + compared, name.size() - compared) == 0) return each.node;
        }
        return 0;
    }
    auto place = std::lower_bound(names.begin(), names.end(), name, [](const auto& each, std::string_view other) {
        return each.name.size() != other.size() ? each.name.size() < other.size() : each.name < other;
    });
    return place == names.end() || place->name != name ? 0 : place->node;
}

Walk::NodeId Walk::find(NodeId node, std::string_view name, std::uint64_t object) {
    NodeId found = node == 0 ? 0 : child(node, name);
    if (found == 0 || seen_[found] == object) return 0;
    seen_[found] = object;
    return found;
}

Walk::NodeId Walk::find_dotted(NodeId node, std::string_view name, std::uint64_t object) {
    std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) return 0;
    while (dot != std::string_view::npos && node != 0) {
        node = child(node, name.substr(0, dot));
        name.remove_prefix(dot + 1);
        dot = name.find('.');
    }
    return node == 0 ? 0 : find(node, name, object);
}

Walker::Walker() : index_(std::make_unique<Index>()) {}
Walker::Walker(Walker&&) noexcept = default;
Walker& Walker::operator=(Walker&&) noexcept = default;
Walker::~Walker() = default;

bool Walker::Index::reserve(std::size_t size) {
    constexpr std::size_t usual_bytes = 16 * 1024;
    constexpr std::size_t kept_bytes = 1024 * 1024;  // above it the index is given back when it is no longer needed
    bool shrinks = capacity > kept_bytes && size <= kept_bytes / 4;
    if (size <= capacity && !shrinks) return true;
    capacity = std::max(size, size <= usual_bytes ? usual_bytes : size + size / 2);
    simdjson::error_code error = simdjson::SUCCESS;
    if (parser == nullptr) {
        error = simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, parser);
    } else {
        error = parser->set_capacity(capacity);
    }
    if (error != simdjson::SUCCESS) {
        parser.reset();
        capacity = 0;
    }
    return error == simdjson::SUCCESS;
}

Status Walker::open(std::string_view text) {
    text_ = text;
    if (text.size() >= UINT32_MAX / 2) return failed(ErrorCode::payload_unfit, "The payload is too large for JSON.");
    if (!index_->reserve(text.size())) return failed(ErrorCode::payload_unfit, "Not enough memory for the payload's JSON.");
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    simdjson::error_code error = text.empty() ? simdjson::EMPTY
                                              : index_->parser->stage1(bytes, text.size(), simdjson::stage1_mode::regular);
    if (error == simdjson::SUCCESS) {
        has_escapes_ = std::memchr(text.data(), '\\', text.size()) != nullptr;
        return {};
    }
    text_ = {};
    std::string what = "its structure is broken";
    if (error == simdjson::EMPTY) what = "it is empty";
    if (error == simdjson::UTF8_ERROR) what = "it is not UTF-8";
    if (error == simdjson::UNCLOSED_STRING) what = "a string is not closed";
    if (error == simdjson::UNESCAPED_CHARS) what = "a string holds a control character";
    return failed(ErrorCode::payload_unfit, "The payload is not valid JSON: " + what + ".");
}

Status Walker::walk(const PathSet& paths, std::span<Value> values, const LeafSink& leaves) {
    OUTFLOW_ASSERT(values.size() >= paths.values() && (leaves.take != nullptr || paths.leaves() == 0));
    OUTFLOW_ASSERT(!text_.empty());
    std::fill(values.begin(), values.end(), Value{});
    return Walk(index_->structure(text_, has_escapes_), paths, values, leaves).run(seen_, object_);
}

Status Walker::check(RepeatedNames names) {
    OUTFLOW_ASSERT(!text_.empty());
    Structure structure = index_->structure(text_, has_escapes_);
    Status good = check_grammar(structure);
    return good && names == RepeatedNames::refused ? check_names(structure) : good;
}

Status Walker::read(Tape& tape, std::size_t values_max) {
    OUTFLOW_ASSERT(!text_.empty());
    return tape.read(index_->structure(text_, has_escapes_), values_max);
}

}  // namespace outflow::json
