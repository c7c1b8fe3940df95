// Matching. A set is Pattern::words_ words with a bit a conjunction. Each scope, the event or an array's element, has
// six:
//
//   holds         nothing seen so far has failed for it. An element starts with those of the scope around the array
//   chosen        it asks for a field that this element has: if it still holds at the end, the element is its choice
//   absent        none of its fields is in this element, and it accepts that they are missing
//   array_asks    it asks for a field below the array; stays as it is
//   array_chosen  one of the elements that have ended was its choice
//   array_absent  it was absent from all elements that have ended
//
//   element ends:  array_chosen |= chosen & holds            array_absent &= absent
//   array ends:    outer holds  &= array_chosen | array_absent
//                  outer chosen |= array_chosen              outer absent &= array_absent
//
// So a conjunction survives an array by one element that satisfies all of its fields there, or by being absent from
// every element. One that asks for nothing below the array is absent everywhere, and survives.
#include <utility>

#include "pattern/pattern.h"

namespace outflow::pattern {

using json::ArrayPart;
using json::LeafAnswer;
using json::LeafRange;
using json::Value;

// `fixed`: the words of a set where they are known, so that the usual single word costs no loop; 0: the pattern's.
template <std::size_t fixed>
class Match {
public:
    using Bits = MatchState::Bits;
    using Scope = MatchState::Scope;

    Match(const Pattern& pattern, MatchState& state) : pattern_(pattern), state_(state) {}

    void start() {
        constexpr std::uint32_t numbers_max = 1u << 31;  // one event has fewer scopes
        if (state_.scope_number > numbers_max || state_.seen.size() != pattern_.fields_.size()) {
            state_.seen.assign(pattern_.fields_.size(), 0);
            state_.scope_number = 0;
        }
        state_.pattern = &pattern_;
        state_.depth = 0;
        state_.open = pattern_.field_counts_;
        state_.is_matched = false;
        push({0, static_cast<std::uint32_t>(pattern_.payload_fields_)});
        copy(now(holds), pattern_.all_.data());
    }

    // Inlined everywhere: it runs for every value that a pattern asks for.
    [[gnu::always_inline]] LeafAnswer take(std::size_t index, const Value& value) {
        Scope& scope = *state_.scope;
        if (state_.seen[index] == scope.number) return LeafAnswer::more;  // in two spellings: the first counts
        state_.seen[index] = scope.number;
        ++scope.seen;
        const Pattern::Field& field = pattern_.fields_[index];
        const Bits* asks = mask(field.mask);
        if (meets(asks, now(holds))) judge(field, value, now(holds));
        if (state_.depth == 1) {
            close(index);
            return verdict();
        }
        add(now(chosen), asks);  // what failed is out of `holds` for good
        drop(now(absent), asks);
        return is_open(now(holds)) ? LeafAnswer::more : LeafAnswer::next_element;
    }

    LeafAnswer array(ArrayPart part, LeafRange below) {
        if (part == ArrayPart::end) return pop();
        if (part == ArrayPart::begin) {
            push(below);
        } else {
            end_element();
            start_element();
        }
        return is_open(outer(holds)) ? LeafAnswer::more : LeafAnswer::next_array;
    }

    // An array outside of the payload, of {"key", "value"}.
    void take_user_properties(LeafRange fields, const event::Event& event) {
        if (event.properties == nullptr || event.properties->user.empty()) {
            for (std::size_t i = fields.first; i < fields.last; ++i) miss(i);
            return;
        }
        array(ArrayPart::begin, fields);
        for (const event::Property& property : event.properties->user) {
            for (std::size_t i = fields.first; i < fields.last; ++i) {
                bool is_key = pattern_.fields_[i].target.member == event::Target::Member::key;
                take(i, {json::Kind::string, false, is_key ? property.name : property.value});
            }
            if (array(ArrayPart::next, fields) == LeafAnswer::next_array) break;
        }
        array(ArrayPart::end, fields);
    }

    // The same, of texts.
    void take_levels(LeafRange field, std::string_view topic) {
        array(ArrayPart::begin, field);
        event::LevelReader levels(topic);
        for (std::string_view level; levels.next(level);) {
            take(field.first, {json::Kind::string, false, level});
            if (array(ArrayPart::next, field) == LeafAnswer::next_array) break;
        }
        array(ArrayPart::end, field);
    }

    // The field has no leaf in the current scope. Behind a field's mask stands the set of those that it may be missing
    // for.
    void miss(std::size_t index) {
        const Bits* allowed = mask(pattern_.fields_[index].mask) + words();
        keep(now(holds), allowed);
        keep(now(absent), allowed);
    }

    void miss_unseen() {
        const Scope& scope = *state_.scope;
        // The event has seen fields outside of its payload too.
        if (state_.depth > 1 && scope.seen == scope.below.last - scope.below.first) return;
        for (std::uint32_t i = scope.below.first; i < scope.below.last; ++i) {
            if (state_.seen[i] != scope.number) miss(i);
        }
    }

