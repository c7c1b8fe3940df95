#include "pattern/alibaba/selection.h"

#include <algorithm>
#include <map>

#include "json/elements.h"

namespace outflow::pattern {

using json::ElementReader;
using json::Kind;
using json::Value;

namespace {

std::int64_t count_elements(const Value& array) {
    std::int64_t count = 0;
    ElementReader reader(array);
    for (Value element; reader.next(element);) ++count;
    return count;
}

// Whether the element with that index belongs to the slice. With both ends there the library counts from start up to
// end, whatever their signs, and takes each negative number from the array's end.
bool is_in_slice(const AlibabaStep& slice, std::int64_t index, std::int64_t size) {
    if (!slice.end) return index >= (*slice.start < 0 ? size + *slice.start : *slice.start);
    if (!slice.start) return index < (*slice.end < 0 ? size + *slice.end : *slice.end);
    auto is_counted = [&](std::int64_t number) { return number >= *slice.start && number < *slice.end; };
    return is_counted(index) || is_counted(index - size);
}

bool is_wanted(const AlibabaStep& step, std::int64_t index, std::int64_t size) {
    if (step.kind == AlibabaStep::Kind::slice) return is_in_slice(step, index, size);
    const auto& indices = step.indices;
    auto has = [&indices](std::int64_t number) { return std::binary_search(indices.begin(), indices.end(), number); };
    return has(index) || has(index - size);
}

}  // namespace

bool is_named(const Value& name, std::string_view wanted, std::string& scratch) {
    return json::string_text(name, scratch) == wanted;
}

bool AlibabaSelection::select(const Value& from, bool is_member, const Sink& sink) {
    sink_ = sink;
    is_missing_ = false;
    has_taken_ = false;
    follow(0, from, is_member);
    return path_.is_definite() ? has_taken_ : !is_missing_;
}

void AlibabaSelection::follow(std::size_t step, const Value& value, bool is_member) {
    if (is_missing_ || has_given_up()) return;
    if (step == path_.steps.size()) {
        has_taken_ = true;
        return sink_.take(sink_.context, value, is_member);
    }
    switch (path_.steps[step].kind) {
    case AlibabaStep::Kind::names: return follow_names(step, value);
    case AlibabaStep::Kind::wildcard: return follow_everything(step, value);
    case AlibabaStep::Kind::indices:
    case AlibabaStep::Kind::slice: return follow_elements(step, value);
    case AlibabaStep::Kind::scan: return scan(step, value);
    }
}

// A step leads nowhere: as long as it was the only way, the whole path does not.
void AlibabaSelection::miss(std::size_t step) {
    if (step <= path_.definite_steps) is_missing_ = true;
}

void AlibabaSelection::follow_names(std::size_t at, const Value& value) {
    const std::vector<std::string>& names = path_.steps[at].names;
    const bool is_last = at + 1 == path_.steps.size();
    if (value.kind != Kind::object) return miss(at);
    if (names.size() > 1 && is_last) return follow(at + 1, Value{Kind::object, false, "{}"}, true);
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0 && names[i] == names[i - 1]) continue;
        const Value member = find_last(value, names[i]);
        if (member.kind != Kind::missing) {
            follow(at + 1, member, true);
        } else if (names.size() == 1 && !is_last) {
            miss(at);
        }
    }
}

void AlibabaSelection::follow_everything(std::size_t at, const Value& value) {
    if (value.kind == Kind::object) {
        for_each_member(value, [&](const Value& member) { follow(at + 1, member, true); });
    } else if (value.kind == Kind::array && may_open(value)) {
        ElementReader reader(value);
        for (Value element; reader.next(element);) follow(at + 1, element, false);
    }
}

void AlibabaSelection::follow_elements(std::size_t at, const Value& value) {
    if (value.kind != Kind::array) return miss(at);
    if (!may_open(value)) return;
    const std::int64_t size = count_elements(value);
    std::int64_t index = 0;
    ElementReader reader(value);
    for (Value element; reader.next(element); ++index) {
        if (is_wanted(path_.steps[at], index, size)) follow(at + 1, element, false);
    }
}

// Goes through `value` and all containers in it. Where the next step can be taken it is; in an array, if more steps
// follow, the library takes all elements instead, whatever the next step says.
void AlibabaSelection::scan(std::size_t at, const Value& value) {
    if (value.kind != Kind::object && value.kind != Kind::array) return;
    if (has_given_up()) return;
    const bool is_last = at + 2 == path_.steps.size();
    if (is_scanned_for(path_.steps[at + 1], is_last, value)) {
        if (value.kind == Kind::object || is_last) {
            follow(at + 1, value, true);
        } else if (may_open(value)) {
            ElementReader reader(value);
            for (Value element; reader.next(element);) follow(at + 2, element, false);
        }
    }
    if (value.kind == Kind::object) return for_each_member(value, [&](const Value& member) { scan(at, member); });
    if (!may_open(value)) return;
    ElementReader reader(value);
    for (Value element; reader.next(element);) scan(at, element);
}

bool AlibabaSelection::is_scanned_for(const AlibabaStep& step, bool is_last, const Value& value) {
    if (step.kind == AlibabaStep::Kind::wildcard) return true;
    if (step.kind != AlibabaStep::Kind::names) return value.kind == Kind::array;
    if (value.kind != Kind::object) return false;
    if (step.names.size() > 1 && !is_last) return true;
    return std::all_of(step.names.begin(), step.names.end(),
                       [&](const std::string& name) { return find_last(value, name).kind != Kind::missing; });
}

bool AlibabaSelection::may_open(const Value& container) {
    cost_ += container.raw.size();
    return !has_given_up();
}

Value AlibabaSelection::find_last(const Value& object, std::string_view name) {
    Value found;
    if (!may_open(object)) return found;
    ElementReader reader(object);
    for (Value key, value; reader.next(key, value);) {
        if (is_named(key, name, name_)) found = value;
    }
    return found;
}

template <class Visit>
void AlibabaSelection::for_each_member(const Value& object, Visit visit) {
    if (!may_open(object)) return;
    ElementReader reader(object);
    if (!names_repeat_) {
        for (Value key, value; reader.next(key, value);) visit(value);
        return;
    }
    std::map<std::string, Value, std::less<>> last;
    for (Value key, value; reader.next(key, value);) last[std::string(json::string_text(key, name_))] = value;
    for (const auto& [name, value] : last) visit(value);
}

}  // namespace outflow::pattern
