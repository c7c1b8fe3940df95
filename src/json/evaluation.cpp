#include "json/evaluation.h"

#include <algorithm>

namespace outflow::json {

bool Evaluation::stop(std::string fault) {
    if (fault_.empty()) fault_ = std::move(fault);
    steps_left_ = 0;
    return false;
}

bool Evaluation::spend(std::size_t steps) {
    if (steps < steps_left_) {
        steps_left_ -= steps;
        return true;
    }
    return stop("it takes too many steps");
}

bool Evaluation::visit(Tape::Id node, std::span<const Segment> segments, Found& found) {
    if (segments.empty()) {
        if (found.count == 0) found.first = node;
        if (found.nodes != nullptr) found.nodes->push_back(node);
        return ++found.count < found.stop_at;
    }
    if (!segments.front().descends) return visit_children(node, segments, found);
    // All values inside stand behind one another, parents first: the order that the RFC wants.
    const Tape::Id end = tape_[node].end;
    for (Tape::Id id = node; id < end;) {
        if (!spend(1)) return false;
        if (tape_[id].is_repeated && id != node) {
            id = tape_[id].end;
            continue;
        }
        if (!visit_children(id, segments, found)) return false;
        ++id;
    }
    return true;
}

bool Evaluation::visit_children(Tape::Id node, std::span<const Segment> segments, Found& found) {
    const Kind kind = tape_[node].kind;
    if (kind != Kind::object && kind != Kind::array) return true;
    const std::span<const Segment> rest = segments.subspan(1);
    for (const Selector& selector : segments.front().selectors) {
        if (!spend(1)) return false;
        Tape::Id child = Tape::none;
        switch (selector.kind) {
        case Selector::Kind::name:
            if (kind == Kind::object) child = find_name(node, selector.name);
            break;
        case Selector::Kind::index:
            if (kind == Kind::array) child = find_index(node, selector.index);
            break;
        case Selector::Kind::wildcard:
        case Selector::Kind::filter:
            if (!visit_each(node, selector.filter.get(), rest, found)) return false;
            break;
        case Selector::Kind::slice:
            if (kind == Kind::array && !visit_slice(node, selector.slice, rest, found)) return false;
            break;
        }
        if (child != Tape::none && !visit(child, rest, found)) return false;
    }
    return true;
}

bool Evaluation::visit_each(Tape::Id node, const Expression* filter, std::span<const Segment> rest, Found& found) {
    const Tape::Id end = tape_[node].end;
    for (Tape::Id child = node + 1; child < end; child = tape_[child].end) {
        if (!spend(1)) return false;
        if (tape_[child].is_repeated) continue;
        if (filter != nullptr && !holds(*filter, child)) continue;
        if (!visit(child, rest, found)) return false;
    }
    return true;
}

// RFC 9535, section 2.3.4.2.2.
bool Evaluation::visit_slice(Tape::Id array, const Slice& slice, std::span<const Segment> rest, Found& found) {
    const std::int64_t count = tape_[array].count;
    const std::int64_t step = slice.step;
    if (step == 0 || count == 0) return true;
    auto from_start = [count](std::int64_t index) { return index >= 0 ? index : count + index; };
    // The elements from `low` to below `high`.
    std::int64_t low = 0;
    std::int64_t high = count;
    if (step > 0) {
        if (slice.start) low = std::clamp<std::int64_t>(from_start(*slice.start), 0, count);
        if (slice.end) high = std::clamp<std::int64_t>(from_start(*slice.end), 0, count);
    } else {
        if (slice.start) high = std::clamp<std::int64_t>(from_start(*slice.start), -1, count - 1) + 1;
        if (slice.end) low = std::clamp<std::int64_t>(from_start(*slice.end), -1, count - 1) + 1;
    }
    if (low >= high) return true;
    const std::size_t base = scratch_.pile.size();
    const std::int64_t first = step > 0 ? low : high - 1;
    Tape::Id child = find_index(array, low);
    for (std::int64_t at = low; child != Tape::none && at < high; ++at, child = tape_[child].end) {
        if (!spend(1)) return false;
        if ((at - first) % step != 0) continue;
        if (step < 0) {
            scratch_.pile.push_back(child);
        } else if (!visit(child, rest, found)) {
            return false;
        }
    }
    bool goes_on = true;
    for (std::size_t at = scratch_.pile.size(); goes_on && at > base; --at) {
        goes_on = visit(scratch_.pile[at - 1], rest, found);
    }
    scratch_.pile.resize(base);
    return goes_on;
}

Tape::Id Evaluation::find_name(Tape::Id object, std::string_view name) {
    const Tape::Id end = tape_[object].end;
    std::size_t looked_at = 0;
    Tape::Id found = Tape::none;
    for (Tape::Id child = object + 1; child < end; child = tape_[child].end) {
        ++looked_at;
        if (tape_[child].name_size != name.size() || tape_.name(child) != name) continue;
        found = child;  // the first: repeated ones stand behind it
        break;
    }
    return spend(looked_at) ? found : Tape::none;
}

Tape::Id Evaluation::find_index(Tape::Id array, std::int64_t index) {
    const Tape::Entry& entry = tape_[array];
    if (index < 0) index += entry.count;
    if (index < 0 || index >= static_cast<std::int64_t>(entry.count)) return Tape::none;
    const auto wanted = static_cast<std::uint32_t>(index);
    const bool is_flat = entry.end - array - 1 == entry.count;  // nothing in it has children
    if (is_flat) return array + 1 + wanted;
    Tape::Id child = array + 1;
    for (std::uint32_t at = 0; at < wanted; ++at) child = tape_[child].end;
    return spend(wanted) ? child : Tape::none;
}

}  // namespace outflow::json
