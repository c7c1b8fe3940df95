#include "pattern/number_set.h"

#include <algorithm>
#include <limits>

namespace outflow::pattern {

using json::compare;
using json::Decimal;

namespace {

// Further from zero than every number.
Decimal infinity(bool negative) { return {negative, std::numeric_limits<std::int64_t>::max(), 1, {}}; }

}  // namespace

NumberSet::Edge NumberSet::low_edge(const Bound& bound) {
    if (bound.spelling.empty()) return {infinity(true), false};
    return {json::parse_decimal(bound.spelling), !bound.is_inclusive};
}

NumberSet::Edge NumberSet::high_edge(const Bound& bound) {
    if (bound.spelling.empty()) return {infinity(false), true};
    return {json::parse_decimal(bound.spelling), bound.is_inclusive};
}

bool NumberSet::is_less(const Edge& left, const Edge& right) {
    const auto order = compare(left.number, right.number);
    return order < 0 || (order == 0 && !left.is_above_it && right.is_above_it);
}

void NumberSet::seal() {
    std::vector<Range> ranges;
    for (const Interval& interval : added_) {
        const Range range{low_edge(interval.low), high_edge(interval.high)};
        if (is_less(range.low, range.high)) ranges.push_back(range);
    }
    std::sort(ranges.begin(), ranges.end(), [](const Range& l, const Range& r) { return is_less(l.low, r.low); });
    for (const Range& range : ranges) {
        if (ranges_.empty() || is_less(ranges_.back().high, range.low)) {
            ranges_.push_back(range);
        } else if (is_less(ranges_.back().high, range.high)) {
            ranges_.back().high = range.high;
        }
    }
}

bool NumberSet::is_in_any(const Decimal& number) const {
    // Behind the last that starts below the number.
    const auto behind = std::partition_point(ranges_.begin(), ranges_.end(),
                                             [&](const Range& range) { return is_above(number, range.low); });
    return behind != ranges_.begin() && !is_above(number, (behind - 1)->high);
}

}  // namespace outflow::pattern