    // Of the event, behind its last leaf.
    bool holds_at_end() {
        if (state_.is_matched) return true;
        if (state_.depth > 1) return false;  // the walk was ended inside an array
        miss_unseen();
        return any_left();
    }

    bool any_left() {
        const Bits* held = now(holds);
        for (std::size_t i = 0; i < words(); ++i) {
            if (held[i] != 0) return true;
        }
        return false;
    }

private:
    enum Set : std::size_t { holds, chosen, absent, array_asks, array_chosen, array_absent, sets };

    Bits* now(Set which) { return state_.sets + which * words(); }
    Bits* outer(Set which) { return now(which) - sets * words(); }  // of the scope that the innermost stands in
    const Bits* mask(std::size_t place) const { return pattern_.masks_.data() + place; }
    std::size_t words() const { return fixed != 0 ? fixed : pattern_.words_; }
    void copy(Bits* to, const Bits* from) const {
        for (std::size_t i = 0; i < words(); ++i) to[i] = from[i];
    }
    void fill(Bits* in, Bits word) const {
        for (std::size_t i = 0; i < words(); ++i) in[i] = word;
    }
    void add(Bits* to, const Bits* more) const {
        for (std::size_t i = 0; i < words(); ++i) to[i] |= more[i];
    }
    void drop(Bits* from, const Bits* less) const {
        for (std::size_t i = 0; i < words(); ++i) from[i] &= ~less[i];
    }
    void keep(Bits* in, const Bits* allowed) const {
        for (std::size_t i = 0; i < words(); ++i) in[i] &= allowed[i];
    }
    bool meets(const Bits* left, const Bits* right) const {
        for (std::size_t i = 0; i < words(); ++i) {
            if ((left[i] & right[i]) != 0) return true;
        }
        return false;
    }

    [[gnu::noinline]] void judge(const Pattern::Field& field, const Value& value, Bits* held) {
        const Leaf leaf(value, state_.text);  // made once for the conditions of all conjunctions
        for (const Pattern::Asked& asked : field.asked) {
            const Bits* asks = mask(asked.mask);
            if (meets(asks, held) && !asked.conditions.hold_for(leaf)) drop(held, asks);
        }
    }

    void set_depth(std::size_t depth) {
        state_.depth = depth;
        state_.scope = &state_.scopes[depth - 1];
        state_.sets = state_.bits.data() + (depth - 1) * sets * words();
    }

    void push(LeafRange below) {
        const std::size_t depth = state_.depth + 1;
        if (state_.scopes.size() < depth) state_.scopes.resize(depth + 8);
        if (state_.bits.size() < depth * sets * words()) state_.bits.resize((depth + 8) * sets * words());
        set_depth(depth);
        *state_.scope = {};
        state_.scope->below = below;
        fill(now(array_asks), 0);
        if (depth > 1) {
            for (std::uint32_t i = below.first; i < below.last; ++i)
                add(now(array_asks), mask(pattern_.fields_[i].mask));
        }
        fill(now(array_chosen), 0);
        fill(now(array_absent), ~Bits{0});
        start_element();
    }

    void start_element() {
        state_.scope->number = ++state_.scope_number;
        state_.scope->seen = 0;
        if (state_.depth > 1) copy(now(holds), outer(holds));
        fill(now(chosen), 0);
        fill(now(absent), ~Bits{0});
    }

    void end_element() {
        Scope& scope = *state_.scope;
        scope.had_element = true;
        if (scope.seen == 0 && std::exchange(scope.had_empty, true)) return;  // as the empty element before it
        // What has failed was seen in the element: it is not absent from the array.
        if (!is_open(now(holds))) return drop(now(array_absent), now(array_asks));
        miss_unseen();
        keep(now(chosen), now(holds));
        add(now(array_chosen), now(chosen));
        keep(now(array_absent), now(absent));
    }

    // The innermost array may still choose an element for one of the conjunctions that are `held` and ask for its
    // fields.
    bool is_open(const Bits* held) {
        const Bits* asks = now(array_asks);
        const Bits* found = now(array_chosen);
        for (std::size_t i = 0; i < words(); ++i) {
            if ((asks[i] & held[i] & ~found[i]) != 0) return true;
        }
        return false;
    }

    // The event has shown the field, with what holds of it. A conjunction with all of its fields shown is sure to hold.
    void close(std::size_t index) {
        const Bits* held = now(holds);
        each_conjunction(mask(pattern_.fields_[index].mask), words(), [&](std::size_t each) {
            if (--state_.open[each] == 0 && (held[each / 64] >> each % 64 & 1) != 0) state_.is_matched = true;
        });
    }

