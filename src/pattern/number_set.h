// Numbers as disjoint intervals of exact decimals: a look-up costs the logarithm of their number.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/decimal.h"

namespace outflow::pattern {

struct Bound {
    std::string spelling;       // a JSON number; empty: there is no bound
    bool is_inclusive = false;
};

struct Interval {
    Bound low, high;
};

// Movable only: the decimals are views of the spellings.
class NumberSet {
public:
    NumberSet() = default;
    NumberSet(NumberSet&&) = default;
    NumberSet& operator=(NumberSet&&) = default;
    NumberSet(const NumberSet&) = delete;
    NumberSet& operator=(const NumberSet&) = delete;

    void add(Interval interval) { added_.push_back(std::move(interval)); }
    void seal();  // once, behind the last add

    bool empty() const { return intervals_.empty(); }
    bool contains(const json::Decimal& number) const;

private:
    struct Edge {
        json::Decimal number;
        bool is_there = false;
        bool is_inclusive = false;
    };
    struct Range {
        Edge low, high;
    };
    static bool is_above(const json::Decimal& number, const Edge& low);
    static bool is_below(const json::Decimal& number, const Edge& high);
    static bool starts_before(const Range& left, const Range& right);
    static bool is_empty(const Range& range);
    static void join(Range& range, const Range& next);
    static bool touches(const Range& range, const Range& next);

    std::vector<Interval> added_;  // keeps the spellings
    std::vector<Range> intervals_;
};

}  // namespace outflow::pattern
