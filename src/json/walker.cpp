#include "json/walker.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "base/assert.h"
#include "base/limits.h"
#include "json/structure.h"
#include "json/tape.h"
#include "json/token_index.h"

namespace outflow::json {

namespace {

// `name` has eight readable bytes.
inline bool has_dot(std::string_view name) {
    const std::uint64_t dots = zero_bytes(load_word(name.data()) ^ each_byte * '.');
    if (dots != 0 && static_cast<std::size_t>(std::countr_zero(dots)) / 8 < name.size()) return true;
    return name.size() > sizeof dots && name.find('.', sizeof dots) != std::string_view::npos;
}

}  // namespace

// One walk of one text. `definite` and `leaf` are nodes of the two tries; 0 is the empty node that leads nowhere. The
// walk goes down both tries at once, and passes over a value where both nodes are 0, without looking into it:
//
//   text      {"x":[1,2], "a":{"c":3,"b":4}}      values $.a.b     leaves a.c
//   "x"        0        0                          passed over
//   "a"        a        a                          walked: two names are open, and `c` and `b` close them
//
// A container knows how many of its node's children are still to come (`open`). When none is, its rest cannot matter:
// it is passed over, or, where nothing behind it matters either (`last`), the walk stops and leaves the rest unread.
class Walk {
public:
    Walk(Structure structure, const PathSet& paths, std::span<Value> values, const LeafSink& sink)
        : structure_(structure), paths_(paths), values_(values), sink_(sink) {}

    Status run(std::vector<std::uint64_t>& seen, std::uint64_t& object);

private:
    using NodeId = std::uint32_t;
    struct Name {
        std::string_view text;  // decoded
        bool is_padded;         // eight bytes can be read
    };

