#include "pattern/number_set.h"

#include <algorithm>

namespace outflow::pattern {

using json::compare;
using json::Decimal;

bool NumberSet::is_above(const Decimal& number, const Edge& low) {
    if (!low.is_there) return true;
    auto order = compare(number, low.number);
    return order > 0 || (order == 0 && low.is_inclusive);
}

bool NumberSet::is_below(const Decimal& number, const Edge& high) {
    if (!high.is_there) return true;
    auto order = compare(number, high.number);
    return order < 0 || (order == 0 && high.is_inclusive);
}

bool NumberSet::starts_before(const Range& left, const Range& right) {
    if (!left.low.is_there || !right.low.is_there) return !left.low.is_there && right.low.is_there;
    auto order = compare(left.low.number, right.low.number);
    return order < 0 || (order == 0 && left.low.is_inclusive && !right.low.is_inclusive);
}

bool NumberSet::is_empty(const Range& range) {
    if (!range.low.is_there || !range.high.is_there) return false;
    auto order = compare(range.low.number, range.high.number);
    return order > 0 || (order == 0 && !(range.low.is_inclusive && range.high.is_inclusive));
}

// `next` does not start before `range`.
bool NumberSet::touches(const Range& range, const Range& next) {
    if (!range.high.is_there || !next.low.is_there) return true;
    auto order = compare(next.low.number, range.high.number);
    return order < 0 || (order == 0 && (next.low.is_inclusive || range.high.is_inclusive));
}

void NumberSet::join(Range& range, const Range& next) {
    if (!range.high.is_there) return;
    if (!next.high.is_there) {
        range.high = next.high;
        return;
    }
    auto order = compare(next.high.number, range.high.number);
    if (order > 0 || (order == 0 && next.high.is_inclusive)) range.high = next.high;
}

void NumberSet::seal() {
    std::vector<Range> ranges;
    auto edge = [](const Bound& bound) {
        bool is_there = !bound.spelling.empty();
        return Edge{is_there ? json::parse_decimal(bound.spelling) : Decimal{}, is_there, bound.is_inclusive};
    };
    for (const Interval& interval : added_) {
        Range range{edge(interval.low), edge(interval.high)};
        if (!is_empty(range)) ranges.push_back(range);
    }
    std::sort(ranges.begin(), ranges.end(), starts_before);
    for (const Range& range : ranges) {
        if (!intervals_.empty() && touches(intervals_.back(), range)) {
            join(intervals_.back(), range);
        } else {
            intervals_.push_back(range);
        }
    }
}

bool NumberSet::contains(const Decimal& number) const {
    if (intervals_.size() == 1) return is_above(number, intervals_[0].low) && is_below(number, intervals_[0].high);
    // The last that starts at or before the number.
    auto behind = std::partition_point(intervals_.begin(), intervals_.end(),
                                       [&](const Range& range) { return is_above(number, range.low); });
    return behind != intervals_.begin() && is_below(number, (behind - 1)->high);
}

}  // namespace outflow::pattern
