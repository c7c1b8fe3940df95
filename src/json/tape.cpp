#include "json/tape.h"

#include <algorithm>

#include "base/limits.h"

namespace outflow::json {

Status Tape::read(Structure structure, std::size_t values_max) {
    text_ = structure.text();
    entries_.clear();
    names_.clear();
    // A turn of the loop reads one value, and closes the containers that end behind it. Entries know their parent, so
    // that they are the stack, too; an entry's `end`, `place` and `count` are complete when its container is closed.
    Id open = none;  // the innermost container
    std::size_t depth = 0;
    std::string_view name;
    Escapes escapes;
    while (true) {
        const bool is_member = open != none && entries_[open].kind == Kind::object;
        if (is_member && !structure.take_name_and_colon(name, escapes)) return failed(structure.error());
        if (entries_.size() >= values_max) {
            return failed(ErrorCode::payload_unfit, "The payload's JSON has more than " + std::to_string(values_max) +
                                                        " values, too many for a JSONPath query.");
        }
        const Id id = size();
        Entry& entry = entries_.emplace_back();
        entry.parent = open;
        entry.end = id + 1;
        if (is_member) set_name(entry, name, escapes != Escapes::none);
        if (open != none) entry.place = entries_[open].count++;
        const char c = structure.peek();
        bool is_closed = true;
        if (c == '{' || c == '[') {
            if (depth == limits::json_depth_max) {
                structure.fail_depth();
                return failed(structure.error());
            }
            entry.kind = c == '{' ? Kind::object : Kind::array;
            entry.start = static_cast<std::uint32_t>(structure.offset());
            structure.take(c);
            is_closed = structure.take(c == '{' ? '}' : ']');
            if (is_closed) {
                close(id, structure.end_of_last());
            } else {
                open = id;
                ++depth;
            }
        } else {
            Value scalar;
            if (!structure.take_scalar(scalar)) return failed(structure.error());
            entry.kind = scalar.kind;
            entry.escaped = scalar.escaped;
            entry.start = static_cast<std::uint32_t>(scalar.raw.data() - text_.data());
            entry.size = static_cast<std::uint32_t>(scalar.raw.size());
        }
        // Behind a value: close what ends here, then go to the next value, if there is one.
        while (is_closed && open != none) {
            const bool in_object = entries_[open].kind == Kind::object;
            if (structure.take(',')) {
                is_closed = false;
            } else if (structure.take(in_object ? '}' : ']')) {
                close(open, structure.end_of_last());
                open = entries_[open].parent;
                --depth;
            } else {
                structure.fail(in_object ? "`,` or `}`" : "`,` or `]`");
                return failed(structure.error());
            }
        }
        if (open == none) break;
    }
    if (structure.at_end()) return {};
    structure.fail("the end of the text");
    return failed(structure.error());
}

void Tape::read_scalar(const Value& scalar) {
    text_ = scalar.raw;
    entries_.clear();
    if (scalar.kind == Kind::missing) return;
    Entry& entry = entries_.emplace_back();
    entry.kind = scalar.kind;
    entry.escaped = scalar.escaped;
    entry.size = static_cast<std::uint32_t>(scalar.raw.size());
    entry.end = 1;
}

void Tape::shrink(std::size_t size) {
    constexpr std::size_t kept_values = 32 * 1024;
    if (entries_.capacity() > kept_values && size < kept_values) {
        entries_ = {};
        members_ = {};
    }
    if (names_.capacity() > kept_values && size < kept_values) names_ = {};
}

void Tape::set_name(Entry& entry, std::string_view name, bool is_escaped) {
    if (!is_escaped) {
        entry.name_start = static_cast<std::uint32_t>(name.data() - text_.data());
        entry.name_size = static_cast<std::uint32_t>(name.size());
        return;
    }
    const std::size_t start = names_.size();
    names_.resize(start + name.size());
    std::string_view decoded = decode_string(name, names_.data() + start);
    names_.resize(start + decoded.size());
    entry.is_name_decoded = true;
    entry.name_start = static_cast<std::uint32_t>(start);
    entry.name_size = static_cast<std::uint32_t>(decoded.size());
}

void Tape::close(Id id, std::size_t end_offset) {
    Entry& entry = entries_[id];
    entry.end = size();
    entry.size = static_cast<std::uint32_t>(end_offset) - entry.start;
    if (entry.kind == Kind::object && entry.count > 1) mark_repeated(id);
}

// Of a repeated name the first counts. Few members are compared with one another, many are sorted.
void Tape::mark_repeated(Id object) {
    constexpr std::size_t few = 12;
    members_.clear();
    for (Id id = object + 1; id < entries_[object].end; id = entries_[id].end) members_.push_back(id);
    auto mark = [&](Id id) {
        entries_[id].is_repeated = true;
        --entries_[object].count;
    };
    if (members_.size() <= few) {
        for (std::size_t later = 1; later < members_.size(); ++later) {
            auto is_same = [&](Id earlier) {
                return entries_[earlier].name_size == entries_[members_[later]].name_size &&
                       name(earlier) == name(members_[later]);
            };
            auto end = members_.begin() + static_cast<std::ptrdiff_t>(later);
            if (std::find_if(members_.begin(), end, is_same) != end) mark(members_[later]);
        }
        return;
    }
    std::sort(members_.begin(), members_.end(), [this](Id left, Id right) {
        std::string_view l = name(left);
        std::string_view r = name(right);
        if (l.size() != r.size()) return l.size() < r.size();
        const int order = l.compare(r);
        return order != 0 ? order < 0 : left < right;
    });
    for (std::size_t at = 1; at < members_.size(); ++at) {
        if (name(members_[at]) == name(members_[at - 1])) mark(members_[at]);
    }
}

}  // namespace outflow::json