    // `last`: behind this value nothing more can be found, so that the walk may stop inside it.
    bool walk_value(NodeId definite, NodeId leaf, std::size_t depth, bool last);
    bool take_scalar(NodeId definite, NodeId leaf);
    void give(NodeId definite, NodeId leaf, const Value& value);
    bool walk_container(NodeId definite, NodeId leaf, std::size_t depth, bool last);
    bool walk_object(NodeId definite, NodeId leaf, std::size_t depth, bool last);
    bool walk_array(NodeId definite, NodeId leaf, std::size_t depth, bool last);
    void hear(LeafAnswer answer);
    LeafAnswer report(ArrayPart part, NodeId leaf);
    bool walk_element(NodeId definite, NodeId leaf, std::size_t depth, std::size_t& open, bool last);
    bool take_name(Name& name);
    bool count_elements(std::size_t depth, std::int64_t& count);
    // The child of that name, if this object has not had it before.
    NodeId find(NodeId node, const Name& name, std::uint64_t object);
    NodeId find_dotted(NodeId node, std::string_view name, std::uint64_t object);
    NodeId child(NodeId node, const Name& name) const;
    static NodeId child_of_many(const PathSet::Node& parent, std::string_view name);

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
    bool leaves_done_ = false;
    bool wants_leaves_ = true;  // here: not if they are done, nor in an element that the sink has heard enough of
};

Status Walk::run(std::vector<std::uint64_t>& seen, std::uint64_t& object) {
    if (seen.size() < paths_.nodes_.size()) seen.resize(paths_.nodes_.size());
    seen_ = seen.data();
    object_ = &object;  // never starts anew, so that what earlier walks left in `seen` is no number of this one
    if (!walk_value(paths_.values() > 0 ? 1 : 0, paths_.leaves() > 0 ? 2 : 0, 0, true))
        return failed(structure_.error());
    if (!stopped_ && !structure_.at_end()) {
        structure_.fail("the end of the text");
        return failed(structure_.error());
    }
    return {};
}

[[gnu::always_inline]] inline bool Walk::take_name(Name& name) {
    Escapes escapes;
    if (!structure_.take_name_and_colon(name.text, escapes)) return false;
    const std::string_view text = structure_.text();
    name.is_padded = escapes == Escapes::none && text.data() + text.size() - name.text.data() >= 8;
    if (escapes != Escapes::none) name.text = string_text({Kind::string, true, name.text}, name_);
    return true;
}

[[gnu::always_inline]] inline Walk::NodeId Walk::child(NodeId node, const Name& name) const {
    const PathSet::Node& parent = paths_.nodes_[node];
    if ((parent.sizes & size_bit(name.text.size())) == 0) return 0;
    constexpr std::size_t few = 8;
    if (parent.names.size() > few || !name.is_padded) return child_of_many(parent, name.text);
    const std::uint64_t word = load_word(name.text.data());
    for (const auto& each : parent.names) {
        if (each.key.fits(name.text, word) && (each.key.size <= NameKey::whole || each.name == name.text))
            return each.node;
    }
    return 0;
}

Walk::NodeId Walk::child_of_many(const PathSet::Node& parent, std::string_view name) {
    const auto& names = parent.names;
    auto place = std::lower_bound(names.begin(), names.end(), name, std::mem_fn(&PathSet::Child::is_before));
    return place == names.end() || place->name != name ? 0 : place->node;
}

[[gnu::always_inline]] inline Walk::NodeId Walk::find(NodeId node, const Name& name, std::uint64_t object) {
    const NodeId found = node == 0 ? 0 : child(node, name);
    if (found == 0 || seen_[found] == object) return 0;
    seen_[found] = object;
    return found;
}

// Inline, and a container in one function: a message has many of them, and each call costs as much as a member.
[[gnu::always_inline]] inline bool Walk::walk_value(NodeId definite, NodeId leaf, std::size_t depth, bool last) {
    const char c = structure_.peek();
    if ((definite | leaf) == 0) return structure_.pass_over(depth);
    return c == '{' || c == '[' ? walk_container(definite, leaf, depth, last) : take_scalar(definite, leaf);
}

bool Walk::take_scalar(NodeId definite, NodeId leaf) {
    Value value;
    if (!structure_.take_scalar(value)) return false;
    give(definite, leaf, value);
    return true;
}

[[gnu::always_inline]] inline void Walk::give(NodeId definite, NodeId leaf, const Value& value) {
    const std::int32_t wanted = paths_.nodes_[definite].end;
    if (wanted >= 0) values_[static_cast<std::size_t>(wanted)] = {value.kind, value.escaped, by_halves(value.raw)};
    const std::int32_t leaf_end = paths_.nodes_[leaf].end;
    if (leaf_end < 0) return;
    const Value given{value.kind, value.escaped, value.raw};  // in memory, so that `value` need not be
    hear(sink_.take(sink_.context, static_cast<std::size_t>(leaf_end), given));
}

inline void Walk::hear(LeafAnswer answer) {
    if (answer == LeafAnswer::more) return;
    wants_leaves_ = false;
    leaves_done_ = answer >= LeafAnswer::values;
    stopped_ = stopped_ || answer == LeafAnswer::nothing || (leaves_done_ && values_.empty());
}

[[gnu::always_inline]] inline bool Walk::walk_object(NodeId definite, NodeId leaf, std::size_t depth, bool last) {
    std::size_t open_values = paths_.nodes_[definite].names.size();
    std::size_t open_leaves = paths_.nodes_[leaf].names.size();
    const auto is_done = [&] { return open_values == 0 && (open_leaves == 0 || !wants_leaves_); };
    if (is_done()) {
        stopped_ = last;
        return last || structure_.pass_over(depth);
    }
    // `"a.b":1` can only be meant by a leaf with names below its child.
    const bool may_be_dotted = paths_.nodes_[leaf].has_grandchildren;
    structure_.take('{');
    if (structure_.take('}')) return true;
    const std::uint64_t object = ++*object_;
    const std::uint64_t sizes = paths_.nodes_[definite].sizes | paths_.nodes_[leaf].sizes;
    while (true) {
        Name name{{}, true};
        Value value;
        // Most members are a plain name and a scalar: read in one step, and most of them are not asked for, which the
        // size of the name alone tells. All else goes the long way below.
        const bool is_taken = structure_.take_usual_member(name.text, value);
        const bool is_told_by_size = is_taken && (sizes & size_bit(name.text.size())) == 0;
        if (is_told_by_size && !(may_be_dotted && has_dot(name.text)) && structure_.take(',')) continue;
        if (!is_taken && !take_name(name)) return false;
        const NodeId definite_child = find(definite, name, object);
        NodeId leaf_child = wants_leaves_ ? find(leaf, name, object) : 0;
        open_values -= definite_child != 0;
        open_leaves -= leaf_child != 0;
        if (may_be_dotted && leaf_child == 0 && wants_leaves_ && !is_done() &&
            (!name.is_padded || has_dot(name.text))) {
            leaf_child = find_dotted(leaf, name.text, object);
        }
        if ((definite_child | leaf_child) == 0) {
            if (!is_taken && !structure_.pass_over(depth + 1)) return false;
        } else {
            if (is_taken) {
                give(definite_child, leaf_child, value);
            } else if (!walk_value(definite_child, leaf_child, depth + 1, last && is_done())) {
                return false;
            }
            if (stopped_) return true;
            if (is_done()) {
                stopped_ = last;
                return last || structure_.pass_rest(depth, true);
            }
        }
        if (structure_.take(',')) continue;
        return structure_.take('}') || structure_.fail("`,` or `}`");
    }
}

[[gnu::always_inline]] inline bool Walk::walk_array(NodeId definite, NodeId leaf, std::size_t depth, bool last) {
    std::size_t open = paths_.nodes_[definite].indices.size();
    // The sink may have had enough of an element (`wants_leaves_`, until the next one), or of the array (`answer`);
    // indices of values go on by themselves. Each begin has its end, unless no leaves are wanted any more.
    LeafAnswer answer = report(ArrayPart::begin, leaf);
    const auto wants_leaves = [&] { return leaf != 0 && wants_leaves_ && answer != LeafAnswer::next_array; };
    if (open == 0 && !wants_leaves()) {
        report(ArrayPart::end, leaf);
        stopped_ = stopped_ || last;
        return stopped_ || structure_.pass_over(depth);
    }
    structure_.take('[');
    std::int64_t elements = 0;
    // [-1] is known only once the elements are counted: the array is passed over twice.
    if (paths_.nodes_[definite].has_negative && !count_elements(depth + 1, elements)) return false;
    if (structure_.take(']')) {
        report(ArrayPart::end, leaf);
        return true;
    }
    const bool has_indices = open != 0;  // without, there are leaves to be found
    for (std::int64_t element = 0;; ++element) {
        element_ = element;
        elements_ = elements;
        // A sink that has to be told the end has the walk go there.
        const bool may_stop = last && (leaf == 0 || !wants_leaves_ || wants_leaves());
        if (!has_indices) {
            if (!walk_value(0, leaf, depth + 1, false)) return false;
        } else if (!walk_element(definite, wants_leaves() ? leaf : 0, depth + 1, open, may_stop)) {
            return false;
        }
        if (stopped_) return true;
        if (leaf != 0) wants_leaves_ = !leaves_done_;
        if (wants_leaves()) answer = report(ArrayPart::next, leaf);
        if (stopped_) return true;
        if (open == 0 && !wants_leaves()) {
            report(ArrayPart::end, leaf);
            stopped_ = stopped_ || last;
            return stopped_ || structure_.pass_rest(depth, false);
        }
        if (structure_.take(',')) continue;
        if (!structure_.take(']')) return structure_.fail("`,` or `]`");
        report(ArrayPart::end, leaf);
        return true;
    }
}

bool Walk::walk_container(NodeId definite, NodeId leaf, std::size_t depth, bool last) {
    if (depth == limits::json_depth_max) return structure_.fail_depth();
    const std::int32_t wanted = paths_.nodes_[definite].end;
    const std::size_t start = structure_.offset();
    const bool is_object = structure_.peek() == '{';
    const bool stops_inside = last && wanted < 0;
    const bool good =
        is_object ? walk_object(definite, leaf, depth, stops_inside) : walk_array(definite, leaf, depth, stops_inside);
    if (!good) return false;
    if (wanted >= 0 && !stopped_) {  // when it has stopped inside, its end was not seen
        Value& value = values_[static_cast<std::size_t>(wanted)];
        value.kind = is_object ? Kind::object : Kind::array;
        value.escaped = false;
        value.raw = structure_.text().substr(start, structure_.end_of_last() - start);
    }
    return true;
}

LeafAnswer Walk::report(ArrayPart part, NodeId leaf) {
    if (leaf == 0 || leaves_done_ || sink_.array == nullptr) return LeafAnswer::more;
    const LeafAnswer answer = sink_.array(sink_.context, part, paths_.nodes_[leaf].leaves);
    if (answer >= LeafAnswer::values) hear(answer);
    return answer;
}

// An element may have two indices, [0] and [-3]: then it is walked once for each.
bool Walk::walk_element(NodeId definite, NodeId leaf, std::size_t depth, std::size_t& open, bool last) {
    NodeId first = 0;
    const Structure::Position start = structure_.position();
    const std::int64_t element = element_;  // arrays in this one change the members
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
    const Structure::Position start = structure_.position();
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

// Names before the last dot are passed through without being marked as seen: `"a.b"` and `"a.c"` in one object are two
// fields.
Walk::NodeId Walk::find_dotted(NodeId node, std::string_view name, std::uint64_t object) {
    std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) return 0;
    while (dot != std::string_view::npos && node != 0) {
        const std::string_view first = name.substr(0, dot);
        node = child(node, {first, false});
        name.remove_prefix(dot + 1);
        dot = name.find('.');
    }
    return node == 0 ? 0 : find(node, {name, false}, object);
}

Walker::Walker() : index_(std::make_unique<TokenIndex>()) {}
Walker::Walker(Walker&&) noexcept = default;
Walker& Walker::operator=(Walker&&) noexcept = default;
Walker::~Walker() = default;

Status Walker::open(std::string_view text) {
    const bool is_too_large = text.size() >= UINT32_MAX / 2;
    text_ = is_too_large ? std::string_view() : without_byte_order_mark(text);
    const bool is_open = index_->open(text_);
    if (is_too_large) return failed(ErrorCode::payload_unfit, "The payload is too large for JSON.");
    if (!is_open) return failed(ErrorCode::payload_unfit, "Not enough memory for the payload's JSON.");
    return {};
}

Status Walker::walk(const PathSet& paths, std::span<Value> values, const LeafSink& leaves) {
    OUTFLOW_ASSERT(index_->offsets() != nullptr);
    OUTFLOW_ASSERT(values.size() >= paths.values() && (leaves.take != nullptr || paths.leaves() == 0));
    std::fill(values.begin(), values.end(), Value{});
    return Walk(Structure(text_, *index_), paths, values, leaves).run(seen_, object_);
}

Status Walker::check(RepeatedNames names) {
    OUTFLOW_ASSERT(index_->offsets() != nullptr);
    Status good = check_grammar(Structure(text_, *index_));
    return good && names == RepeatedNames::refused ? check_names(Structure(text_, *index_)) : good;
}

Status Walker::read(Tape& tape, std::size_t values_max) {
    OUTFLOW_ASSERT(index_->offsets() != nullptr);
    return tape.read(Structure(text_, *index_), values_max);
}

}  // namespace outflow::json