    // Of the event so far.
    LeafAnswer verdict() {
        if (state_.is_matched) return LeafAnswer::values;
        return any_left() ? LeafAnswer::more : LeafAnswer::nothing;
    }

    // What the array holds for becomes part of the scope that it stands in.
    LeafAnswer pop() {
        if (!state_.scope->had_element) end_element();  // of nothing: its fields are missing
        const LeafRange below = state_.scope->below;
        add(outer(chosen), now(array_chosen));
        keep(outer(absent), now(array_absent));
        add(now(array_chosen), now(array_absent));
        keep(outer(holds), now(array_chosen));
        set_depth(state_.depth - 1);
        // To the scope around it the fields below are decided now: shown, whatever the elements had, and so not missed
        // again.
        Scope& scope = *state_.scope;
        for (std::uint32_t i = below.first; i < below.last; ++i) {
            if (std::exchange(state_.seen[i], scope.number) == scope.number) continue;
            ++scope.seen;
            if (state_.depth == 1) close(i);
        }
        return state_.depth > 1 ? LeafAnswer::more : verdict();
    }

    const Pattern& pattern_;
    MatchState& state_;
};

void Pattern::add_paths(json::PathSet& paths) const {
    for (std::size_t i = 0; i < payload_fields_; ++i) paths.add_leaf(fields_[i].names);
}

template <std::size_t fixed>
bool Pattern::match_envelope(const event::Event& event, const event::EventContext& context, event::Arena& arena,
                             MatchState& state) const {
    Match<fixed> match(*this, state);
    match.start();
    for (std::size_t i = payload_fields_; i < fields_.size(); ++i) {
        const event::Target& target = fields_[i].target;
        const auto first = static_cast<std::uint32_t>(i);
        if (target.place == event::Place::ordered_user_property) {
            // Names and values of the list stand side by side: an array of objects.
            while (i + 1 < fields_.size() && fields_[i + 1].target.place == target.place) ++i;
            match.take_user_properties({first, static_cast<std::uint32_t>(i) + 1}, event);
        } else if (target.place == event::Place::levels) {
            match.take_levels({first, first + 1}, event.topic);
        } else {
            Value value;
            if (target.place == event::Place::body) {
                value = event::read_body(event, context, arena);
            } else if (json::is_leaf(event::kind_of(target.place))) {
                value = event::read_target(event, context, target, arena);
            }
            value.is_leaf() ? void(match.take(i, value)) : match.miss(i);
        }
        if (!match.any_left()) return false;
    }
    return true;
}

bool Pattern::matches_envelope(const event::Event& event, const event::EventContext& context, event::Arena& arena,
                               MatchState& state) const {
    if (fields_.empty()) return true;
    return words_ == 1 ? match_envelope<1>(event, context, arena, state)
                       : match_envelope<0>(event, context, arena, state);
}

namespace {

template <std::size_t fixed>
json::LeafSink sink_of(MatchState& state) {
    return {&state,
            [](void* context, std::size_t leaf, const Value& value) {
                auto& of = *static_cast<MatchState*>(context);
                return Match<fixed>(*of.pattern, of).take(leaf, value);
            },
            [](void* context, ArrayPart part, LeafRange below) {
                auto& of = *static_cast<MatchState*>(context);
                return Match<fixed>(*of.pattern, of).array(part, below);
            }};
}

}  // namespace

json::LeafSink Pattern::sink(MatchState& state) const { return words_ == 1 ? sink_of<1>(state) : sink_of<0>(state); }

bool Pattern::matches_payload(MatchState& state) const {
    if (fields_.empty()) return true;
    return words_ == 1 ? Match<1>(*this, state).holds_at_end() : Match<0>(*this, state).holds_at_end();
}

Result<bool> match_event(const Pattern& pattern, const event::Event& event, const event::EventContext& context,
                         json::Walker& walker) {
    event::Arena arena;
    MatchState state;
    if (pattern.reads_payload() && context.format == event::DataFormat::text && !json::is_utf8(event.payload)) {
        return failed(ErrorCode::payload_unfit, "The payload is not UTF-8 text.");
    }
    if (!pattern.matches_envelope(event, context, arena, state)) return false;
    if (!pattern.walks_payload()) return true;
    json::PathSet paths;
    pattern.add_paths(paths);
    Status opened = walker.open(event.payload);
    if (!opened) return failed(std::move(opened).error());
    Status walked = walker.walk(paths, {}, pattern.sink(state));
    if (!walked) return failed(std::move(walked).error());
    return pattern.matches_payload(state);
}

Result<bool> match_text(const Pattern& pattern, std::string_view event, json::Walker& walker) {
    std::size_t first = event.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos || event[first] != '{') {
        return failed(ErrorCode::payload_unfit, "An event is a JSON object.");
    }
    event::Event whole;
    whole.payload = event;
    return match_event(pattern, whole, {}, walker);
}

}  // namespace outflow::pattern
