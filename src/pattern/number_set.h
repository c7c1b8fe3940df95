// Numbers as disjoint intervals of exact decimals: a lookup costs the logarithm of their number.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/decimal.h"

namespace outflow::pattern {

struct Bound {
    std::string spelling;  // a JSON number; empty: there is no bound
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

    bool empty() const { return ranges_.empty(); }
    bool contains(const json::Decimal& number) const {
        if (ranges_.size() != 1) return is_in_any(number);
        return is_above(number, ranges_[0].low) && !is_above(number, ranges_[0].high);
    }

private:
    // A place between numbers: just below `number` or just above it. No number is at an edge, so that inclusive bounds
    // and exclusive ones need no cases of their own.
    struct Edge {
        json::Decimal number;
        bool is_above_it = false;
    };
    struct Range {
        Edge low, high;  // low < high
    };
    static bool is_above(const json::Decimal& number, const Edge& edge) {
        const auto order = json::compare(number, edge.number);
        return order > 0 || (order == 0 && !edge.is_above_it);
    }
    static bool is_less(const Edge& left, const Edge& right);
    static Edge low_edge(const Bound& bound);
    static Edge high_edge(const Bound& bound);
    bool is_in_any(const json::Decimal& number) const;

    std::vector<Interval> added_;  // keeps the spellings
    std::vector<Range> ranges_;    // ascending, with numbers between them
};

}  // namespace outflow::pattern
